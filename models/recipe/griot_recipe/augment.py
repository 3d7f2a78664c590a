"""Noise and mention replacement, drawn anew for every epoch."""

import unicodedata

from .corpora import Sentence

# Share of mentions replaced, where the annotation carries a fine type (synthetic) and where it does not.
REPLACE_FINE = {
    "PER": 0.35,
    "LOC.city": 0.35,
    "LOC.country": 0.1,
    "LOC.region": 0.2,
    "LOC.other": 0.2,
    "ORG.company": 0.4,
    "ORG.media": 0.3,
    "ORG.club": 0.3,
    "ORG.party": 0.25,
    "ORG.mil": 0.2,
    "ORG.gov": 0.2,
    "ORG.intl": 0.15,
    "ORG.other": 0.25,
    "MISC.event": 0.25,
    "MISC.product": 0.3,
    "MISC.operation": 0.15,
    "MISC.work": 0.3,
    "MISC.other": 0.2,
}
REPLACE_PERSON = 0.2
INFLECTED = {"ru", "uk", "pl", "hr", "sk", "hu", "fi", "tr", "cs"}  # a name out of the pool misses its case ending
CASED = 0.03  # share of sentences put in lower case, and in title case; capitals get twice that
STRIPPED = 0.04
TYPOS = 0.06
JOINED = 0.3  # share of sentences that go on with the next one of their document


def replace_mentions(sentence, pools, rng):
    words, spans, at = [], [], 0
    for start, end, label, fine in sentence.spans:
        words += sentence.words[at:start]
        old = sentence.words[start:end]
        new = _replacement(sentence, old, label, fine, pools, rng) or old
        if len(old[0]) > 1 and all(w.isupper() for w in old):
            new = [w.upper() for w in new]
        spans.append((len(words), len(words) + len(new), label, fine))
        words += new
        at = end
    return words + sentence.words[at:], spans


def _replacement(sentence, old, label, fine, pools, rng):
    inflected = 0.4 if sentence.language in INFLECTED else 1.0
    if label == "PER":
        share = REPLACE_FINE["PER"] if sentence.corpus.startswith(("synthetic", "annotations")) else REPLACE_PERSON
        return pools.person(old, sentence.language) if rng.random() < share * inflected else None
    if fine and rng.random() < REPLACE_FINE.get(f"{label}.{fine}", 0.0) * inflected:
        return pools.other(label, fine, old, sentence.language)
    return None


def strip_accents(word):
    return "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn") or word


def typo(word, rng):
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[: at + 1] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def add_noise(words, rng):
    draw = rng.random()
    if draw < CASED:
        words = [w.lower() for w in words]
    elif draw < 3 * CASED:
        words = [w.upper() for w in words]
    elif draw < 4 * CASED:
        words = [w[:1].upper() + w[1:] for w in words]
    if rng.random() < STRIPPED:
        words = [strip_accents(w) for w in words]
    if rng.random() < TYPOS:
        words = [typo(w, rng) if len(w) >= 5 and w.isalpha() and rng.random() < 0.15 else w for w in words]
    return words


def epoch_sentences(sentences, pools, rng):
    """Augmented copies of `sentences`, neighbours of one document joined now and then so that splits do not matter."""
    out, open_sentence = [], None
    for sentence in sentences:
        words, spans = replace_mentions(sentence, pools, rng)
        words = add_noise(words, rng)
        shift = 0
        same = open_sentence is not None and (
            (open_sentence.corpus, open_sentence.document) == (sentence.corpus, sentence.document)
        )
        if same and rng.random() < JOINED and len(open_sentence.words) + len(words) <= 120:
            shift = len(open_sentence.words)
            open_sentence.words += words
            open_sentence.spans += [(s + shift, e + shift, label, fine) for s, e, label, fine in spans]
            continue
        open_sentence = Sentence(
            list(words), spans, sentence.language, sentence.corpus, sentence.missing, sentence.document
        )
        out.append(open_sentence)
    return out
