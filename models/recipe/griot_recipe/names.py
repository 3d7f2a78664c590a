"""Name pools for mention replacement: other names of the same fine type, in the same script."""

import csv
import json
import re
import unicodedata
from collections import defaultdict

from .corpora import split

SCRIPTS = {"LATIN": "latin", "CYRILLIC": "cyrillic", "ARABIC": "arabic"}


def script_of(text):
    for char in text:
        if char.isalpha():
            return SCRIPTS.get(unicodedata.name(char, "?").split()[0])
    return None


class NamePools:
    """Pools of names, each a list of words, keyed by (kind, language or script)."""

    def __init__(self, kb_dir, lists, sentences, rng):
        self.pools = defaultdict(list)
        self.forenames = defaultdict(lambda: defaultdict(list))
        self.surnames = defaultdict(lambda: defaultdict(list))
        self._popular_names(kb_dir / "popular-names")
        self._knowledge_base(kb_dir / "starter-sources.jsonl")
        self._own_mentions(sentences)
        self._lists(lists)
        self.rng = rng

    def _popular_names(self, folder):
        for store, file in (
            (self.forenames, "common-forenames-by-country.csv"),
            (self.surnames, "common-surnames-by-country.csv"),
        ):
            for row in csv.DictReader(open(folder / file, encoding="utf-8-sig")):
                for name in sorted({row["Localized Name"], row["Romanized Name"]} - {"", None}):
                    store[script_of(name)][row["Country"]].append(split(name))

    def _knowledge_base(self, path):
        for line in open(path, encoding="utf-8"):
            entity = json.loads(line)
            description = entity.get("description") or ""
            names = {re.sub(r"\s*\(.*", "", entity["name"])}
            for language in ("fr", "en", "de", "es", "it", "pt", "nl", "pl", "tr", "ru", "ar"):
                names.update(entity["aliases"].get(language, [])[:1])
            kind = self._kind(entity["type"], description)
            for name in sorted(names) if kind else ():
                words = split(name)
                if 0 < len(words) <= 6:
                    self.pools[kind, script_of(name)].append(words)

    @staticmethod
    def _kind(label, description):
        if label == "PER":
            return "PER"
        if label == "LOC" and re.search(r"populated place|capital|town|city|commune|locality", description):
            return "LOC.city"
        if label == "ORG" and re.search(r"^company|brand", description):
            return "ORG.company"
        return None

    def _own_mentions(self, sentences):
        for sentence in sentences:
            for start, end, label, fine in sentence.spans:
                words = sentence.words[start:end]
                if label == "PER":
                    self.pools["PER", sentence.language].append(words)
                if fine:
                    self.pools[f"{label}.{fine}", sentence.language].append(words)
                    if fine in ("company", "media", "club", "party"):
                        self.pools[f"{label}.{fine}", script_of(words[0])].append(words)

    def _lists(self, folder):
        """Lines such as `ORG.media: Le Monde; RFI` of files named by language."""
        for path in sorted(folder.glob("*.names")):
            language = path.stem
            for line in path.read_text("utf-8").splitlines():
                kind, _, names = line.partition(": ")
                self.pools[kind, language] += [words for name in names.split("; ") if (words := split(name))]

    def person(self, words, language):
        """A person for `words`: full name for full name, surname for a single word."""
        script = script_of(words[0])
        choice = self.rng.random()
        own = self.pools["PER", language]
        if choice < 0.3 and own:
            name = self.rng.choice(own)
            return name if (len(name) > 1) == (len(words) > 1) else None
        if choice < 0.6 and self.pools["PER", script]:
            name = self.rng.choice(self.pools["PER", script])
        else:
            countries = sorted(self.forenames[script].keys() & self.surnames[script].keys())
            if not countries:
                return None
            country = self.rng.choice(countries)
            other = country if self.rng.random() < 0.8 else self.rng.choice(countries)
            name = self.rng.choice(self.forenames[script][country]) + self.rng.choice(self.surnames[script][other])
        return name if len(words) > 1 else name[-1:]

    def other(self, label, fine, words, language):
        kind = f"{label}.{fine}"
        wide = self.pools[kind, script_of(words[0])]
        pool = wide if wide and (self.rng.random() < 0.5) else self.pools[kind, language]
        return self.rng.choice(pool) if pool else None
