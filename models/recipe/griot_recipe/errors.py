"""`errors`: what goes wrong on the dev sets that may be tuned on: kinds of error a language, confusions of labels, examples."""

import json
import pathlib
import pickle
from collections import Counter, defaultdict

import numpy as np

from .batches import load_features
from .evaluate import language_of, load_model, predict
from .loop import device_of

CONTEXT = 5  # words shown on either side of an example


def errors_of(gold, predicted, missing):
    """(kind, gold span or None, predicted span or None) of every error of a sentence, each span in one error only.

    Kinds: `type` the same words with another label, `bounds` overlapping words with the same label, `both` overlapping words
    with another label, `missed`, `spurious`.
    """
    gold = [s for s in gold if s[2] not in missing]
    predicted = [s for s in predicted if s[2] not in missing]
    left, found = [s for s in gold if s not in predicted], [s for s in predicted if s not in gold]
    tests = {
        "type": lambda g, p: g[:2] == p[:2],
        "bounds": lambda g, p: g[2] == p[2] and g[0] < p[1] and p[0] < g[1],
        "both": lambda g, p: g[0] < p[1] and p[0] < g[1],
    }
    for kind, test in tests.items():
        for g in list(left):
            p = next((p for p in found if test(g, p)), None)
            if p:
                left.remove(g)
                found.remove(p)
                yield kind, g, p
    yield from (("missed", g, None) for g in left)
    yield from (("spurious", None, p) for p in found)


def shown(words, gold, predicted):
    """One line: a few words around, gold in [..]LABEL, prediction in {..}LABEL."""
    spans = [s for s in (gold, predicted) if s]
    first, last = max(0, min(s[0] for s in spans) - CONTEXT), max(s[1] for s in spans) + CONTEXT
    words = list(words)
    for span, (opening, closing) in ((predicted, "{}"), (gold, "[]")):
        if span:
            words[span[0]] = opening + words[span[0]]
            words[span[1] - 1] += f"{closing}{span[2]}"
    return " ".join(words[first:last])


def label_pair(gold, predicted):
    return f"{gold[2] if gold else 'O'} → {predicted[2] if predicted else 'O'}"


def main(args):
    device, work = device_of(args), pathlib.Path(args.work)
    forms = json.loads((work / "forms.json").read_text("utf-8"))
    dev = pickle.load(open(work / "dev.pickle", "rb"))
    model = load_model(args, device)
    features = load_features(work / "features.npy", model.config)
    kinds, pairs, examples, totals = (defaultdict(Counter), defaultdict(Counter), defaultdict(list), Counter())
    for name, data in dev.items():
        if not data["tunable"]:
            continue
        language = language_of(name)
        sentences = data["words"][: args.sentences]
        for ids, gold, predicted in zip(sentences, data["spans"], predict(model, features, sentences, device)):
            totals[language] += sum(s[2] not in data["missing"] for s in gold)
            for kind, g, p in errors_of(gold, predicted, data["missing"]):
                kinds[language][kind] += 1
                pairs[language][f"{label_pair(g, p)} ({kind})"] += 1
                if len(ids) <= 40:
                    examples[language, f"{label_pair(g, p)} ({kind})"].append(
                        f"{name}: {shown([forms[i] for i in ids], g, p)}")
    rng = np.random.default_rng(args.seed)
    columns = ("type", "bounds", "both", "missed", "spurious")
    print("language\tgold\t" + "\t".join(columns))
    for language in sorted(kinds):
        print("\t".join([language, str(totals[language]), *(str(kinds[language][c]) for c in columns)]))
    for language in sorted(kinds):
        print(f"\n{language}")
        for pair, count in pairs[language].most_common(args.confusions):
            print(f"  {count}\t{pair}")
            found = examples[language, pair]
            for at in rng.permutation(len(found))[: args.examples]:
                print(f"      {found[at]}")
