"""Readers: every corpus becomes `Sentence`s of words (griot's own segmentation) with labelled word spans."""

import pathlib
import re
from dataclasses import dataclass, field

from .words import segment, words_of

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


def _from_text(text, found):
    """Words of `text` and spans of the names `found`, (start, end, type) in characters.

    Words are those that running text is cut into, so that a name with a clitic before it (`بباريس`) is the whole word.
    """
    places, spans = segment(text), []
    for start, end, kind in sorted(found):
        inside = [i for i, (a, b) in enumerate(places) if a < end and start < b]
        if inside and (not spans or spans[-1][1] <= inside[0]):
            label, _, fine = kind.partition(".")
            spans.append((inside[0], inside[-1] + 1, label, fine or None))
    return [text[a:b] for a, b in places], spans


def read_synthetic(path):
    """`[LOC.city Bamako]` inline markup, one sentence a line, a blank line between documents."""
    path = pathlib.Path(path)
    language, document, out = path.name.split("-")[0], 0, []
    for line in open(path, encoding="utf-8"):
        if not line.strip():
            document += 1
            continue
        text, found, at = "", [], 0
        for match in _INLINE.finditer(line):
            text += line[at : match.start()]
            found.append((len(text), len(text) + len(match[2]), match[1]))
            text, at = text + match[2], match.end()
        words, spans = _from_text(text + line[at:], found)
        if words:
            out.append(Sentence(words, spans, language, f"synthetic/{path.stem}", frozenset(), document))
    return out


_SENTENCE_END = re.compile(r"(?<=\w\w\w[.!?؟])\s+(?=[A-ZÀ-ÖØ-Þ«\"“А-ЯЁІЇЄҐ\u0600-\u06ff])|(?<=。)(?!$)")
_CLITICS = "وبلكف"


def _places(text, surface):
    """Where `surface` stands as a word of its own, Arabic clitics aside; everywhere if it nowhere does (scripts without spaces)."""
    places = [m.start() for m in re.finditer(re.escape(surface), text)]

    def alone(start):
        before = re.search(r"\w*$", text[:start])[0]
        return not before.strip(_CLITICS) and not re.match(r"\w", text[start + len(surface) :])

    return [at for at in places if alone(at)] or places


def read_annotations(path, raw):
    """Names listed sentence by sentence (`annotations/SOURCE-LANGUAGE.tsv`) for raw text that stands in `raw/SOURCE/LANGUAGE.txt`.

    A row is `key<TAB>TYPE name | TYPE name`, `-` for no name; the key is the line in the raw text or `line.sentence`.
    Raises `ValueError` where a name is not in its sentence: the raw text is not the one that was read.
    """
    path = pathlib.Path(path)
    source, _, language = path.stem.rpartition("-")
    lines, out = (raw / source / f"{language}.txt").read_text("utf-8").split("\n"), []
    for row in path.read_text("utf-8").splitlines():
        key, _, names = row.partition("\t")
        line, _, part = key.partition(".")
        text = lines[int(line) - 1]
        if part:
            text = _SENTENCE_END.split(text)[int(part) - 1]
        listed = [name.split(" ", 1) for name in names.split(" | ")] if names != "-" else []
        found, taken = [], set()
        for kind, surface in sorted(listed, key=lambda pair: -len(pair[1])):
            places = _places(text, surface)
            if not places:
                raise ValueError(f"{path.name}: {key}: {surface!r} is not in the sentence")
            for start in places:
                span = range(start, start + len(surface))
                if taken.isdisjoint(span):
                    taken.update(span)
                    found.append((start, span.stop, kind))
        words, spans = _from_text(text, found)
        out.append(Sentence(words, spans, language, f"annotations/{path.stem}"))
    return out
