"""`prepare`: checkpoints of well-known shapes with random weights, as griot and transformers load them, and as ONNX.

    python -m contest.shapes w1 FOLDER

Leaves config.json, model.safetensors, tokenizer.json, inputs.json, f32.onnx (fused), int8.onnx, and the same without
fused operators for engines that fuse by themselves: plain-f32.onnx, plain-int8.onnx. All from one seed.
The vocabulary is made from the texts of the repository: real pieces first, invented ones up to the size of the shape.
"""

import json
import os
import sys
import unicodedata
import warnings
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForTokenClassification

from . import texts

TAGS = ["O"] + [f"{position}-{label}" for label in ("PER", "ORG", "LOC", "MISC") for position in "BI"]
BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
SHAPES = {
    "w1": ("bert", "bert-base-multilingual", {**BASE, "vocab_size": 119_547}),
    "w3": ("xlm-roberta", "xlm-roberta-base", {
        **BASE, "vocab_size": 250_002, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
    }),
}
# Of the words of the texts and of their inner pieces, the most frequent: about 1.5 pieces a word, as such models have.
N_WORDS, N_PIECES = 900, 2500
# So that one sub-word in six or so is of an entity.
BIAS_OF_O = 2.5


def corpus():
    split = pre_tokenizers.BertPreTokenizer()
    words = Counter()
    for text in [*texts.press(), " ".join(texts.running_words())]:
        words.update(word for word, _ in split.pre_tokenize_str(unicodedata.normalize("NFC", text)))
    return words


def most(counter, number):
    """By count, and by name where counts are the same."""
    return [key for key, _ in sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:number]]


def pieces():
    """(beginnings, continuations) of words, the single characters first."""
    words = corpus()
    inner = Counter()
    for word, count in words.items():
        for start in range(1, len(word)):
            for size in (2, 3, 4):
                if start + size <= len(word):
                    inner[word[start : start + size]] += count
    letters = sorted({char for word in words for char in word} | set(",.'"))
    frequent = most(words, N_WORDS), most(inner, N_PIECES)
    return [list(dict.fromkeys([*letters, *pieces])) for pieces in frequent]


def between(tokenizer, first, last):
    special = [(name, tokenizer.token_to_id(name)) for name in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=special)
    return tokenizer


def wordpiece(size):
    first, rest = pieces()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *first, *(f"##{piece}" for piece in rest)]
    vocabulary += [f"[unused{number}]" for number in range(size - len(vocabulary))]
    model = models.WordPiece({piece: index for index, piece in enumerate(vocabulary)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return between(tokenizer, "[CLS]", "[SEP]")


def unigram(size):
    first, rest = pieces()
    real = list(dict.fromkeys(["▁", *(f"▁{piece}" for piece in first), *rest]))
    # A longer piece beats two shorter ones.
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece, -8.0 - 0.001 * index) for index, piece in enumerate(real)]
    vocabulary += [(f"<unused{number}>", -30.0) for number in range(size - len(vocabulary))]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return between(tokenizer, "<s>", "</s>")


def random_model(family, options, tokenizer):
    pad = tokenizer.token_to_id("[PAD]" if family == "bert" else "<pad>")
    names = {"pad_token_id": pad, "id2label": dict(enumerate(TAGS)), "label2id": {tag: i for i, tag in enumerate(TAGS)}}
    config = AutoConfig.for_model(family, **names, **options)
    model = AutoModelForTokenClassification.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = "norm" in name.lower()
            parameter.normal_(1.0 if is_norm and name.endswith("weight") else 0.0, 0.1 if is_norm else 0.05)
        model.classifier.bias[0] = BIAS_OF_O
    return model


class Logits(torch.nn.Module):
    """What is exported: ids and mask [batch, length] -> logits [batch, length, tags]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def export_onnx(model, folder):
    """plain-f32.onnx, and f32.onnx, fused by the optimizer of ONNX Runtime for transformers; int8.onnx from each."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    ids = torch.randint(5, 1000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    names = ["input_ids", "attention_mask", "logits"]
    raw = folder / "plain-f32.onnx"
    torch.onnx.export(
        Logits(model).eval(), (ids, mask), raw, input_names=names[:2], output_names=names[2:], opset_version=17,
        dynamic_axes={name: {0: "batch", 1: "length"} for name in names}, dynamo=False,
    )
    config = model.config
    fused = optimizer.optimize_model(
        str(raw), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=0
    )
    counts = {name: count for name, count in fused.get_fused_operator_statistics().items() if count}
    print("fused:", counts)
    assert counts.get("Attention") == config.num_hidden_layers, "attention was not fused"
    fused.save_model_to_file(str(folder / "f32.onnx"))
    # Without VNNI, products of 8 bits saturate unless weights have 7.
    for exact in (folder / "f32.onnx", raw):
        quantize_dynamic(
            exact, folder / exact.name.replace("f32", "int8"), per_channel=True, reduce_range=True,
            weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def prepare(shape, folder):
    family, _, options = SHAPES[shape]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = (wordpiece if family == "bert" else unigram)(options["vocab_size"])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    inputs = texts.inputs(lambda text: len(tokenizer.encode(text).ids))
    for name in ("sent", "doc", "one"):
        inputs[name]["ids"] = [tokenizer.encode(text).ids for text in inputs[name]["texts"]]
    torch.manual_seed(2026)
    model = random_model(family, options, tokenizer)
    model.save_pretrained(folder)
    export_onnx(model, folder)
    # Last: its presence says that the folder is complete.
    (folder / "inputs.json").write_text(json.dumps(inputs, ensure_ascii=False))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    prepare(sys.argv[1], Path(sys.argv[2]))
