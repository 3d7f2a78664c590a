"""spaCy: a trained pipeline if there is one, else a multilingual one without training, of the default size. With
several streams, as many processes share the texts: spaCy computes in one thread."""

import multiprocessing
import sys

# spaCy loads PyTorch wherever it is there, and does not need it.
sys.modules["torch"] = None

import spacy  # noqa: E402
from spacy.training import Example  # noqa: E402

from .serve import peak_kibibytes, serve  # noqa: E402

PIPELINE = None


def start(folder):
    global PIPELINE
    PIPELINE = spacy.load(folder) if folder else blank()


def blank():
    nlp = spacy.blank("xx")
    ner = nlp.add_pipe("ner")
    for label in ("PER", "ORG", "LOC", "MISC"):
        ner.add_label(label)
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("Ségou au Mali"), {"entities": [(0, 5, "LOC")]})])
    return nlp


def entities(texts, size):
    return [[(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
            for doc in PIPELINE.pipe(texts, batch_size=size)]


class Spacy:
    def __init__(self, settings, inputs):
        self.inputs, self.count = inputs, settings["streams"]
        trained = settings.get("spacy")
        self.version = f"spaCy {spacy.__version__}, {'trained' if trained else 'untrained'}"
        if self.count > 1:
            self.pool = multiprocessing.get_context("spawn").Pool(self.count, start, (trained,))
            # Waits until they have loaded.
            self.run("sent", 8)
        else:
            start(trained)

    def run(self, name, size):
        texts = self.inputs[name]["texts"]
        if self.count == 1:
            return entities(texts, size)
        parts = [(texts[number :: self.count], size) for number in range(self.count)]
        return self.pool.starmap(entities, parts, chunksize=1)

    def rss_kib(self):
        if self.count == 1:
            return peak_kibibytes()
        return peak_kibibytes() + sum(peak_kibibytes(process.pid) for process in self.pool._pool)


if __name__ == "__main__":
    serve(Spacy)
