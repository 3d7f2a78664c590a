"""Writes a checkpoint of base size with random weights, and what transformers computes with it.

    OMP_NUM_THREADS=1 python full_size.py --full xlm-roberta-base FOLDER
    cargo run -p griot-benches --bin parity -- FOLDER

The first prints time and peak memory of transformers, and the second those of griot beside them, with the largest and
the mean difference of log-probabilities. Nothing of it is for the repository: a folder takes one to two gigabytes.
"""

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast

import fixtures

BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
SHAPES = {
    "bert-base-multilingual": ("bert", lambda: fixtures.wordpiece(3000), {**BASE, "vocab_size": 119_547}),
    "xlm-roberta-base": ("xlm-roberta", lambda: fixtures.unigram(2000), {
        **BASE, "vocab_size": 250_002, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
    }),
    "mdeberta-v3-base": ("deberta-v2", lambda: fixtures.unigram(2000, fixtures.BERT_SPECIAL), {
        **BASE, "vocab_size": 251_000, "relative_attention": True, "position_buckets": 256, "share_att_key": True,
        "norm_rel_ebd": "layer_norm", "pos_att_type": "p2c|c2p", "position_biased_input": False,
        "max_relative_positions": -1, "type_vocab_size": 0,
    }),
    "mmbert-base": ("modernbert", lambda: fixtures.byte_fallback(2000), {
        **BASE, "vocab_size": 256_000, "num_hidden_layers": 22, "intermediate_size": 1152, "local_attention": 128,
        "global_rope_theta": 160_000.0, "local_rope_theta": 160_000.0,
    }),
}
N_TEXTS = 24


def random_model(model_type, backend, special, options):
    names = {"pad_token_id": backend.token_to_id(special["pad"]), "id2label": dict(enumerate(fixtures.LABELS))}
    config = AutoConfig.for_model(model_type, **names, **options)
    model = AutoModelForTokenClassification.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = "norm" in name.lower()
            parameter.normal_(1.0 if is_norm and name.endswith("weight") else 0.0, 0.1 if is_norm else 0.05)
    return model


def build(shape, folder):
    """Writes config.json, model.safetensors and tokenizer.json."""
    torch.manual_seed(2026)
    folder.mkdir(parents=True, exist_ok=True)
    model_type, make_tokenizer, options = SHAPES[shape]
    backend, special = make_tokenizer()
    random_model(model_type, backend, special, options).save_pretrained(folder)
    backend.save(str(folder / "tokenizer.json"), pretty=False)


def main(shape, folder):
    # In a process of its own, so that the peak is that of loading and running.
    builder = multiprocessing.get_context("spawn").Process(target=build, args=(shape, folder))
    builder.start()
    builder.join()
    assert builder.exitcode == 0
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), model_input_names=["input_ids", "attention_mask"]
    )
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    texts = fixtures.SENTENCES[-N_TEXTS + 1 :]
    texts.append(fixtures.of_length(lambda text: tokenizer(text)["input_ids"], 512))
    tensors, started = {}, time.perf_counter()
    with torch.no_grad():
        for index, text in enumerate(texts):
            inputs = tokenizer(text, return_tensors="pt")
            tensors[f"{index}.ids"] = inputs["input_ids"][0].to(torch.int32)
            tensors[f"{index}.log_probs"] = model(**inputs).logits[0].log_softmax(-1).contiguous()
    seconds = time.perf_counter() - started
    save_file(tensors, folder / "logits.safetensors")
    python = {
        "seconds": round(seconds, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
    }
    document = {"shape": shape, "texts": texts, "transformers": python}
    (folder / "logits.json").write_text(json.dumps(document) + "\n")
    print(shape, python)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", choices=SHAPES, required=True, metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    main(arguments.full, arguments.folder)
