"""Readers: every corpus becomes `Sentence`s of words (griot's own segmentation) with labelled word spans."""

import pathlib
import re
from dataclasses import dataclass, field

from .words import words_of

LABELS = ("PER", "ORG", "LOC", "MISC")


@dataclass
class Sentence:
    words: list  # str
    spans: list  # (start, end, label, fine type), word positions, end exclusive, sorted, disjoint
    language: str
    corpus: str
    missing: frozenset = field(default_factory=frozenset)  # label types the corpus does not annotate
    document: int = 0  # sentences of one number stand next to one another in the source


_WORDS = {}


def split(token):
    words = _WORDS.get(token)
    if words is None:
        words = _WORDS[token] = words_of(token)
    return words


def _from_tokens(tokens, tags):
    """Token-level IOB2 to word-level spans; an I- that continues nothing opens a span, as in conlleval."""
    words, spans, opened = [], [], None

    def close():
        if opened and opened[1] in LABELS and len(words) > opened[0]:
            spans.append((opened[0], len(words), opened[1], None))

    for token, tag in zip(tokens, tags):
        prefix, _, label = tag.partition("-")
        if opened and (prefix != "I" or label != opened[1]):
            close()
            opened = None
        if prefix in ("B", "I") and opened is None:
            opened = (len(words), label)
        words.extend(split(token))
    close()
    return words, spans


def read_conll(path, language, missing=()):
    name = "/".join(pathlib.Path(path).parts[-2:])
    document, tokens, tags, out = 0, [], [], []
    for line in [*open(path, encoding="utf-8"), "\n"]:
        line = line.rstrip("\n")
        if line.strip():
            columns = line.split("\t")
            tokens.append(columns[0])
            tags.append(columns[-1])
            continue
        if tokens:
            words, spans = _from_tokens(tokens, tags)
            if words:
                out.append(Sentence(words, spans, language, name, frozenset(missing), document))
        tokens, tags = [], []
    return out


_INLINE = re.compile(r"\[((?:PER|LOC|ORG|MISC)(?:\.[a-z]+)?) ([^\[\]]+)\]")


def read_synthetic(path):
    """`[LOC.city Bamako]` inline markup, one sentence a line, a blank line between documents."""
    path = pathlib.Path(path)
    language, document, out = path.name.split("-")[0], 0, []
    for line in open(path, encoding="utf-8"):
        if not line.strip():
            document += 1
            continue
        words, spans, at = [], [], 0
        for match in _INLINE.finditer(line):
            words.extend(split(line[at : match.start()]))
            label, _, fine = match[1].partition(".")
            start = len(words)
            words.extend(split(match[2]))
            if len(words) > start:
                spans.append((start, len(words), label, fine or None))
            at = match.end()
        words.extend(split(line[at:]))
        if words:
            out.append(Sentence(words, spans, language, f"synthetic/{path.stem}", frozenset(), document))
    return out
