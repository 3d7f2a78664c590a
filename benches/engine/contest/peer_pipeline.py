"""The token classification pipeline of transformers: text in, entities out."""

import os

import torch
from transformers import AutoModelForTokenClassification, PreTrainedTokenizerFast, pipeline

from .serve import STRIDE, WINDOW, serve


class Pipeline:
    def __init__(self, settings, inputs):
        import transformers

        self.inputs, self.version = inputs, f"transformers {transformers.__version__}"
        torch.set_num_threads(settings["threads"])
        model = AutoModelForTokenClassification.from_pretrained(settings["folder"], dtype=torch.float32).eval()
        is_bert = model.config.model_type == "bert"
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=os.path.join(settings["folder"], "tokenizer.json"), model_max_length=WINDOW,
            pad_token="[PAD]" if is_bert else "<pad>", model_input_names=["input_ids", "attention_mask"],
        )
        self.find = pipeline(
            "token-classification", model=model, tokenizer=tokenizer, device="cpu", stride=STRIDE,
            aggregation_strategy="simple",
        )

    def run(self, name, size):
        return self.find(self.inputs[name]["texts"], batch_size=size)


if __name__ == "__main__":
    serve(Pipeline)
