"""The texts that are run, cut from the texts of the repository so that all who run this run the same.

Lengths are drawn once and for all; `count` says how long a text is for a model (sub-words with special tokens, words).
"""

import json
import random
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
N_SENTENCES, MEDIAN, SPREAD, SHORTEST, LONGEST = 256, 28, 0.67, 4, 208
N_DOCUMENTS, DOCUMENT, ONE = 4, 512, 32


def press():
    """The seed corpus: five press texts."""
    return [path.read_text("utf-8") for path in sorted((REPOSITORY / "examples/data").glob("*.txt"))]


def running_words():
    """Words of the press and of sentences in languages that write spaces, without what ends a sentence: so that every
    tool reads a text as one sequence."""
    parts = json.loads((REPOSITORY / "tests/parity/sentences.json").read_text("utf-8"))
    unspaced = ("th", "lo", "km", "my", "zh", "ja", "bo", "mixed", "long")
    texts = press() + [text for part in parts if part["language"] not in unspaced for text in part["texts"]]
    return re.sub(r"[.!?…。؟।։:;\n]", " ", " ".join(texts)).split()


def sentence_lengths():
    """A log-normal distribution, as sentences of news have, about 35 on average."""
    draw = random.Random(2026)
    lengths = [round(draw.lognormvariate(0, SPREAD) * MEDIAN) for _ in range(N_SENTENCES - 1)]
    return [LONGEST] + [min(max(length, SHORTEST), LONGEST) for length in lengths]


def cut(words, at, length, count):
    """A text of exactly `length` from word `at` on, and where it ends. Commas fill what no word fits into."""
    taken = []
    while count(" ".join([*taken, words[at % len(words)]])) <= length:
        taken.append(words[at % len(words)])
        at += 1
    while count(" ".join(taken)) < length:
        taken.append(",")
    return " ".join(taken), at


def texts_of(lengths, count):
    words, at, texts = running_words(), 0, []
    for length in lengths:
        text, at = cut(words, at, length, count)
        texts.append(text)
    assert [count(text) for text in texts] == list(lengths), "a comma is not one unit"
    return texts


def inputs(count, press_times=1):
    """{name: {texts, lengths of texts, tokens, entities}}; entities: whether they are asked for; `press_times`: how often the press texts are read in one run."""
    named = {"sent": sentence_lengths(), "doc": [DOCUMENT] * N_DOCUMENTS, "one": [ONE]}
    found = {
        name: {"texts": texts_of(lengths, count), "lengths": lengths, "tokens": sum(lengths), "entities": False}
        for name, lengths in named.items()
    }
    seeds = press() * press_times
    words = sum(len(re.findall(r"\w+|[^\w\s]", text)) for text in seeds)
    found["seeds"] = {"texts": seeds, "tokens": words, "entities": True}
    return found
