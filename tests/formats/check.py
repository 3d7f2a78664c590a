"""Reads the golden files with the programs that their formats are for.

    python3 -m venv .venv && .venv/bin/pip install -r tests/formats/requirements.txt
    .venv/bin/python tests/formats/check.py

Run it after `GRIOT_WRITE_GOLDEN=1 cargo test -p griot-tests conversions`, whenever a format
changes. Everything is read from the repository; nothing from the network. A format fails if
a mention cannot be cut out of its text again, or if its program refuses the file.
"""

import csv
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
INPUT = (HERE / "input.jsonl").read_text("utf-8")
DOCUMENTS = [json.loads(line) for line in INPUT.split("\n")[:-1]]


def mentions(document):
    """Start, end, label and target of each mention, in characters."""
    entities = document["entities"]
    return [(e["start"], e["end"], e["label"], e.get("entity", {}).get("id")) for e in entities]


def read(name):
    """A golden file, with its line ends as they are."""
    return (GOLDEN / name).read_bytes().decode("utf-8")


def check_spacy():
    import spacy
    from spacy.tokens import Doc, DocBin

    vocab = spacy.blank("xx").vocab
    docs = []
    lines = read("spacy.jsonl").split("\n")[:-1]
    for document, line in zip(DOCUMENTS, lines, strict=True):
        record = json.loads(line)
        doc = Doc(vocab).from_json(record, validate=True)
        assert (record["id"], record.get("language")) == (document["id"], document.get("language"))
        assert doc.text == document["text"]
        found = [(s.start_char, s.end_char, s.label_, s.kb_id_ or None) for s in doc.spans["entities"]]
        assert found == mentions(document), (found, mentions(document))
        outer = {(e.start_char, e.end_char) for e in doc.ents}
        assert outer <= {m[:2] for m in mentions(document)}
        assert bool(outer) == bool(mentions(document))
        assert [s.text for s in doc.sents] if doc.text.strip() else True
        docs.append(doc)
    back = DocBin(docs=docs).to_bytes()
    assert [d.text for d in DocBin().from_bytes(back).get_docs(vocab)] == [d["text"] for d in DOCUMENTS]
    return f"spaCy {spacy.__version__}: {len(docs)} docs, {sum(len(d.ents) for d in docs)} ents"


def check_parquet():
    import pyarrow.parquet as pq

    table = pq.read_table(GOLDEN / "documents.parquet")
    rows = table.to_pylist()
    for document, row in zip(DOCUMENTS, rows, strict=True):
        for field in ("id", "text", "language", "model", "kb", "offset_unit"):
            assert row[field] == document.get(field), field
        for entity, given in zip(row["entities"], document["entities"], strict=True):
            assert document["text"][entity["start"] : entity["end"]] == entity["text"] == given["text"]
            if "entity" in given:
                assert entity["entity"]["id"] == given["entity"]["id"]
                assert [c["id"] for c in entity["candidates"]] == [c["id"] for c in given["candidates"]]
                assert [json.loads(e) for e in entity["evidence"]] == given["evidence"]
            else:
                assert entity["entity"] is None
    return f"pyarrow: {table.num_rows} rows, {table.num_columns} columns"


def check_nif():
    import rdflib

    graph = rdflib.Graph().parse(GOLDEN / "nif.ttl", format="turtle")
    nif = rdflib.Namespace("http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#")
    its = rdflib.Namespace("http://www.w3.org/2005/11/its/rdf#")
    texts = {str(graph.value(c, nif.isString)) for c in graph.subjects(rdflib.RDF.type, nif.Context)}
    assert texts == {document["text"] for document in DOCUMENTS}
    n = 0
    for phrase in graph.subjects(rdflib.RDF.type, nif.Phrase):
        text = str(graph.value(graph.value(phrase, nif.referenceContext), nif.isString))
        start, end = (int(graph.value(phrase, p)) for p in (nif.beginIndex, nif.endIndex))
        assert text[start:end] == str(graph.value(phrase, nif.anchorOf))
        assert str(phrase).endswith(f"#char={start},{end}")
        n += 1
    linked = len(list(graph.subject_objects(its.taIdentRef)))
    assert n == sum(len(mentions(d)) for d in DOCUMENTS)
    assert linked == sum(m[3] is not None for d in DOCUMENTS for m in mentions(d))
    return f"rdflib {rdflib.__version__}: {len(graph)} triples, {n} phrases, {linked} links"


