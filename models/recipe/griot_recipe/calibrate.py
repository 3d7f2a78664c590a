"""`calibrate`: how often a mention of a given confidence is right, a logistic curve a label (Platt 1999).

The confidence of a mention is the geometric mean of the probabilities of its tags. The curves are fitted on the dev sets
that may be tuned on, each counting the same; how well they do on a set they have not seen is measured by leaving sets out
in five turns, and on the evaluation-only sets.
"""

import json
import pathlib
import pickle

import numpy as np

from .batches import load_features
from .corpora import LABELS
from .evaluate import load_model, log_probs_of, spans_of, viterbi
from .loop import device_of

BINS = 10
EDGE = 1e-4


def logit(p):
    p = np.clip(p, EDGE, 1 - EDGE)
    return np.log(p / (1 - p))


def mentions_of(model, features, dev, device, sentences):
    """Arrays over the predicted mentions of all sets: set name, tunable, label, confidence, whether it is right."""
    rows = []
    for name, data in dev.items():
        log_probs = log_probs_of(model, features, data["words"][:sentences], device)
        for gold, scores in zip(data["spans"], log_probs):
            tags = viterbi(scores[None])[0]
            gold = {tuple(span) for span in gold}
            for start, end, label in spans_of(tags):
                if label not in data["missing"]:
                    confidence = np.exp(np.mean([scores[i, tags[i]] for i in range(start, end)]))
                    right = (start, end, label) in gold
                    rows.append((name, data["tunable"], LABELS.index(label), confidence, right))
    name, tunable, label, confidence, right = zip(*rows)
    return np.array(name), np.array(tunable), np.array(label), np.array(confidence), np.array(right, float)


def weights_of(names):
    """Each set weighs one."""
    _, index, counts = np.unique(names, return_inverse=True, return_counts=True)
    return 1 / counts[index]


def fit(confidence, right, weights):
    """(slope, offset) of the likeliest curve, by Newton's method; a weak prior holds it near the identity."""
    x = np.stack([logit(confidence), np.ones(len(confidence))], 1)
    start, curve = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ curve, -30, 30)))
        gradient = x.T @ (weights * (p - right)) + 1e-2 * (curve - start)
        hessian = (x * (weights * p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(2)
        curve = curve - np.linalg.solve(hessian, gradient)
    return curve


def fit_all(label, confidence, right, weights):
    return np.array([fit(confidence[label == i], right[label == i], weights[label == i]) for i in range(len(LABELS))])


def apply(curves, label, confidence):
    return 1 / (1 + np.exp(-(curves[label, 0] * logit(confidence) + curves[label, 1])))


def ece(probability, right, weights):
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights * (probability - right), minlength=BINS)
    return np.abs(gaps).sum() / weights.sum()


def main(args):
    work, folder = pathlib.Path(args.work), pathlib.Path(args.model)
    args.name = args.model
    device = device_of(args)
    dev = pickle.load(open(work / "dev.pickle", "rb"))
    model = load_model(args, device)
    features = load_features(work / "features.npy", model.config)
    names, tunable, label, confidence, right = mentions_of(model, features, dev, device, args.sentences)
    weights = weights_of(names)
    own = sorted(set(names[tunable]))
    unseen = np.zeros(len(names))
    for turn in range(5):
        held = np.isin(names, own[turn::5])
        seen = tunable & ~held
        curves = fit_all(label[seen], confidence[seen], right[seen], weights[seen])
        unseen[held] = apply(curves, label[held], confidence[held])
    curves = fit_all(label[tunable], confidence[tunable], right[tunable], weights[tunable])
    fitted = apply(curves, label, confidence)
    for title, probability, which in (
        ("not calibrated, sets that may be tuned on", confidence, tunable),
        ("calibrated, the same sets, each left out in turn", unseen, tunable),
        ("not calibrated, evaluation-only sets", confidence, ~tunable),
        ("calibrated, evaluation-only sets", fitted, ~tunable),
    ):
        print(f"ECE {ece(probability[which], right[which], weights[which]):.4f}  {title}")
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["calibration"] = {l: [round(float(v), 4) for v in curve] for l, curve in zip(LABELS, curves)}
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    print(config["calibration"])
