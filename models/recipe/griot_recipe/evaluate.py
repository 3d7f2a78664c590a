"""`evaluate`: strict span F1 per label on the dev sets, by constrained Viterbi; labels a set lacks are left out."""

import pathlib
import pickle

import numpy as np
import torch

from .batches import inputs
from .corpora import LABELS
from .loop import device_of
from .network import Tagger
from .prepare import TAGS

QUICK = ("wikineural fr.val", "wikineural en.val", "wikineural ru.val", "wikineural es.val", "sequoia-ne fr.dev",
         "gmb-voa en.test")


def transitions():
    """[n_tags + 1, n_tags + 1] of 0 and -inf; the last row and column are the ends of the sentence (BIOES)."""
    def allowed(left, right):
        inside = left[0] in "BI"
        if inside:
            return right[0] in "IE" and right[2:] == left[2:]
        return right[0] in "OBS"

    n = len(TAGS)
    table = np.zeros((n + 1, n + 1), np.float32)
    for i, left in enumerate(TAGS):
        for j, right in enumerate(TAGS):
            table[i, j] = 0 if allowed(left, right) else -np.inf
        table[i, n] = -np.inf if left[0] in "BI" else 0
        table[n, i] = 0 if left[0] in "OBS" else -np.inf
    return table


TRANSITIONS = transitions()


def viterbi(log_probs):
    """Best legal tag sequence of [batch, length, n_tags] (padding: make O certain)."""
    n = log_probs.shape[-1]
    score = log_probs[:, 0] + TRANSITIONS[n, :n]
    back = []
    for t in range(1, log_probs.shape[1]):
        candidates = score[:, :, None] + TRANSITIONS[None, :n, :n]
        back.append(candidates.argmax(1))
        score = candidates.max(1) + log_probs[:, t]
    best = [(score + TRANSITIONS[:n, n]).argmax(-1)]
    rows = np.arange(len(score))
    for pointers in reversed(back):
        best.append(pointers[rows, best[-1]])
    return np.stack(best[::-1], 1)


def spans_of(tags):
    spans, start = [], 0
    for at, tag in enumerate(tags):
        name = TAGS[tag]
        if name[0] in "BS":
            start = at
        if name[0] in "ES":
            spans.append((start, at + 1, name[2:]))
    return spans


@torch.no_grad()
def predict(model, features, sentences, device, batch_words=8192):
    """Predicted spans of every sentence (arrays of word ids), in order."""
    model.eval()
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    out, at = [None] * len(sentences), 0
    while at < len(order):
        end = at + 1
        while end < len(order) and len(sentences[order[end]]) * (end + 1 - at) <= batch_words:
            end += 1
        batch = order[at:end]
        words = np.full((len(batch), len(sentences[batch[-1]])), -1, np.int64)
        for row, i in enumerate(batch):
            words[row, : len(sentences[i])] = sentences[i]
        log_probs = model(*inputs(features, words, device)).log_softmax(-1).cpu().numpy()
        log_probs[words < 0] = -1e9
        log_probs[words < 0, 0] = 0
        for row, tags in enumerate(viterbi(log_probs)):
            out[batch[row]] = spans_of(tags[: len(sentences[batch[row]])])
        at = end
    return out


def score(gold, predicted, missing):
    """{label or "all": (precision, recall, f1, gold count)}, strict."""
    counts = {label: [0, 0, 0] for label in (*LABELS, "all")}
    for g, p in zip(gold, predicted):
        g = {s for s in g if s[2] in LABELS and s[2] not in missing}
        p = {s for s in p if s[2] not in missing}
        for index, spans in enumerate((g & p, p, g)):
            for span in spans:
                counts[span[2]][index] += 1
                counts["all"][index] += 1
    table = {}
    for label, (hit, n_pred, n_gold) in counts.items():
        precision, recall = hit / max(n_pred, 1), hit / max(n_gold, 1)
        f1 = 2 * hit / max(n_pred + n_gold, 1)
        table[label] = (round(precision, 4), round(recall, 4), round(f1, 4), n_gold)
    return table


def quick_scores(state, features, dev, device, sentences=400):
    model = Tagger(len(TAGS)).to(device)
    model.load_state_dict(state)
    out = {}
    for name in QUICK:
        data = dev[name]
        predicted = predict(model, features, data["words"][:sentences], device)
        out[name] = score(data["spans"][:sentences], predicted, data["missing"])["all"][2]
    return out


def main(args):
    device, work = device_of(args), pathlib.Path(args.work)
    features = np.load(work / "features.npy", mmap_mode="r")
    dev = pickle.load(open(work / "dev.pickle", "rb"))
    model = Tagger(len(TAGS)).to(device)
    model.load_state_dict(torch.load(work / f"{args.name}.pt", map_location=device, weights_only=False)["average"])
    lines = ["set\tP\tR\tF1\t" + "\t".join(LABELS)]
    for name, data in dev.items():
        table = score(data["spans"], predict(model, features, data["words"], device), data["missing"])
        labels = [f"{table[l][2]:.3f}" if l not in data["missing"] else "–" for l in LABELS]
        lines.append("\t".join([name, *(f"{v:.3f}" for v in table["all"][:3]), *labels]))
        print(lines[-1], flush=True)
    if args.out:
        pathlib.Path(args.out).write_text("\n".join(lines) + "\n")
