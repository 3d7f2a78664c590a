"""Writes the tiny checkpoints of `tests/data/parity`, and what transformers computes with them.

    pip install -r requirements.txt
    OMP_NUM_THREADS=1 python fixtures.py [name ...]

Each folder is one variant of a family, with random weights from a fixed seed, large enough that every part of the
network shows in the scores, and tokenizers trained on the texts:

- config.json, model.safetensors, tokenizer.json: as `save_pretrained` leaves them;
- logits.json: the texts; logits.safetensors: for each, ids and log-probabilities [ids, tags];
- pipeline.json.gz, for one variant a family: what `TokenClassificationPipeline` gives for every sentence of
  `sentences.json` under each aggregation strategy, and with `stride`.

The trainers of tokenizers break ties at random, so all files of a folder change together.
"""

import gzip
import json
import os
import sys
import unicodedata
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast, pipeline

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "parity"
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SENTENCES = [text for part in json.loads((HERE / "sentences.json").read_text("utf-8")) for text in part["texts"]]
STRATEGIES = ["none", "simple", "first", "average", "max"]
# (sub-words in a chunk with special tokens, sub-words that two chunks share)
STRIDES = [(24, 6), (40, 0), (17, 14)]
BERT_SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "bos": "[CLS]", "eos": "[SEP]"}
ROBERTA_SPECIAL = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>"}


def has_few_letters(text):
    """No Han, Hangul, Ethiopic and the like: a tiny vocabulary must hold every letter it is trained on."""
    ranges = [(0, 0x530), (0x590, 0xE80), (0x2000, 0x2100), (0x3000, 0x3100)]
    letters = unicodedata.normalize("NFKC", text)
    return all(any(low <= ord(letter) < high for low, high in ranges) for letter in letters)


def trained(tokenizer, trainer, special, texts=SENTENCES, **options):
    """Trains on texts; `$A` between the two special tokens."""
    options = {"special_tokens": list(special.values()), "show_progress": False, **options}
    tokenizer.train_from_iterator(texts, trainer(**options))
    ids = [(special[name], tokenizer.token_to_id(special[name])) for name in ("bos", "eos")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{special['bos']} $A {special['eos']}", special_tokens=ids
    )
    return tokenizer, special


def wordpiece(size, lowercase=False):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return trained(tokenizer, trainers.WordPieceTrainer, BERT_SPECIAL, vocab_size=size, limit_alphabet=size // 3)


def unigram(size, special=ROBERTA_SPECIAL):
    tokenizer = Tokenizer(models.Unigram())
    squeeze = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), squeeze])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    texts = [text for text in SENTENCES if has_few_letters(text)]
    return trained(tokenizer, trainers.UnigramTrainer, special, texts, vocab_size=size, unk_token=special["unk"])


def byte_level(size, special=ROBERTA_SPECIAL):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trained(tokenizer, trainers.BpeTrainer, special, vocab_size=size, initial_alphabet=alphabet)


def byte_fallback(size):
    """As Gemma and mmBERT: no words, and bytes for what is not in the vocabulary."""
    special = {"pad": "<pad>", "eos": "<eos>", "bos": "<bos>", "unk": "<unk>"}
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(special.values()), limit_alphabet=120, max_token_length=8,
        show_progress=False,
    )
    tokenizer.train_from_iterator([text.replace(" ", "▁") for text in SENTENCES], trainer)
    # The trainer has no bytes to offer.
    state = json.loads(tokenizer.to_str())
    vocab = state["model"]["vocab"]
    for byte in range(256):
        vocab.setdefault(f"<0x{byte:02X}>", len(vocab))
    tokenizer = Tokenizer.from_str(json.dumps(state))
    ids = [(special[name], tokenizer.token_to_id(special[name])) for name in ("bos", "eos")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=ids)
    return tokenizer, special


SMALL = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 40}
SHORT = {**SMALL, "max_position_embeddings": 64}
DEBERTA = {
    **SMALL, "relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "layer_norm", "share_att_key": True,
    "pos_att_type": "p2c|c2p", "position_biased_input": False, "max_relative_positions": -1,
}
MODERN = {
    **SMALL, "num_hidden_layers": 4, "local_attention": 16, "max_position_embeddings": 512, "bos_token_id": 0,
    "cls_token_id": 0, "eos_token_id": 2, "sep_token_id": 2,
}

