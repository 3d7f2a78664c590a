"""The shipped model in PyTorch and in ONNX Runtime.

Features of words are given for `sent`, `doc` and `one`, and computed for the texts of `seeds`, where words that were
seen are remembered. Decoding is the likeliest tag of each word.
"""

import functools
import os
import re
import sys

import numpy as np

from .peer_ort import session
from .serve import Streams, batches, log_softmax, runs, serve
from .words import features, segment, tags

remembered = functools.lru_cache(1 << 16)(features)
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


class Words:
    """Inputs are (rows [distinct words, features], index [batch, length], mask [batch, length, 1])."""

    def __init__(self, settings, inputs):
        self.inputs, self.streams = inputs, Streams(settings["streams"])
        self.tags = tags()
        self.start(settings, settings["threads"] // settings["streams"])
        # Features that are given: [words of all texts, features], and for each text its rows of them.
        self.given, self.rows_of = {}, []
        for name in set(inputs) - {"seeds"}:
            self.given[name] = [self.ids(text[a:b] for a, b in segment(text)) for text in inputs[name]["texts"]]
        self.table = np.array(self.rows_of, np.int64)

    def ids(self, words):
        found = []
        for word in words:
            found.append(len(self.rows_of))
            self.rows_of.append(remembered(word))
        return np.array(found)

    def batch(self, texts):
        """Of features [words, features] of each text."""
        rows, distinct = np.unique(np.concatenate(texts), axis=0, return_inverse=True)
        index = np.zeros((len(texts), max(map(len, texts))), np.int64)
        mask = np.zeros((*index.shape, 1), np.float32)
        at = 0
        for number, text in enumerate(texts):
            index[number, : len(text)] = distinct[at : at + len(text)]
            mask[number, : len(text)] = 1
            at += len(text)
        return rows, index, mask

    def forward(self, texts, size):
        """Logits [words, tags] of each text."""
        found = [None] * len(texts)

        def run(batch):
            logits = self.logits(*self.batch([texts[index] for index in batch]))
            for at, index in enumerate(batch):
                found[index] = logits[at, : len(texts[index])]

        self.streams.map(run, batches([len(text) for text in texts], size))
        return found

    def run(self, name, size):
        if name == "seeds":
            return self.entities(self.inputs[name]["texts"], size)
        return self.forward([self.table[ids] for ids in self.given[name]], size)

    def entities(self, texts, size):
        """[text, start, end, label]; a text is read sentence by sentence."""
        spans = [(number, *span) for number, text in enumerate(texts) for span in parts(text)]
        sentences = [(number, start, texts[number][start:end]) for number, start, end in spans]
        words = [segment(sentence) for _, _, sentence in sentences]
        rows = [np.array([remembered(sentence[a:b]) for a, b in of]) for of, (_, _, sentence) in zip(words, sentences)]
        kept = [number for number, of in enumerate(words) if of]
        found = []
        for number, logits in zip(kept, self.forward([rows[number] for number in kept], size)):
            text, start, _ = sentences[number]
            best = logits.argmax(-1).tolist()
            found += [(text, start + a, start + b, label) for a, b, label in runs(best, self.tags, words[number])]
        return found

    def scores(self, name, first):
        return [log_softmax(np.float64(logits)) for logits in self.forward(
            [self.table[ids] for ids in self.given[name][:first]], 1)]


def parts(text):
    """(start, end) of sentences, roughly."""
    start = 0
    for found in SENTENCE_END.finditer(text):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


class Torch(Words):
    def start(self, settings, threads):
        import torch

        from .network import network

        self.torch, self.version = torch, f"torch {torch.__version__}"
        torch.set_num_threads(threads)
        self.model = network()
        if settings["precision"] == "int8":
            self.model = torch.ao.quantization.quantize_dynamic(self.model, {torch.nn.Linear}, dtype=torch.qint8)

    def logits(self, rows, index, mask):
        tensor = self.torch.from_numpy
        with self.torch.inference_mode():
            return self.model(tensor(rows), tensor(index), tensor(mask)).numpy()


class Ort(Words):
    def start(self, settings, threads):
        import onnxruntime

        self.version = f"onnxruntime {onnxruntime.__version__}"
        self.session = session(os.path.join(settings["folder"], f"{settings['precision']}.onnx"), threads)

    def logits(self, rows, index, mask):
        return self.session.run(None, {"rows": rows, "index": index, "mask": mask})[0]


if __name__ == "__main__":
    serve({"torch": Torch, "ort": Ort}[sys.argv[1]])
