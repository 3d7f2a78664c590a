"""Writes score_reference.json: random cases with the figures of two Python scorers.

    pip install seqeval==1.2.2 nervaluate==1.2.1
    python score_reference.py

Every case is a list of documents. Of a document in tags, the spans are what
seqeval reads in strict mode (`strict`) and in its default mode (`lenient`);
ends are exclusive. `seqeval` holds, for the strict reading, [precision, recall,
f1, gold spans] of each label and of `micro avg`. `nervaluate` holds, for each
of its four modes, [correct, partial, incorrect, missed, spurious] of each label
and of `micro avg`, for the strict spans.
"""

import json
import random
import warnings
from pathlib import Path

from nervaluate import Evaluator
from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB2, IOBES, Entities

LABELS = ["LOC", "ORG", "PER"]
SCHEMES = {"IOB2": IOB2, "IOBES": IOBES, "BILOU": BILOU}
PREFIXES = {"IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}
MODES = ["strict", "exact", "partial", "ent_type"]


def random_tags(rng, scheme, n_words):
    """Tags that are often, not always, well formed."""
    tags = []
    for _ in range(n_words):
        before = tags[-1] if tags else "O"
        if before != "O" and rng.random() < 0.6:
            label = before[2:]
            prefix = rng.choice(PREFIXES[scheme][1:3] if scheme != "IOB2" else "I")
        else:
            label = rng.choice(LABELS)
            prefix = rng.choice(PREFIXES[scheme])
        tags.append("O" if rng.random() < 0.3 else f"{prefix}-{label}")
    return tags


def noisy(rng, scheme, tags):
    """A prediction: the gold tags with some of them changed."""
    return [random_tags(rng, scheme, 1)[0] if rng.random() < 0.25 else tag for tag in tags]


def random_spans(rng):
    """Sorted disjoint spans, some of which touch."""
    spans, end = [], 0
    for _ in range(rng.randrange(8)):
        start = end + rng.randrange(6)
        end = start + 1 + rng.randrange(12)
        spans.append([start, end, rng.choice(LABELS)])
    return spans


def strict_spans(scheme, tags):
    entities = Entities([tags], SCHEMES[scheme]).entities[0]
    return [[entity.start, entity.end, entity.tag] for entity in entities]


def lenient_spans(tags):
    return [[start, last + 1, label] for label, start, last in get_entities(tags)]


def seqeval_figures(scheme, documents):
    gold, predicted = ([document[side] for document in documents] for side in ("gold", "predicted"))
    report = classification_report(
        gold, predicted, mode="strict", scheme=SCHEMES[scheme], output_dict=True, zero_division=0
    )
    keys = ["precision", "recall", "f1-score", "support"]
    rows = {name: [float(row[key]) for key in keys] for name, row in report.items()}
    return {name: row for name, row in rows.items() if name != "weighted avg"}


def nervaluate_figures(gold, predicted):
    def entities(documents):
        # nervaluate counts the last unit in.
        return [
            [{"start": start, "end": end - 1, "label": label} for start, end, label in document]
            for document in documents
        ]

    result = Evaluator(entities(gold), entities(predicted), tags=LABELS, loader="dict").evaluate()

    def row(counts):
        return [counts.correct, counts.partial, counts.incorrect, counts.missed, counts.spurious]

    return {
        mode: {label: row(result["entities"][label][mode]) for label in sorted(result["entities"])}
        | {"micro avg": row(result["overall"][mode])}
        for mode in MODES
    }


def tag_case(rng, scheme):
    documents = []
    for _ in range(rng.randrange(1, 4)):
        gold = random_tags(rng, scheme, rng.randrange(1, 11))
        documents.append({"gold": gold, "predicted": noisy(rng, scheme, gold)})
    spans = {side: [strict_spans(scheme, d[side]) for d in documents] for side in ("gold", "predicted")}
    case = {
        "scheme": scheme,
        "tags": [{side: " ".join(tags) for side, tags in document.items()} for document in documents],
        "strict": spans,
        "nervaluate": nervaluate_figures(spans["gold"], spans["predicted"]),
    }
    if scheme != "BILOU":  # seqeval's default mode does not know L and U
        case["lenient"] = [lenient_spans(document["gold"]) for document in documents]
    if any(spans["gold"]) or any(spans["predicted"]):  # else seqeval has nothing to average
        case["seqeval"] = seqeval_figures(scheme, documents)
    return case


def span_case(rng):
    spans = {side: [random_spans(rng) for _ in range(2)] for side in ("gold", "predicted")}
    return {"strict": spans, "nervaluate": nervaluate_figures(spans["gold"], spans["predicted"])}


def main():
    warnings.filterwarnings("ignore")
    rng = random.Random(20190702)
    cases = [tag_case(rng, scheme) for _ in range(70) for scheme in SCHEMES]
    cases += [span_case(rng) for _ in range(120)]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path = Path(__file__).with_name("score_reference.json")
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
