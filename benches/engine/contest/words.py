"""What the shipped model reads, by the code of the recipe; without PyTorch, so that peers without it stay small."""

import json
import sys

from . import texts

MODEL = texts.REPOSITORY / "models/griot-mini"
sys.path.insert(0, str(texts.REPOSITORY / "models/recipe"))

from griot_recipe.words import TABLES, features, segment  # noqa: E402, F401


def tags():
    names = json.loads((MODEL / "config.json").read_text())["id2label"]
    return [names[str(index)] for index in range(len(names))]
