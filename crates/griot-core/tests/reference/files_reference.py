"""Makes other forms of the files of the tiny BERT, and what transformers reads from them.

    python files_reference.py [folder of the tiny BERT]

Needs torch, transformers 5 and safetensors. Written beside `model.safetensors`:

- pytorch_model.bin: the same weights as `torch.save` writes a `state_dict`;
- golden-vocab.json: for settings of `tokenizer_config.json`, the ids that `BertTokenizer` makes of texts
  with the `vocab.txt` that the sub-words of tokenizer.json give.
"""

import itertools
import json
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import BertTokenizer

TEXTS = [
    "Amadou Hampâté Bâ est né à Bandiagara.",
    "HAMPÂTÉ, Ségou; 习近平 à Bamako!",
    "[CLS] Mali [SEP] [MASK]",
    "e\u0301te\u0301 \u00a0\u200b\tKayes\r\n",
    "",
]


def main(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    vocab = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    tokens = sorted(vocab, key=vocab.get)
    cases = []
    settings = itertools.product([None, True, False], [None, True, False], [None, False])
    for lower, strip, chinese in settings:
        config = {"do_lower_case": lower, "strip_accents": strip, "tokenize_chinese_chars": chinese}
        config = {name: value for name, value in config.items() if value is not None}
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary)
            (path / "vocab.txt").write_text("".join(f"{token}\n" for token in tokens))
            (path / "tokenizer_config.json").write_text(json.dumps(config))
            (path / "config.json").write_text((folder / "config.json").read_text())
            tokenizer = BertTokenizer.from_pretrained(path)
            cases.append({"config": config, "ids": [tokenizer(text)["input_ids"] for text in TEXTS]})
    (folder / "golden-vocab.json").write_text(json.dumps({"texts": TEXTS, "cases": cases}) + "\n")


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "data/tiny-bert"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