# name: (model_type, tokenizer, configuration); the first of a family has golden pipelines.
VARIANTS = {
    "bert": ("bert", lambda: wordpiece(900), {**SMALL, "type_vocab_size": 2}),
    "bert-gelu-new": ("bert", lambda: wordpiece(300), {**SHORT, "hidden_act": "gelu_new", "layer_norm_eps": 1e-3}),
    "distilbert": ("distilbert", lambda: wordpiece(900, lowercase=True),
                   {"dim": 24, "n_layers": 2, "n_heads": 4, "hidden_dim": 40}),
    "distilbert-relu": ("distilbert", lambda: wordpiece(300, lowercase=True),
                        {"dim": 24, "n_layers": 1, "n_heads": 3, "hidden_dim": 40, "activation": "relu",
                         "max_position_embeddings": 64}),
    "roberta": ("roberta", lambda: byte_level(700), {**SMALL, "max_position_embeddings": 514, "type_vocab_size": 1}),
    "roberta-types": ("roberta", lambda: byte_level(300), {**SHORT, "type_vocab_size": 2, "hidden_act": "silu"}),
    "camembert": ("camembert", lambda: unigram(1000),
                  {**SMALL, "max_position_embeddings": 514, "type_vocab_size": 1}),
    "xlm-roberta": ("xlm-roberta", lambda: unigram(1200),
                    {**SMALL, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5}),
    "electra": ("electra", lambda: wordpiece(900, lowercase=True), {**SMALL, "embedding_size": 16}),
    "electra-same-size": ("electra", lambda: wordpiece(300), {**SHORT, "embedding_size": 24}),
    "deberta-v2": ("deberta-v2", lambda: unigram(1000, BERT_SPECIAL), {**DEBERTA}),
    "deberta-v2-own-keys": ("deberta-v2", lambda: unigram(800, BERT_SPECIAL), {
        **DEBERTA, "share_att_key": False, "position_buckets": -1, "max_relative_positions": 20,
        "norm_rel_ebd": "none", "position_biased_input": True, "type_vocab_size": 2, "embedding_size": 16,
        "max_position_embeddings": 128,
    }),
    "deberta-v2-conv": ("deberta-v2", lambda: unigram(800, BERT_SPECIAL), {
        **DEBERTA, "pos_att_type": ["c2p"], "conv_kernel_size": 3, "conv_act": "gelu", "type_vocab_size": 1,
        "max_position_embeddings": 128,
    }),
    "deberta-v2-absolute": ("deberta-v2", lambda: unigram(800, BERT_SPECIAL), {
        **SMALL, "relative_attention": False, "pos_att_type": ["p2c"], "max_position_embeddings": 128,
    }),
    "modernbert": ("modernbert", lambda: byte_level(700), MODERN),
    "modernbert-mmbert": ("modernbert", lambda: byte_fallback(900),
                          {**MODERN, "local_attention": 12, "global_rope_theta": 5000.0, "local_rope_theta": 700.0}),
    "modernbert-biases": ("modernbert", lambda: byte_level(300), {
        **MODERN, "norm_bias": True, "attention_bias": True, "mlp_bias": True, "classifier_bias": True,
        "classifier_activation": "relu", "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 128,
        "global_attn_every_n_layers": 2,
    }),
}
PIPELINES = [
    "bert", "distilbert", "roberta", "camembert", "xlm-roberta", "electra", "deberta-v2", "modernbert",
    "modernbert-mmbert",
]


def tiny_model(model_type, tokenizer, special, options):
    names = {"pad_token_id": tokenizer.token_to_id(special["pad"]), "vocab_size": tokenizer.get_vocab_size()}
    names["id2label"] = dict(enumerate(LABELS))
    names["label2id"] = {label: index for index, label in enumerate(LABELS)}
    config = AutoConfig.for_model(model_type, **names, **options)
    model = AutoModelForTokenClassification.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = "norm" in name.lower()
            base = 1.0 if is_norm and name.endswith("weight") else 0.0
            spread = 0.1 if is_norm else 0.3
            parameter.copy_(base + spread * torch.randn_like(parameter))
        # About half of the sub-words shall have no entity.
        model.classifier.bias[0] = 1.0
    return model