OA = "http://www.w3.org/ns/oa#"
AS = "http://www.w3.org/ns/activitystreams#"

# The terms of http://www.w3.org/ns/anno.jsonld that are used, as that context defines them.
CONTEXT = {
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    "Annotation": OA + "Annotation",
    "AnnotationPage": AS + "OrderedCollectionPage",
    "TextualBody": OA + "TextualBody",
    "SpecificResource": OA + "SpecificResource",
    "TextPositionSelector": OA + "TextPositionSelector",
    "TextQuoteSelector": OA + "TextQuoteSelector",
    "Text": "http://purl.org/dc/dcmitype/Text",
    "Software": AS + "Application",
    "identifying": OA + "identifying",
    "tagging": OA + "tagging",
    "body": {"@type": "@id", "@id": OA + "hasBody"},
    "target": {"@type": "@id", "@id": OA + "hasTarget"},
    "source": {"@type": "@id", "@id": OA + "hasSource"},
    "selector": {"@type": "@id", "@id": OA + "hasSelector"},
    "motivation": {"@type": "@vocab", "@id": OA + "motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": OA + "hasPurpose"},
    "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
    "exact": OA + "exact",
    "prefix": OA + "prefix",
    "suffix": OA + "suffix",
    "start": {"@type": "http://www.w3.org/2001/XMLSchema#nonNegativeInteger", "@id": OA + "start"},
    "end": {"@type": "http://www.w3.org/2001/XMLSchema#nonNegativeInteger", "@id": OA + "end"},
    "items": {"@type": "@id", "@id": AS + "items", "@container": "@list"},
    "generator": {"@type": "@id", "@id": AS + "generator"},
    "name": "http://xmlns.com/foaf/0.1/name",
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "language": "http://purl.org/dc/elements/1.1/language",
}


def check_web_annotation():
    from pyld import jsonld

    def load(url, options=None):
        assert url == "http://www.w3.org/ns/anno.jsonld", url
        document = {"@context": CONTEXT}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}

    pages = json.loads(read("annotations.jsonld"))
    n = 0
    for document, page in zip(DOCUMENTS, pages, strict=True):
        expanded = jsonld.expand(page, {"documentLoader": load})[0]
        assert expanded["@type"] == [AS + "OrderedCollectionPage"]
        items = expanded[AS + "items"][0]["@list"]
        for item, (start, end, label, target) in zip(items, mentions(document), strict=True):
            place, quote = item[OA + "hasTarget"][0][OA + "hasSelector"]
            assert (int(place[OA + "start"][0]["@value"]), int(place[OA + "end"][0]["@value"])) == (start, end)
            cut = document["text"][start:end]
            assert quote[OA + "exact"][0]["@value"] == cut
            around = [quote[OA + side][0]["@value"] for side in ("prefix", "suffix")]
            assert document["text"][start - len(around[0]) : end + len(around[1])] == cut.join(around)
            bodies = item[OA + "hasBody"]
            assert len(bodies) == (1 if target is None else 2)
            assert re.match(r"[a-z]+:", bodies[-1].get(OA + "hasSource", [{"@id": "a:"}])[0]["@id"])
            n += 1
        rdf = jsonld.to_rdf(page, {"documentLoader": load})
        assert len(rdf.get("@default", [])) >= 8 * len(items)
    return f"pyld: {len(pages)} pages, {n} annotations"


def check_label_studio():
    from label_studio_sdk.label_interface import LabelInterface

    labels = sorted({m[2] for d in DOCUMENTS for m in mentions(d)})
    values = "".join(f'<Label value="{label}"/>' for label in labels)
    config = LabelInterface(
        f'<View><Labels name="label" toName="text">{values}</Labels><Text name="text" value="$text"/>'
        '<TextArea name="entity" toName="text" perRegion="true"/></View>'
    )
    tasks = json.loads(read("label-studio.json"))
    n = 0
    for document, task in zip(DOCUMENTS, tasks, strict=True):
        assert config.validate_task({"data": task["data"]})
        (prediction,) = task["predictions"]
        errors = config.validate_prediction(prediction, return_errors=True)
        assert not errors, errors
        spans = [r["value"] for r in prediction["result"] if r["type"] == "labels"]
        assert [(s["start"], s["end"], s["labels"][0]) for s in spans] == [m[:3] for m in mentions(document)]
        n += len(spans)
    return f"label-studio-sdk: {len(tasks)} tasks, {n} regions"


