"""How many words a second does spaCy's small pipeline tag, on the texts and word count of griot's own bench?

usage: python benches/peers/spacy_speed.py GRIOT_BINARY     (needs `pip install spacy==3.8.*`)

Both run on one thread over the five press texts, each forty times, alternating, best of five rounds. spaCy is `xx` with
its default tok2vec and NER (the efficiency configuration), untrained: speed only. griot is the `griot tag` command, start
and JSON included.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

import spacy
from spacy.training import Example

texts = [path.read_text("utf-8") for path in sorted((pathlib.Path(__file__).parents[2] / "examples/data").glob("*.txt"))]
texts *= 40
n_words = sum(len(re.findall(r"\w+|[^\w\s]", text)) for text in texts)

nlp = spacy.blank("xx")
nlp.add_pipe("sentencizer")
ner = nlp.add_pipe("ner")
for label in ("PER", "ORG", "LOC", "MISC"):
    ner.add_label(label)
nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("Ségou au Mali"), {"entities": [(0, 5, "LOC")]})])


def run_spacy():
    for _ in nlp.pipe(texts, batch_size=64):
        pass


def run_griot(folder):
    subprocess.run([sys.argv[1], "tag", "--quiet", "--threads", "1", "--format", "jsonl", folder], check=True,
                   stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as folder:
    for number, text in enumerate(texts):
        (pathlib.Path(folder) / f"{number:03}.txt").write_text(text, "utf-8")
    best = {"spaCy": 1e9, "griot": 1e9}
    for _ in range(5):
        for name, run in (("spaCy", run_spacy), ("griot", lambda: run_griot(folder))):
            started = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - started)
for name, seconds in best.items():
    print(f"{name:6} {n_words / seconds:9,.0f} words/s  ({n_words:,} words in {seconds:.2f} s)")
print(f"griot / spaCy {best['spaCy'] / best['griot']:.2f}")
