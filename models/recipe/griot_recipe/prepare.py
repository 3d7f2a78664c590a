"""`prepare`: corpora to arrays. Nothing random survives outside the seed; dev sentences never enter training."""

import hashlib
import json
import pathlib
import pickle
import random
import tomllib

import numpy as np

from . import augment
from .corpora import LABELS, read_annotations, read_conll, read_synthetic
from .names import NamePools
from .words import FEATURES_PER_WORD, STORED, features

GENERIC = "any"  # the style of a sentence of unknown convention
TAGS = ["O"] + [f"{prefix}-{label}" for label in LABELS for prefix in "BIES"]
WORDS_MAX = 250  # longer training sentences are cut into pieces of this many words (at an O where there is one)


class Vocabulary:
    """Distinct word forms and their features; numbered in the order of first sight."""

    def __init__(self):
        self.ids = {}

    def __call__(self, word):
        return self.ids.setdefault(word, len(self.ids))

    def features(self):
        rows = np.zeros((len(self.ids), FEATURES_PER_WORD), np.uint32)
        for word, at in self.ids.items():
            rows[at] = features(word, STORED)
        return rows


def sentence_hash(words):
    """Case and spacing do not make a sentence another one."""
    return hashlib.blake2b("".join(words).lower().encode(), digest_size=8).digest()


def tag_ids(n_words, spans):
    ids = np.zeros(n_words, np.uint8)
    for start, end, label, _ in spans:
        base = 1 + 4 * LABELS.index(label)
        if end - start == 1:
            ids[start] = base + 3
        else:
            ids[start], ids[start + 1 : end - 1], ids[end - 1] = base, base + 1, base + 2
    return ids


def missing_bits(missing):
    return sum(1 << LABELS.index(label) for label in missing)


def style_of(sentence):
    """The annotation convention a sentence follows: that of its corpus."""
    return sentence.corpus.split("/")[0]


def pack(sentences, vocabulary, styles):
    words, tags, lengths, missing, style = [], [], [], [], []
    for sentence in sentences:
        ids = [vocabulary(w) for w in sentence.words]
        labels = tag_ids(len(ids), sentence.spans)
        for start, end in pieces(labels):
            words.extend(ids[start:end])
            tags.append(labels[start:end])
            lengths.append(end - start)
            missing.append(missing_bits(sentence.missing))
            style.append(styles.index(style_of(sentence)))
    return {
        "words": np.array(words, np.int32),
        "tags": np.concatenate(tags),
        "lengths": np.array(lengths, np.int32),
        "missing": np.array(missing, np.uint8),
        "style": np.array(style, np.uint8),
    }


def pieces(labels):
    start = 0
    while len(labels) - start > WORDS_MAX:
        end = start + WORDS_MAX
        while end > start + 1 and labels[end] != 0:
            end -= 1
        if end == start + 1:
            end = start + WORDS_MAX
        yield start, end
        start = end
    if start < len(labels):
        yield start, len(labels)


def load_training(shared, data, recipe, replay=1.0, fresh="prose"):
    """(repeat, sentences) of every corpus of corpora.toml and of the text annotated for this project.

    `replay` scales what an earlier run has read already, that is all but the folder `fresh` of the recipe.
    """
    config = tomllib.loads((recipe / "corpora.toml").read_text())
    groups = []
    for row in config["corpus"]:
        sentences = []
        for file in row["files"]:
            language = row["language"]
            sentences += read_conll(data / "ner-train" / file, language, row.get("missing", ()))
        groups.append((row["repeat"] * replay, sentences))
    own = [(path, config["synthetic"]["repeat"], read_synthetic(path))
           for path in sorted([*(shared / "data" / "synthetic").glob("*-*.txt"), *(recipe / "prose").glob("*-*.txt")])]
    own += [(path, config["annotations"]["repeat"], read_annotations(path, data / "text"))
            for path in sorted((recipe / "annotations").glob("*-*.tsv"))]
    for path, repeat, sentences in own:
        times = repeat.get(sentences[0].language, repeat["default"])
        groups.append((times if path.parent.name == fresh else times * replay, sentences))
    return groups


def load_dev(shared, data):
    """Every dev set: name -> (may be tuned on, sentences). Labels a set lacks are found from the set itself (none of it in the gold)."""
    sets = {}
    for folder in ("dev", "dev-evaluation-only"):
        for path in sorted((data / folder).glob("*/*.conll")):
            name = f"{path.parent.name} {path.stem}"
            sentences = read_conll(path, path.name.split(".")[0])
            present = {label for s in sentences for _, _, label, _ in s.spans}
            for sentence in sentences:
                sentence.missing = frozenset(set(LABELS) - present)
            sets[name] = (folder == "dev", sentences)
    return sets


def draw(repeat, sentences, rng):
    """Whole copies, then a random share for what is left of `repeat`."""
    out = sentences * int(repeat)
    share = repeat - int(repeat)
    return out + [s for s in sentences if share and rng.random() < share]


def main(args):
    shared, data, work = pathlib.Path(args.shared), pathlib.Path(args.data), pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    recipe = pathlib.Path(__file__).resolve().parent.parent
    dev = load_dev(shared, data)
    held = {sentence_hash(s.words) for _, sentences in dev.values() for s in sentences if len(s.words) > 5}
    groups = load_training(shared, data, recipe, args.replay, args.fresh)
    before = sum(len(s) for _, s in groups)
    groups = [(r, [s for s in sentences if sentence_hash(s.words) not in held]) for r, sentences in groups]
    print(f"{before} training sentences, {before - sum(len(s) for _, s in groups)} also in a dev set dropped", flush=True)
    rng = random.Random(args.seed)
    pools = NamePools(data / "kb", recipe / "names", [s for _, sentences in groups for s in sentences], rng)
    vocabulary = Vocabulary()
    styles = [GENERIC, *sorted({style_of(s) for _, sentences in groups for s in sentences})]
    (work / "styles.json").write_text(json.dumps(styles))
    for epoch in range(args.epochs):
        sentences = []
        for repeat, group in groups:
            drawn = draw(repeat, group, rng)
            sentences += augment.epoch_sentences(drawn, pools, rng)
        rng.shuffle(sentences)
        packed = pack(sentences, vocabulary, styles)
        np.savez(work / f"epoch-{epoch}.npz", **packed)
        print(f"epoch {epoch}: {len(packed['lengths'])} sentences, {len(packed['words'])} words, "
              f"{len(vocabulary.ids)} forms", flush=True)
    dev_packed = {}
    for name, (tunable, sentences) in dev.items():
        dev_packed[name] = {
            "tunable": tunable,
            "words": [np.array([vocabulary(w) for w in s.words], np.int32) for s in sentences],
            "spans": [[(a, b, label) for a, b, label, _ in s.spans] for s in sentences],
            "missing": sorted(sentences[0].missing),
        }
    pickle.dump(dev_packed, open(work / "dev.pickle", "wb"))
    np.save(work / "features.npy", vocabulary.features())
    (work / "forms.json").write_text(json.dumps(list(vocabulary.ids), ensure_ascii=False), "utf-8")  # for other taggers
    print(f"{len(vocabulary.ids)} word forms", flush=True)
