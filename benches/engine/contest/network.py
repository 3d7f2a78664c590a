"""`prepare` for the shipped model: its network in PyTorch (that of the recipe) and as ONNX.

    python -m contest.network w2 FOLDER

Leaves inputs.json, f32.onnx and int8.onnx; the weights are those of `models/griot-mini`.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

from . import texts
from .words import MODEL, TABLES, features, segment, tags

from griot_recipe.export import load_folder  # isort: skip; `words` says where it is
from griot_recipe.network import Tagger  # isort: skip

# So that a run takes long enough to be measured.
PRESS_TIMES = 10


def network():
    """The network of the recipe with the shipped weights."""
    model = Tagger(len(tags()))
    model.load_state_dict(load_folder(MODEL), strict=False)
    return model.eval()


class PlainEmbedding(nn.Module):
    """`WordEmbedding` of the recipe without EmbeddingBag, which ONNX lacks."""

    def __init__(self, embedding):
        super().__init__()
        self.embedding = embedding

    def forward(self, rows, drop=None):
        parts, at = [], 0
        for name, _, width in TABLES:
            ids = rows[:, at : at + width]
            part = nn.functional.embedding(ids, self.embedding.tables[name].weight).sum(1)
            if name == "ngram":
                part = part / (ids != 0).sum(1, keepdim=True).clamp(min=1).to(part.dtype)
            parts.append(part)
            at += width
        return self.embedding.norm(nn.functional.gelu(self.embedding.project(torch.cat(parts, -1))))


def export_onnx(model, folder):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    model.embedding = PlainEmbedding(model.embedding)
    rows = torch.tensor([features(word) for word in "Sergueï Lavrov est à Bamako".split()])
    index, mask = torch.tensor([[0, 1, 2, 3, 4], [3, 4, 0, 0, 0]]), torch.ones(2, 5, 1)
    mask[1, 2:] = 0
    raw, sequence = folder / "raw.onnx", {0: "batch", 1: "length"}
    torch.onnx.export(
        model, (rows, index, mask), raw, input_names=["rows", "index", "mask"], output_names=["logits"],
        opset_version=17, dynamo=False,
        dynamic_axes={"rows": {0: "words"}, "index": sequence, "mask": sequence, "logits": sequence},
    )
    fused = optimizer.optimize_model(str(raw), model_type="bert", num_heads=4, hidden_size=192, opt_level=0)
    print("fused:", {name: count for name, count in fused.get_fused_operator_statistics().items() if count})
    fused.save_model_to_file(str(folder / "f32.onnx"))
    raw.unlink()
    # Without VNNI, products of 8 bits saturate unless weights have 7.
    quantize_dynamic(
        folder / "f32.onnx", folder / "int8.onnx", per_channel=True, reduce_range=True, weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def prepare(folder):
    folder.mkdir(parents=True, exist_ok=True)
    inputs = texts.inputs(lambda text: len(segment(text)), PRESS_TIMES)
    # The interface of griot for words gives entities.
    for data in inputs.values():
        data["entities"] = True
    export_onnx(network(), folder)
    (folder / "inputs.json").write_text(json.dumps(inputs, ensure_ascii=False))


if __name__ == "__main__":
    prepare(Path(sys.argv[2]))
