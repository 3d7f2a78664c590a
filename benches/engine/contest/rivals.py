"""Who takes part in what, as data."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import machine

HERE = Path(__file__).resolve().parents[1]
FORWARD = ("sent", "doc", "one", "one-busy")


@dataclass
class Rival:
    """`module` of this package and its arguments, or none for a program; that `program` of `../rivals`, or none for
    griot; the `inputs` it takes part in; `settings` of its `load` command; what it `needs` of the CPU, one of these
    flags, so as not to be emulated."""

    name: str
    module: str | None
    inputs: tuple
    settings: dict = field(default_factory=dict)
    needs: tuple = ()
    program: str | None = None

    def arguments(self, griot, rust):
        """What starts it, `griot` and the folder `rust` of programs given; None if it was not built."""
        if self.module:
            return [sys.executable, "-m", *f"contest.{self.module}".split()]
        found = rust and rust / self.program if self.program else griot
        return found and [str(found)]

    def lacks(self):
        present = machine.describe()["flags"].split()
        return bool(self.needs) and not set(self.needs) & set(present)


def with_streams(name, module, inputs, needs=(), **settings):
    """One that splits a batch over all threads, and one that computes a batch in each thread."""
    return [
        Rival(name, module, inputs, {"streams": 1, **settings}, needs),
        Rival(f"{name}-streams", module, inputs, {"streams": None, **settings}, needs),
    ]


def griot(*inputs):
    """Its kernels, and Candle as griot used it before."""
    ways = [("candle", "f32"), ("kernels", "f32"), ("kernels", "bf16"), ("kernels", "int8")]
    return [Rival(f"griot-{precision}" if engine == "kernels" else f"griot-{engine}-{precision}", None, inputs,
                  {"engine": engine, "precision": precision}) for engine, precision in ways]


BF16 = ("avx512_bf16", "amx_bf16", "bf16")
SUB_WORDS = [
    *griot(*FORWARD, "seeds"),
    *with_streams("torch-f32", "peer_torch", FORWARD, precision="f32"),
    Rival("torch-bf16", "peer_torch", FORWARD, {"streams": 1, "precision": "bf16"}, BF16),
    *with_streams("torch-int8", "peer_torch", FORWARD, precision="int8"),
    *with_streams("ort-f32", "peer_ort", (*FORWARD, "seeds"), precision="f32"),
    *with_streams("ort-int8", "peer_ort", (*FORWARD, "seeds"), precision="int8"),
    *(Rival(f"rten-{precision}", None, (*FORWARD, "seeds"), {"streams": 1, "precision": precision}, (), "rten")
      for precision in ("f32", "int8")),
    Rival("pipeline-f32", "peer_pipeline", ("seeds",), {"streams": 1, "precision": "f32"}),
]
WORDS = [
    *griot(*FORWARD, "seeds"),
    *with_streams("torch-f32", "peer_words torch", (*FORWARD, "seeds"), precision="f32"),
    *with_streams("torch-int8", "peer_words torch", (*FORWARD, "seeds"), precision="int8"),
    *with_streams("ort-f32", "peer_words ort", (*FORWARD, "seeds"), precision="f32"),
    *with_streams("ort-int8", "peer_words ort", (*FORWARD, "seeds"), precision="int8"),
    *with_streams("spacy", "peer_spacy", (*FORWARD, "seeds")),
]
STOCK = Rival("candle-transformers-f32", None, (*FORWARD, "seeds"), {"streams": 1, "precision": "f32"}, (), "candle")
RIVALS = {"w1": [*SUB_WORDS, STOCK], "w2": WORDS, "w3": SUB_WORDS}
