"""Peers trained on griot's own training mix and scored on the same dev sets by the same scorer.

    pip install -r models/recipe/requirements.txt 'spacy==3.8.*' python-crfsuite
    cd models/recipe && python -m griot_recipe prepare --epochs 1 --shared ... --data ...     # work/: one pass of the mix
    PYTHONPATH=models/recipe python benches/peers/train_peers.py --work models/recipe/work --out peers \
        spacy-efficiency spacy-accuracy crf --griot models/griot-mini

trains the peers named that stand not yet under `peers`, scores them and griot's model on every dev set (`peers/NAME.tsv`)
and writes `peers/table.tsv`. A spaCy model is written every four minutes and one that was stopped is scored as it is.

Every tagger reads griot's words, so that spans are the same for all. `spacy` is the multilingual blank pipeline with tok2vec
and the transition-based NER, in the configuration that `spacy init config --lang xx --pipeline ner --optimize ...` writes.
`crf` is CRFsuite (L-BFGS) over the usual features of the word and of its neighbours.

Corpora that do not annotate a label must not teach that it does not exist:
- spaCy: in their sentences, capitalized words without a label are "missing" (any action is right), other words O; in
  scripts without capitals all such words are O;
- CRFsuite knows no missing labels: one model for PER, ORG and LOC over the corpora that have all three, one for MISC over
  those that have MISC; the second adds what does not overlap the first.
"""

import argparse
import json
import pathlib
import pickle
import time

import numpy as np
from griot_recipe.batches import Epoch, load_features
from griot_recipe.corpora import LABELS
from griot_recipe.evaluate import spans_of, table_of

SEED = 17
MISC = 1 << LABELS.index("MISC")


class Mix:
    """One prepared pass: `sentence(i)` is (words, [(start, end, label)], missing-label bits)."""

    def __init__(self, work):
        self.epoch = Epoch(work / "epoch-0.npz")
        self.forms = json.loads((work / "forms.json").read_text("utf-8"))

    def __len__(self):
        return len(self.epoch.lengths)

    def sentence(self, i):
        start = self.epoch.starts[i]
        at = slice(start, start + self.epoch.lengths[i])
        words = [self.forms[w] for w in self.epoch.words[at]]
        return words, spans_of(self.epoch.tags[at]), int(self.epoch.missing[i])


# spaCy ------------------------------------------------------------------------------------------------------------------


def spacy_config(optimize):
    from spacy.cli.init_config import init_config

    config = init_config(lang="xx", pipeline=["ner"], optimize=optimize, gpu=False)
    embed = config["components"].get("tok2vec", {}).get("model", {}).get("embed", {})
    if embed.get("include_static_vectors"):
        embed["include_static_vectors"] = False  # "accuracy" asks for vectors, and `xx` has none
    return config


def example_of(nlp, words, spans, missing):
    from spacy.tokens import Doc, Span
    from spacy.training import Example

    gold = Doc(nlp.vocab, words=words)
    named = {at for start, end, _ in spans for at in range(start, end)}
    unknown = [Span(gold, i, i + 1) for i, word in enumerate(words) if missing and i not in named and word[:1].isupper()]
    gold.set_ents([Span(gold, *span) for span in spans], missing=unknown, default="outside")
    return Example(Doc(nlp.vocab, words=words), gold)


def train_spacy(args, mix, folder):
    """Passes over the mix in random order, batches growing from 100 to 1,000 words as the configuration says."""
    import spacy
    from spacy.util import fix_random_seed, load_model_from_config, registry

    fix_random_seed(SEED)
    nlp = load_model_from_config(spacy_config(folder.name.removeprefix("spacy-")), auto_fill=True)
    training = registry.resolve(nlp.config["training"], schema=None, validate=False)
    first = [example_of(nlp, *mix.sentence(i)) for i in range(3000)]
    optimizer = nlp.initialize(lambda: first, sgd=training["optimizer"])
    started = saved = time.monotonic()
    log, step, words, loss = [], 0, 0, {}

    def save():
        with nlp.use_params(optimizer.averages or {}):
            nlp.to_disk(folder)
        minutes = round((time.monotonic() - started) / 60, 1)
        log.append({"step": step, "words": words, "minutes": minutes, "loss": float(loss.pop("ner", 0))})
        (folder / "training.json").write_text(json.dumps(log, indent=1))
        print(json.dumps(log[-1]), flush=True)

    def examples():
        for number in range(args.passes):
            for i in np.random.default_rng([SEED, number]).permutation(len(mix)):
                yield example_of(nlp, *mix.sentence(i))

    for batch in training["batcher"](examples()):
        nlp.update(batch, drop=training["dropout"], sgd=optimizer, losses=loss)
        step, words = step + 1, words + sum(len(example.reference) for example in batch)
        if time.monotonic() - saved > 240:
            save()
            saved = time.monotonic()
        if time.monotonic() - started > args.minutes * 60:
            break
    save()


def spacy_tagger(folder):
    import spacy
    from spacy.tokens import Doc

    nlp = spacy.load(folder)

    def tag(sentences):
        docs = nlp.pipe((Doc(nlp.vocab, words=words) for words in sentences), batch_size=256)
        return [[(e.start, e.end, e.label_) for e in doc.ents] for doc in docs]

    return tag


# CRFsuite ---------------------------------------------------------------------------------------------------------------


