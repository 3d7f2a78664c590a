"""A contender in Python: a line of JSON in, a line of JSON out, as `src/main.rs` does.

    {"cmd": "load", "workload": "w1", "folder": .., "inputs": .., "threads": 2, "streams": 1, "precision": "f32"}
    {"cmd": "run", "input": "sent", "batch": 8}      -> {"seconds": .., "tokens": .., "rss_kib": ..}
    {"cmd": "scores", "input": "sent", "first": 4}   -> {"log_probs": [[..], ..]}

What cannot be done is answered by {"error": ".."}.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tokenizers import Tokenizer

# Most sub-words of a chunk with special tokens, and those that two chunks share.
WINDOW, STRIDE = 512, 64


def peak_kibibytes(pid="self"):
    with open(f"/proc/{pid}/status") as status:
        return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), None)


def batches(lengths, size):
    """Indices of texts sorted by length, the longest first, `size` in a batch: little padding."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return [order[start : start + size] for start in range(0, len(order), size)]


def padded(rows, pad):
    """(ids, mask), both int64 [rows, longest]."""
    ids = np.full((len(rows), max(map(len, rows))), pad, np.int64)
    mask = np.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask


def log_softmax(logits):
    logits = logits - logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def runs(best, names, units):
    """(start, end, label) of the units, (start, end) each, whose tags hang together."""
    open_label, found = None, []
    for tag, (start, end) in zip(best, units):
        position, _, label = names[tag].partition("-")
        if position in "IE" and label == open_label and found:
            found[-1] = (found[-1][0], end, label)
        elif label:
            found.append((start, end, label))
        open_label = label or None
    return found


class Streams:
    """Calls a function for each of some batches, `count` at a time."""

    def __init__(self, count):
        self.pool = ThreadPoolExecutor(count) if count > 1 else None

    def map(self, function, items):
        return list(self.pool.map(function, items) if self.pool else map(function, items))


class Forward:
    """A contender that computes scores of texts that are sub-words already. A subclass has `logits(ids, mask)`."""

    def __init__(self, settings, inputs):
        self.settings, self.inputs = settings, inputs
        self.streams = Streams(settings["streams"])
        with open(os.path.join(settings["folder"], "config.json")) as file:
            config = json.load(file)
        self.pad, self.tags = config["pad_token_id"], list(config["id2label"].values())
        self.tokenizer = Tokenizer.from_file(os.path.join(settings["folder"], "tokenizer.json"))
        self.tokenizer.enable_truncation(max_length=WINDOW, stride=STRIDE)

    def forward(self, rows, size):
        """Logits [sub-words, tags] of each text."""
        found = [None] * len(rows)

        def run(batch):
            logits = self.logits(*padded([rows[index] for index in batch], self.pad))
            for at, index in enumerate(batch):
                found[index] = logits[at, : len(rows[index])]

        self.streams.map(run, batches([len(row) for row in rows], size))
        return found

    def run(self, name, size):
        if "ids" in self.inputs[name]:
            return self.forward(self.inputs[name]["ids"], size)
        return self.entities(self.inputs[name]["texts"], size)

    def entities(self, texts, size):
        """[text, start, end, label] from the likeliest tag of each sub-word, a long text in chunks that overlap."""
        encodings = self.tokenizer.encode_batch(texts)
        chunks = [(text, chunk) for text, first in enumerate(encodings) for chunk in [first, *first.overflowing]]
        found = set()
        for (text, chunk), logits in zip(chunks, self.forward([chunk.ids for _, chunk in chunks], size)):
            best, is_text = logits.argmax(-1).tolist(), chunk.special_tokens_mask
            units = [(span, tag) for span, tag, special in zip(chunk.offsets, best, is_text) if not special]
            spans, tags = [span for span, _ in units], [tag for _, tag in units]
            found.update((text, start, end, label) for start, end, label in runs(tags, self.tags, spans))
        return sorted(found)

    def scores(self, name, first):
        """Without those of the special tokens."""
        rows = self.inputs[name]["ids"][:first]
        logits = self.logits(*padded(rows, self.pad))
        return [log_softmax(np.float64(found[1 : len(row) - 1])) for row, found in zip(rows, logits)]


def timed_run(contender, name, size):
    started = time.perf_counter()
    contender.run(name, size)
    seconds = time.perf_counter() - started
    peak = getattr(contender, "rss_kib", peak_kibibytes)()
    return {"seconds": seconds, "tokens": contender.inputs[name]["tokens"], "rss_kib": peak}


def answer(state, command, load):
    if command["cmd"] == "load":
        with open(command["inputs"], encoding="utf-8") as file:
            state["contender"] = load(command, json.load(file))
        return {"version": state["contender"].version}
    if command["cmd"] == "run":
        return timed_run(state["contender"], command["input"], command.get("batch", 8))
    if not hasattr(state["contender"], "scores"):
        return {"log_probs": None}
    scores = state["contender"].scores(command["input"], command["first"])
    return {"log_probs": [score.ravel().tolist() for score in scores]}


def serve(load):
    """`load(settings, inputs)` makes the contender: `run(name, batch)`, `scores(name, first)`, `inputs`, `version`."""
    # Whatever a library prints must not be taken for an answer.
    out, sys.stdout = sys.stdout, sys.stderr
    state = {}
    for line in sys.stdin:
        try:
            reply = answer(state, json.loads(line), load)
        except Exception as error:  # noqa: BLE001: the runner decides what an error means
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)
