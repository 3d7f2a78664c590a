"""PyTorch with the models of transformers: f32, bf16 (autocast), int8 (dynamic)."""

import contextlib
import warnings

import torch
from transformers import AutoModelForTokenClassification

from .serve import Forward, serve


class Torch(Forward):
    version = f"torch {torch.__version__}"

    def __init__(self, settings, inputs):
        super().__init__(settings, inputs)
        torch.set_num_threads(settings["threads"] // settings["streams"])
        self.precision = settings["precision"]
        self.model = AutoModelForTokenClassification.from_pretrained(settings["folder"], dtype=torch.float32).eval()
        if self.precision == "int8":
            warnings.simplefilter("ignore")
            self.model = torch.ao.quantization.quantize_dynamic(self.model, {torch.nn.Linear}, dtype=torch.qint8)

    def logits(self, ids, mask):
        half = self.precision == "bf16"
        cast = torch.autocast("cpu", torch.bfloat16) if half else contextlib.nullcontext()
        # Without padding there is no mask to add.
        mask = None if mask.all() else torch.from_numpy(mask)
        with torch.inference_mode(), cast:
            return self.model(input_ids=torch.from_numpy(ids), attention_mask=mask).logits.float().numpy()


if __name__ == "__main__":
    serve(Torch)