def own_features(word, cache={}):
    """Features of a word by itself; those of its neighbours are the first five of theirs, marked by distance."""
    found = cache.get(word)
    if found is None:
        lower = word.lower()
        shape = "".join("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word)
        short = "".join(c for i, c in enumerate(shape) if shape[max(0, i - 2) : i] != c * 2)
        found = [f"w={lower}", f"s={short}", f"3={lower[-3:]}", f"t={word.istitle()}", f"u={word.isupper()}"]
        found += [f"p{n}={lower[:n]}" for n in (1, 2, 3, 4)] + [f"e{n}={lower[-n:]}" for n in (1, 2, 4)]
        cache[word] = found
    return found


def crf_features(words):
    rows = []
    for at in range(len(words)):
        row = ["b", *own_features(words[at])]
        for distance in (-2, -1, 1, 2):
            if 0 <= at + distance < len(words):
                near = own_features(words[at + distance])
                row += [f"{distance}{feature}" for feature in near[: 5 if abs(distance) == 1 else 1]]
            else:
                row.append(f"{distance}none")
        if at:
            row.append(f"-1+0={words[at - 1].lower()}|{words[at].lower()}")
        rows.append(row)
    return rows


def bio(n_words, spans, labels):
    tags = ["O"] * n_words
    for start, end, label in spans:
        if label in labels:
            tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tags


def spans_of_bio(tags):
    spans, start = [], None
    for at, tag in enumerate([*tags, "O"]):
        if start is not None and tag[0] != "I":
            spans.append((start, at, tags[start][2:]))
            start = None
        if tag[0] == "B":
            start = at
    return spans


# Labels of each model, and whether it may read a sentence by its missing-label bits.
CRF_PARTS = {
    "names": ({"PER", "ORG", "LOC"}, lambda missing: missing in (0, MISC)),
    "misc": ({"MISC"}, lambda missing: not missing & MISC),
}


def train_crf(args, mix, folder):
    import pycrfsuite

    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(SEED).permutation(len(mix))
    for name, (labels, usable) in CRF_PARTS.items():
        trainer, words = pycrfsuite.Trainer(algorithm="lbfgs", verbose=True), 0
        for i in order:
            if not usable(int(mix.epoch.missing[i])):
                continue
            sentence, spans, _ = mix.sentence(i)
            trainer.append(crf_features(sentence), bio(len(sentence), spans, labels))
            words += len(sentence)
            if words > args.words:
                break
        print(name, words, "words", flush=True)
        trainer.set_params({"c1": 0.05, "c2": 0.01, "max_iterations": args.iterations, "feature.minfreq": 2})
        trainer.train(str(folder / f"{name}.crfsuite"))


def crf_tagger(folder):
    import pycrfsuite

    taggers = []
    for name in CRF_PARTS:
        tagger = pycrfsuite.Tagger()
        tagger.open(str(folder / f"{name}.crfsuite"))
        taggers.append(tagger)

    def tag(sentences):
        out = []
        for words in sentences:
            rows, spans = crf_features(words), []
            for tagger in taggers:
                found = spans_of_bio(tagger.tag(rows))
                spans += [(a, b, l) for a, b, l in found if all(b <= s or e <= a for s, e, _ in spans)]
            out.append(spans)
        return out

    return tag


# Command line -----------------------------------------------------------------------------------------------------------


def griot_tagger(args):
    """Takes word numbers, not words."""
    import torch
    from griot_recipe.evaluate import load_model, predict

    model = load_model(argparse.Namespace(name=args.griot), torch.device("cpu"))
    features = load_features(args.work / "features.npy", model.config)
    return lambda sentences: predict(model, features, sentences, torch.device("cpu"))


def score(args, name, tag, forms):
    dev = pickle.load(open(args.work / "dev.pickle", "rb"))
    for data in dev.values():
        for column in ("words", "spans"):
            data[column] = data[column][: args.sentences]

    def predict(_, data):
        return tag(data["words"] if forms is None else [[forms[word] for word in words] for words in data["words"]])

    lines = table_of(dev, predict, lambda line: print(name, line, flush=True))
    (args.out / f"{name}.tsv").write_text("\n".join(lines) + "\n")


def f1_column(path):
    """{set or mean: F1} of a table that `table_of` made."""
    rows = [line.split("\t") for line in pathlib.Path(path).read_text().splitlines()[1:]]
    return {row[0]: row[3] for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="+", choices=["spacy-efficiency", "spacy-accuracy", "crf"])
    parser.add_argument("--work", required=True, type=pathlib.Path, help="folder that `griot_recipe prepare` wrote")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the trained peers and the table")
    parser.add_argument("--griot", help="griot's exported model, scored the same way")
    parser.add_argument("--sentences", type=int, help="score on the first so many of each set")
    parser.add_argument("--passes", type=int, default=1, help="spaCy: passes over the mix")
    parser.add_argument("--minutes", type=float, default=1e9, help="spaCy: stop after so long")
    parser.add_argument("--words", type=int, default=6_000_000, help="CRF: words read for each of its two models")
    parser.add_argument("--iterations", type=int, default=100, help="CRF: L-BFGS iterations")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.griot:
        score(args, "griot", griot_tagger(args), None)
    forms = json.loads((args.work / "forms.json").read_text("utf-8"))
    for name in args.peers:
        train, tagger = (train_crf, crf_tagger) if name == "crf" else (train_spacy, spacy_tagger)
        if not (args.out / name).exists():
            train(args, Mix(args.work), args.out / name)
        score(args, name, tagger(args.out / name), forms)
    names = [*(["griot"] if args.griot else []), *args.peers]
    columns = {name: f1_column(args.out / f"{name}.tsv") for name in names}
    lines = ["\t".join(["set", *columns])]
    lines += ["\t".join([row, *(column[row] for column in columns.values())]) for row in columns[args.peers[0]]]
    (args.out / "table.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
