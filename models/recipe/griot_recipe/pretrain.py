"""`pretrain`: predict hidden words from their context on raw text, to start `finetune` from.

The target is the normalised form of the hidden word among the most frequent forms. Resumes like `finetune`.
"""

import itertools
import pathlib
import random
from collections import Counter

import numpy as np
import torch
from torch import nn

from .batches import Epoch, inputs, load_features
from .loop import BETAS, Run, autocast, device_of, fit
from .network import MINI, Tagger
from .prepare import TAGS, Vocabulary
from .words import normalise, words_of

FORMS = 12_000  # targets: the most frequent normalised forms; 0 is "any other" and is never predicted
HIDDEN = 0.15  # share of positions hidden
WORDS_MAX = 100
# Share of the raw text taken from each language; what is not named shares the rest.
SHARES = {"fr": 0.30, "en": 0.22, "ru": 0.08, "es": 0.06, "de": 0.06, "pt": 0.05, "it": 0.06, "pl": 0.05, "nl": 0.02,
          "ar": 0.03, "tr": 0.01}
SKIPPED = ("legalize-fr",)  # repetitive


def lines_of(shared, data, megabytes, rng):
    """Lines of raw text drawn by language share, in a random order. Evaluation text is not among the sources."""
    by_language = {}
    for path in sorted((data / "text").glob("*/*.txt")):
        if path.parent.name not in SKIPPED:
            by_language.setdefault(path.stem, []).append(path)
    rest = (1 - sum(SHARES.values())) / max(1, len(by_language) - len(SHARES))
    lines = []
    for language, paths in sorted(by_language.items()):
        budget = SHARES.get(language, rest) * megabytes * 1e6
        pool = list(itertools.chain.from_iterable(path.read_text("utf-8").splitlines() for path in paths))
        rng.shuffle(pool)
        for line in pool:
            budget -= len(line.encode())
            if budget < 0:
                break
            lines.append(line)
    rng.shuffle(lines)
    return lines


def prepare(args, work, rng):
    """`pretrain.npz` (words, lengths, targets) and `pretrain-features.npy`; done once."""
    vocabulary, words, lengths = Vocabulary(), [], []
    for line in lines_of(pathlib.Path(args.shared), pathlib.Path(args.data), args.megabytes, rng):
        ids = [vocabulary(w) for w in words_of(line)]
        for start in range(0, len(ids), WORDS_MAX):
            piece = ids[start : start + WORDS_MAX]
            if len(piece) >= 5:
                words.extend(piece)
                lengths.append(len(piece))
    words = np.array(words, np.int32)
    norms = [normalise(w) for w in vocabulary.ids]
    counts = Counter()
    for form, count in enumerate(np.bincount(words, minlength=len(norms))):
        counts[norms[form]] += int(count)
    forms = {form: i for i, (form, _) in enumerate(counts.most_common(FORMS - 1), 1)}
    target = np.array([forms.get(norm, 0) for norm in norms], np.int32)
    np.savez(work / "pretrain.npz", words=words, lengths=np.array(lengths, np.int32), tags=target[words])
    np.save(work / "pretrain-features.npy", vocabulary.features())
    print(f"{len(lengths)} lines, {len(words)} words, {len(norms)} forms", flush=True)


class MaskedWords(nn.Module):
    def __init__(self):
        super().__init__()
        self.tagger = Tagger(len(TAGS), dropout=0.05)
        self.output = nn.Linear(MINI["hidden_size"], FORMS)

    def forward(self, rows, index, mask, hide, predict):
        hidden = self.tagger.hidden(rows, index, mask, word_mask=hide)
        return self.output(hidden[predict]).float()


def main(args):
    device, work = device_of(args), pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "pretrain.npz").exists():
        prepare(args, work, random.Random(args.seed))
    data, features = Epoch(work / "pretrain.npz"), load_features(work / "pretrain-features.npy", MINI)
    torch.manual_seed(args.seed)
    model = MaskedWords().to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=BETAS, weight_decay=0.0, fused=True)

    def loss(epoch, batch):
        targets = torch.from_numpy(epoch.padded(batch, epoch.tags, 0)).to(device)
        rows, index, mask = inputs(features, epoch.padded(batch, epoch.words, -1), device)
        hide = (torch.rand(index.shape, device=device) < HIDDEN) & (mask[..., 0] > 0)
        predict = hide & (targets > 0)
        with autocast(device):
            logits = model(rows, index, mask, hide, predict)
        return nn.functional.cross_entropy(logits, targets[predict])

    fit(Run(work / "pretrain.pt", model, optimiser), args, lambda _: data, loss)
