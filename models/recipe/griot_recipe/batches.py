"""Packed arrays to padded batches of similar lengths."""

import numpy as np
import torch

from .words import folded


def load_features(path, config):
    """Feature rows of every form [forms, features], for a model of this size."""
    return folded(np.load(path), config["scales"])


class Epoch:
    """One prepared pass: words, tags, lengths and missing-label bits of every sentence."""

    def __init__(self, path):
        data = np.load(path)
        self.words, self.lengths = data["words"], data["lengths"]
        self.tags = data["tags"] if "tags" in data else None
        self.missing = data["missing"] if "missing" in data else None
        self.style = data["style"] if "style" in data else None
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])

    def batches(self, words_max, rng):
        """Sentence numbers a batch: sorted by length inside random chunks, padded size at most `words_max`."""
        order = rng.permutation(len(self.lengths))
        batches = []
        for chunk in np.array_split(order, max(1, len(order) // 6000)):
            batch, longest = [], 0
            for sentence in chunk[np.argsort(self.lengths[chunk], kind="stable")]:
                longest = max(longest, self.lengths[sentence])
                if batch and longest * (len(batch) + 1) > words_max:
                    batches.append(batch)
                    batch, longest = [], self.lengths[sentence]
                batch.append(sentence)
            batches.append(batch)
        return [batches[i] for i in rng.permutation(len(batches))]

    def padded(self, batch, array, fill):
        lengths = self.lengths[batch]
        out = np.full((len(batch), lengths.max()), fill, np.int64)
        for row, sentence in enumerate(batch):
            start = self.starts[sentence]
            out[row, : lengths[row]] = array[start : start + lengths[row]]
        return out


def inputs(features, words, device):
    """(feature rows of the distinct words, index into them, mask) for padded word ids [batch, length], -1 = none."""
    distinct, index = np.unique(words, return_inverse=True)
    rows = features[np.maximum(distinct, 0)].astype(np.int64)
    index = torch.from_numpy(index.reshape(words.shape))
    mask = torch.from_numpy((words >= 0).astype(np.float32))[..., None]
    return torch.from_numpy(rows).to(device), index.to(device), mask.to(device)
