"""`evaluate`: strict span F1 per label on the dev sets, by constrained Viterbi; labels a set lacks are left out."""

import pathlib
import pickle

import numpy as np
import torch

from .batches import inputs, load_features
from .corpora import LABELS
from .export import weights_of
from .loop import device_of
from .network import Tagger, config_of
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
def log_probs_of(model, features, sentences, device, batch_words=8192):
    """Log-probabilities [words, tags] of every sentence (arrays of word ids), in order."""
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
        for row, i in enumerate(batch):
            out[i] = log_probs[row, : len(sentences[i])]
        at = end
    return out


def predict(model, features, sentences, device):
    """Predicted spans of every sentence (arrays of word ids), in order."""
    return spans_of_all(log_probs_of(model, features, sentences, device))


def spans_of_all(log_probs, batch=256):
    """The spans of every sentence of log-probabilities [words, tags]; similar lengths are decoded together."""
    order = sorted(range(len(log_probs)), key=lambda i: len(log_probs[i]))
    out = [[] for _ in log_probs]
    for at in range(0, len(order), batch):
        group = [i for i in order[at : at + batch] if len(log_probs[i])]
        longest = max((len(log_probs[i]) for i in group), default=0)
        padded = np.full((len(group), longest, len(TAGS)), -1e9, np.float32)
        padded[:, :, 0] = 0  # after the end only O
        for row, i in enumerate(group):
            padded[row, : len(log_probs[i])] = log_probs[i]
        for i, tags in zip(group, viterbi(padded) if group else []):
            out[i] = spans_of(tags[: len(log_probs[i])])
    return out


def counts_of(gold, predicted, missing):
    """[sentences, labels, 3]: right, predicted and gold spans of each sentence, strict; missing labels stay zero."""
    counts = np.zeros((len(gold), len(LABELS), 3), np.int64)
    for row, (g, p) in enumerate(zip(gold, predicted)):
        g = {s for s in g if s[2] in LABELS and s[2] not in missing}
        p = {s for s in p if s[2] not in missing}
        for column, spans in enumerate((g & p, p, g)):
            for span in spans:
                counts[row, LABELS.index(span[2]), column] += 1
    return counts


def f1_of(counts):
    """F1 of counts [..., 3]; 0 where there is neither gold nor prediction."""
    hit, predicted, gold = np.moveaxis(counts, -1, 0)
    return 2 * hit / np.maximum(predicted + gold, 1)


def score(gold, predicted, missing):
    """{label or "all": (precision, recall, f1, gold count)}, strict."""
    sums = counts_of(gold, predicted, missing).sum(0)
    table = {}
    for label, (hit, n_pred, n_gold) in zip((*LABELS, "all"), [*sums, sums.sum(0)]):
        f1 = float(f1_of(np.array([hit, n_pred, n_gold])))
        table[label] = (round(hit / max(n_pred, 1), 4), round(hit / max(n_gold, 1), 4), round(f1, 4), int(n_gold))
    return table


def interval(counts, rng, draws=1000):
    """Bounds of the 95 % bootstrap interval of the F1 of `counts` [sentences, labels, 3], over sentences."""
    per_sentence = counts.sum(1)
    n = len(per_sentence)
    sums = [np.bincount(rng.integers(0, n, n), minlength=n) @ per_sentence for _ in range(draws)]
    return np.quantile(f1_of(np.array(sums)), (0.025, 0.975))


def quick_scores(state, features, dev, device, sentences=400):
    model = Tagger(len(TAGS), config_of(state)).to(device)
    model.load_state_dict(state)
    out = {}
    for name in QUICK:
        data = dev[name]
        predicted = predict(model, features, data["words"][:sentences], device)
        out[name] = score(data["spans"][:sentences], predicted, data["missing"])["all"][2]
    return out


def load_model(args, device):
    """An exported model folder, or a run in the style the user wants."""
    weights = weights_of(args)
    model = Tagger(len(TAGS), config_of(weights)).to(device)
    found = model.load_state_dict(weights, strict=False)
    assert found.missing_keys == ["masked"] and not found.unexpected_keys, found
    return model


def language_of(name):
    """`wikineural fr.val` -> `fr`."""
    return name.split()[1].split(".")[0].split("_")[0]


def macro_rows(scores):
    """One row a language: the mean F1 of its sets; then the mean of all sets."""
    groups = {}
    for name, f1 in scores.items():
        groups.setdefault(language_of(name), []).append(f1)
    rows = [f"mean of {language} ({len(f1s)} sets)\t\t\t{np.mean(f1s):.3f}" for language, f1s in sorted(groups.items())]
    return rows + [f"mean of all ({len(scores)} sets)\t\t\t{np.mean(list(scores.values())):.3f}"]


def table_of(dev, predict_set, report=print):
    """The lines of the score table; `predict_set(name, data)` gives the spans of each sentence of a dev set."""
    rng, scores = np.random.default_rng(0), {}
    lines = ["set\tP\tR\tF1\t95 %\t" + "\t".join(LABELS)]
    for name, data in dev.items():
        predicted = predict_set(name, data)
        table = score(data["spans"], predicted, data["missing"])
        low, high = interval(counts_of(data["spans"], predicted, data["missing"]), rng)
        labels = [f"{table[l][2]:.3f}" if l not in data["missing"] else "–" for l in LABELS]
        scores[name] = table["all"][2]
        lines.append("\t".join([name, *(f"{v:.3f}" for v in table["all"][:3]), f"{low:.3f}–{high:.3f}", *labels]))
        report(lines[-1])
    for row in macro_rows(scores):
        lines.append(row)
        report(row)
    return lines


def main(args):
    device, work = device_of(args), pathlib.Path(args.work)
    dev = pickle.load(open(work / "dev.pickle", "rb"))
    model = load_model(args, device)
    features = load_features(work / "features.npy", model.config)
    lines = table_of(dev, lambda _, data: predict(model, features, data["words"], device),
                     lambda line: print(line, flush=True))
    if args.out:
        pathlib.Path(args.out).write_text("\n".join(lines) + "\n")
