"""`export`: the averaged weights of a run as a model folder: config.json and model.safetensors (F16)."""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

from .network import CONFIG
from .prepare import TAGS
from .words import FEATURE_VERSION, TABLES


def config():
    return {
        "model_type": "griot-words",
        "architectures": ["GriotWordsForTokenClassification"],
        "feature_version": FEATURE_VERSION,
        "tables": [{"name": name, "rows": rows} for name, rows, _ in TABLES],
        **CONFIG,
        "id2label": {str(i): tag for i, tag in enumerate(TAGS)},
    }


def load_folder(folder, device="cpu"):
    """The tensors of an exported model folder, in F32."""
    return {k: v.to(device, torch.float32) for k, v in load_file(pathlib.Path(folder) / "model.safetensors").items()}


def main(args):
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    state = torch.load(pathlib.Path(args.work) / f"{args.name}.pt", map_location="cpu", weights_only=False)["average"]
    tensors = {k: v.to(torch.float16).contiguous() for k, v in state.items() if k != "masked"}
    for name, tensor in tensors.items():
        if ".tables." in name:
            tensor[0] = 0  # row 0 is "no feature"
        if not torch.isfinite(tensor).all():
            raise SystemExit(f"{name} does not fit F16")
    save_file(tensors, out / "model.safetensors", {"format": "pt"})
    (out / "config.json").write_text(json.dumps(config(), indent=2, ensure_ascii=False) + "\n")
    size = (out / "model.safetensors").stat().st_size / 1e6
    print(f"{sum(t.numel() for t in tensors.values()) / 1e6:.1f} M parameters, {size:.1f} MB")