def of_length(encode, length):
    """A text of so many sub-words."""
    text = " ".join(SENTENCES)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if len(encode(text[:middle])) < length else (low, middle)
    while len(encode(text[:low])) != length:
        low -= 1
    return text[:low]


def write_logits(folder, model, tokenizer, positions):
    encode = lambda text: tokenizer(text)["input_ids"]
    texts = [text for text in SENTENCES[::9] if len(encode(text)) <= positions]
    texts += [text for text in SENTENCES[-50:-12] if len(encode(text)) <= positions][:8]
    texts += ["", of_length(encode, positions)]
    assert len(texts) >= 20, len(texts)
    tensors = {}
    with torch.no_grad():
        inputs = tokenizer(texts, padding=True, return_tensors="pt")
        batch = model(**inputs).logits.log_softmax(-1)
        for index, text in enumerate(texts):
            inputs = tokenizer(text, return_tensors="pt")
            single = model(**inputs).logits[0].log_softmax(-1)
            worst = (single - batch[index, : len(single)]).abs().max()
            assert worst < 5e-5, f"padding changes {text!r} by {worst}"
            tensors[f"{index}.ids"] = inputs["input_ids"][0].to(torch.int32)
            tensors[f"{index}.log_probs"] = single.contiguous()
    (folder / "logits.json").write_text(json.dumps(texts, ensure_ascii=True, indent=0) + "\n")
    save_file(tensors, folder / "logits.safetensors")


def entity(found):
    """[label, score, word, start, end] or [label, score, word, start, end, index]."""
    label = found.get("entity", found.get("entity_group"))
    fields = [label, round(float(found["score"]), 6), found["word"], found["start"], found["end"]]
    return fields + ([found["index"]] if "index" in found else [])


def run_of(classify, **options):
    return [[entity(found) for found in classify(text, **options)] for text in SENTENCES]


def write_pipelines(folder, model, tokenizer):
    classify = pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")
    runs = [{"aggregation": name, "entities": run_of(classify, aggregation_strategy=name)} for name in STRATEGIES]
    for (length, stride), name in zip(STRIDES, ("simple", "first", "average")):
        tokenizer.model_max_length = length
        found = run_of(classify, aggregation_strategy=name, stride=stride)
        runs.append({"aggregation": name, "chunk": length, "stride": stride, "entities": found})
    document = json.dumps({"runs": runs}, ensure_ascii=False, separators=(",", ":"))
    with gzip.GzipFile(folder / "pipeline.json.gz", "wb", compresslevel=9, mtime=0) as file:
        file.write(document.encode())


def write(name):
    model_type, make_tokenizer, options = VARIANTS[name]
    torch.manual_seed(sum(name.encode()))
    folder = DATA / name
    folder.mkdir(parents=True, exist_ok=True)
    backend, special = make_tokenizer()
    model = tiny_model(model_type, backend, special, options)
    model.save_pretrained(folder)
    backend.save(str(folder / "tokenizer.json"), pretty=False)
    has_types = model_type in ("bert", "electra")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token=special["unk"], pad_token=special["pad"], model_max_length=512,
        model_input_names=["input_ids", "attention_mask"] + ["token_type_ids"] * has_types,
    )
    write_logits(folder, model, tokenizer, positions_of(model))
    if name in PIPELINES:
        write_pipelines(folder, model, tokenizer)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    checkpoint = sizes["model.safetensors"] + sizes["tokenizer.json"] + sizes["config.json"]
    print(f"{name}: {checkpoint} bytes of checkpoint, {sum(sizes.values())} in all")
    assert sizes["model.safetensors"] <= 300_000


def positions_of(model):
    config = model.config
    before = config.pad_token_id + 1 if config.model_type in ("roberta", "camembert", "xlm-roberta") else 0
    return config.max_position_embeddings - before


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=UserWarning)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    for name in sys.argv[1:] or VARIANTS:
        write(name)