def check_brat():
    """The rules of brat's own reader: it is a server, and no package."""
    bound = re.compile(r"^(T[0-9]+)\t([^\s\t;]+) ([0-9]+) ([0-9]+)\t([^\t]*)$")
    norm = re.compile(r"^(N[0-9]+)\tReference (T[0-9]+) ([^\s:]+):(\S+)\t([^\t]*)$")
    n = 0
    for document in DOCUMENTS:
        name = document["id"].removesuffix(".txt").replace("/", "_")
        text = read(f"brat/{name}.txt")
        assert text == document["text"]
        found, targets = {}, {}
        for line in read(f"brat/{name}.ann").split("\n")[:-1]:
            if match := bound.match(line):
                id, label, start, end, cut = match.groups()
                start, end = int(start), int(end)
                assert id not in found and start < end <= len(text)
                assert re.sub(r"[\t-\r\x1c-\x1e\x85\u2028\u2029]", " ", text[start:end]) == cut
                assert re.fullmatch(r"[\w-]+", label)
                found[id] = (start, end)
            else:
                _, mention, kb, id, _ = norm.match(line).groups()
                targets[mention] = id
                assert mention in found and kb in ("Wikidata", "KB", "NIL")
        assert list(found.values()) == [m[:2] for m in mentions(document)]
        assert [targets.get(id) for id in found] == [m[3] for m in mentions(document)]
        n += len(found)
    return f"brat's rules: {len(DOCUMENTS)} documents, {n} mentions"


def check_hipe():
    """The rules of the HIPE scorer: it is a repository, and no package."""
    header, *lines = read("hipe.tsv").split("\n")
    columns = header.split("\t")
    assert columns[0] == "TOKEN" and columns[-1] == "MISC" and len(columns) == 10
    ids, before, n = [], "O", 0
    for line in lines:
        if line.startswith("# hipe2022:document_id = "):
            ids.append(line.split(" = ", 1)[1])
            before = "O"
        elif line and not line.startswith("# "):
            row = dict(zip(columns, line.split("\t"), strict=True))
            tag, target = row["NE-COARSE-LIT"], row["NEL-LIT"]
            assert re.fullmatch(r"O|[BI]-.+", tag), tag
            assert not tag.startswith("I-") or before[2:] == tag[2:], (before, tag)
            assert re.fullmatch(r"_|\S+", target) and (target == "_" or tag != "O")
            assert re.fullmatch(r"_|(NoSpaceAfter|EndOfLine|EndOfSentence|\|)+", row["MISC"])
            n += tag.startswith("B-")
            before = tag
    assert ids == [document["id"] for document in DOCUMENTS]
    return f"HIPE's rules: {len(ids)} documents, {n} mentions"


def check_tables():
    n = 0
    for name, delimiter in (("mentions.csv", ","), ("mentions.tsv", "\t")):
        with open(GOLDEN / name, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter))
        texts = {document["id"]: document["text"] for document in DOCUMENTS}
        for row in rows:
            assert texts[row["document"]][int(row["start"]) : int(row["end"])] == row["text"]
        assert len(rows) == sum(len(mentions(d)) for d in DOCUMENTS)
        n += len(rows)
    return f"csv: {n} rows"


CHECKS = [
    check_spacy,
    check_parquet,
    check_nif,
    check_web_annotation,
    check_label_studio,
    check_brat,
    check_hipe,
    check_tables,
]


if __name__ == "__main__":
    failed = 0
    for check in CHECKS:
        try:
            print(f"ok    {check()}")
        except Exception as error:  # One format that fails does not hide the next.
            failed += 1
            print(f"FAIL  {check.__name__}: {type(error).__name__}: {error}")
    sys.exit(failed > 0)
