"""`export`: the averaged weights of a run as a model folder: config.json and model.safetensors (8 bits a weight)."""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

from .network import config_of, rows_of, with_style
from .prepare import TAGS
from .words import FEATURE_VERSION


def config(state):
    size = dict(config_of(state))
    del size["scales"]
    return {
        "model_type": "griot-words",
        "architectures": ["GriotWordsForTokenClassification"],
        "feature_version": FEATURE_VERSION,
        "tables": [{"name": name, "rows": rows} for name, rows in rows_of(config_of(state)).items()],
        **size,
        "id2label": {str(i): tag for i, tag in enumerate(TAGS)},
    }


SMALL = 4096  # tensors of fewer numbers stay in F32


def quantise(weight):
    """[rows, columns] -> (U8 [rows, columns], F32 [rows, 1]): `(u8 - 128) * scale` of its row is the weight."""
    scale = weight.abs().amax(1, keepdim=True) / 127
    steps = torch.round(weight / scale.clamp(min=1e-30))
    return (steps + 128).to(torch.uint8).contiguous(), scale.contiguous()


def stored(state):
    """The tensors of the file: matrices in 8 bits with a scale a row, the rest in F32."""
    tensors = {}
    for name, value in state.items():
        value = value.to(torch.float32)
        if ".tables." in name:
            value[0] = 0  # row 0 is "no feature"
        if not torch.isfinite(value).all():
            raise SystemExit(f"{name} is not finite")
        if value.dim() == 2 and value.numel() > SMALL:
            tensors[name], tensors[f"{name}.scale"] = quantise(value)
        else:
            tensors[name] = value.contiguous()
    return tensors


def load_folder(folder, device="cpu"):
    """The tensors of an exported model folder, in F32."""
    tensors = load_file(pathlib.Path(folder) / "model.safetensors")
    scales = {name.removesuffix(".scale"): tensors.pop(name) for name in list(tensors) if name.endswith(".scale")}
    state = {}
    for name, value in tensors.items():
        value = value.to(torch.float32)
        state[name] = ((value - 128) * scales[name] if name in scales else value).to(device)
    return state


def weights_of(args):
    """Those of a run, in the style asked for; or of an exported folder."""
    if pathlib.Path(args.name).is_dir():
        return load_folder(args.name)
    work = pathlib.Path(args.work)
    state = torch.load(work / f"{args.name}.pt", map_location="cpu", weights_only=False)["average"]
    names = json.loads((work / "styles.json").read_text()) if "styles.weight" in state else []
    chosen = names[1:] if args.style == ["all"] else args.style
    state = with_style(state, [names.index(style) for style in chosen if names])
    return {name: value for name, value in state.items() if name != "masked"}


def main(args):
    out = pathlib.Path(args.out)
    state = weights_of(args)
    out.mkdir(parents=True, exist_ok=True)
    tensors = stored(state)
    save_file(tensors, out / "model.safetensors", {"format": "pt"})
    (out / "config.json").write_text(json.dumps(config(state), indent=2, ensure_ascii=False) + "\n")
    size = (out / "model.safetensors").stat().st_size / 1e6
    print(f"{sum(t.numel() for t in state.values()) / 1e6:.1f} M parameters, {size:.1f} MB")
