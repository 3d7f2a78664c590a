"""Writes cluster_reference.json and link_reference.json: random cases with the
figures of Python scorers.

    pip install neleval==3.1.1 numpy scipy
    python link_reference.py SCORE.py

`cluster_reference.json` is a list of cases. `gold` and `predicted` are lists of
[item, group]; `b_cubed`, `ceaf_e` and `pairwise` are [precision, recall, f1] of
neleval, `lea` those of the definition of Moosavi and Strube (2016), written down
below as they have it, link by link.

`link_reference.json` is a list of collections. `gold` has documents of [start,
end, entity] and `predicted` documents of [start, end, entity or null, cluster or
null]; `link`, `b_cubed` and `span` are the [precision, recall, f1] that SCORE.py
prints for them with `--json`: links to entities, B-cubed over the spans that
both have, and spans alone. SCORE.py reads a folder of gold JSON files and a file
of JSON Lines as `griot tag` writes them.
"""

import itertools
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

# neleval still uses a name that numpy 1.24 took away.
numpy.int = int

from neleval.coref_metrics import _prf, b_cubed, entity_ceaf, mapping_to_sets, pairwise


def lea_links(group):
    if len(group) == 1:
        return {(min(group), min(group))}
    return set(itertools.combinations(sorted(group), 2))


def lea_side(of, other):
    """Sum over groups of size x (found links / links), and of sizes."""
    others = set().union(*(lea_links(group) for group in other.values()), set())
    total = found = 0.0
    for group in of.values():
        links = lea_links(group)
        found += len(group) * len(links & others) / len(links)
        total += len(group)
    return found, total


def figures(gold, predicted):
    gold, predicted = mapping_to_sets(gold), mapping_to_sets(predicted)
    lea = (*lea_side(predicted, gold), *lea_side(gold, predicted))
    return {
        "b_cubed": _prf(*b_cubed(gold, predicted)),
        "ceaf_e": [float(x) for x in _prf(*entity_ceaf(gold, predicted))],
        "pairwise": _prf(*pairwise(gold, predicted)),
        "lea": _prf(*lea),
    }


def random_groups(rng, items, n_groups):
    return {item: rng.randrange(n_groups) for item in items}


def noisy_groups(rng, gold, n_groups):
    """The gold groups with items moved, lost and added."""
    predicted = {}
    for item, group in gold.items():
        chance = rng.random()
        if chance < 0.7:
            predicted[item] = group
        elif chance < 0.9:
            predicted[item] = rng.randrange(n_groups)
    predicted.update(random_groups(rng, range(100, 100 + rng.randrange(4)), n_groups))
    return predicted


def cluster_case(rng):
    n_items, n_groups = rng.randrange(1, 25), rng.randrange(1, 9)
    gold = random_groups(rng, range(n_items), n_groups)
    if rng.random() < 0.5:
        predicted = noisy_groups(rng, gold, n_groups)
    else:
        predicted = random_groups(rng, range(n_items), rng.randrange(1, 9))
    case = {"gold": sorted(gold.items()), "predicted": sorted(predicted.items())}
    return case | figures(gold, predicted)


ENTITIES = ["Q1", "Q2", "Q3", "NIL:a", "NIL:b"]


def random_documents(rng):
    gold, predicted = [], []
    for _ in range(rng.randrange(1, 4)):
        own, other = [], []
        for number in range(rng.randrange(8)):
            start, end = 10 * number, 10 * number + 4
            entity = rng.choice(ENTITIES)
            if rng.random() < 0.85:
                own.append([start, end, entity])
            if rng.random() < 0.85:
                answer = entity if rng.random() < 0.6 else rng.choice(ENTITIES)
                if answer.startswith("Q"):
                    other.append([start, end, answer, None])
                else:
                    cluster = rng.choice([answer.lower(), answer.lower(), None])
                    other.append([start, end, None, cluster])
        gold.append(own)
        predicted.append(other)
    return gold, predicted


def scored(scorer, gold, predicted):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "gold").mkdir()
        lines = []
        for number, (own, other) in enumerate(zip(gold, predicted)):
            mentions = [
                {"start": s, "end": e, "text": "", "label": "LOC", "entity": entity}
                for s, e, entity in own
            ]
            (folder / "gold" / f"{number}.json").write_text(json.dumps({"mentions": mentions}))
            entities = [
                {"start": s, "end": e, "label": "LOC"}
                | ({"entity": {"id": entity}} if entity else {})
                | ({"cluster": cluster} if cluster else {})
                for s, e, entity, cluster in other
            ]
            lines.append(json.dumps({"id": str(number), "entities": entities}))
        (folder / "predicted.jsonl").write_text("\n".join(lines))
        arguments = [scorer, folder / "gold", folder / "predicted.jsonl", "--json"]
        return json.loads(subprocess.check_output([sys.executable, *arguments]))


def link_case(rng, scorer):
    gold, predicted = random_documents(rng)
    printed = scored(scorer, gold, predicted)
    return {
        "gold": gold,
        "predicted": predicted,
        "link": printed["link"],
        "b_cubed": printed.get("b3"),
        "span": printed["span"],
    }


def write(name, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (Path(__file__).parent / name).write_text(f"[\n{lines}\n]\n")


def main():
    rng = random.Random(7)
    write("cluster_reference.json", [cluster_case(rng) for _ in range(200)])
    write("link_reference.json", [link_case(rng, sys.argv[1]) for _ in range(40)])


main()
