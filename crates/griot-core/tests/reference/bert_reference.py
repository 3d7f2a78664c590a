"""Makes the tiny BERT that the tests of griot-core load, and what transformers computes with it.

    python bert_reference.py [output folder]

Needs torch, transformers 5 and tokenizers 0.23. The weights are random, from a fixed seed, and large enough for every
part of the network to show in the scores; the trainers of the tokenizers break ties at
random, so all files change together. Written to `tests/data/tiny-bert`:

- config.json, model.safetensors: `BertForTokenClassification` as `save_pretrained` leaves it;
- tokenizer.json: WordPiece, cased, with truncation and padding switched on, which the Rust side must ignore;
- tokenizer-uncased.json, tokenizer-unigram.json, tokenizer-bytelevel.json: other tokenizers for the same weights;
- golden.json: texts and, for each tokenizer, ids with special tokens and offsets in code points;
- golden.safetensors: log-probabilities [ids, tags], as `<tokenizer>.<text>` or `<activation>.<text>`.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForTokenClassification

SEED = 20_26
VOCAB_MAX = 640
LABELS = ["O"] + [f"{prefix}-{label}" for label in ("PER", "ORG", "LOC", "MISC") for prefix in "BI"]

TEXTS = [
    "Amadou Hampâté Bâ est né à Bandiagara en 1900.",
    "L'ancien président d'Ivoire, Félix Houphouët-Boigny, visita Ségou.",
    "NFD: Se\u0301gou, Ba\u0302 et n\u0303o.",
    "  deux  espaces\tune tabulation\r\net une ligne \n",
    "Владимир Путин приехал в Бамако.",
    "Ο Αλέξης πήγε στην Αθήνα.",
    "وصل الرئيس إلى باماكو يوم الجمعة.",
    "قَالَ الرَّئِيسُ إِنَّ مَالِي بَلَدٌ كَبِيرٌ.",
    "习近平在北京会见了马里总统。",
    "東京でトヨタの社長がバマコについて話した。",
    "김영희는 서울에서 태어났다.",
    "กรุงเทพมหานครเป็นเมืองหลวงของไทย",
    "नरेन्द्र मोदी ने दिल्ली में कहा।",
    "අනුර කුමාර දිසානායක",
    "Prix : 100€ (≈ 65 000 FCFA), +5 %!",
    "🇲🇱 Mali 👨‍👩‍👧‍👦 famille 👍🏽",
    "Nguyễn Phú Trọng đến Hà Nội.",
    "İstanbul'da ıssız bir ev; STRASSE, Straße.",
    "soft\u00adhyphen zero\u200bwidth non\u00a0breaking \ufeffbom \ufffd \x00 nul",
    "x",
    "...",
    "",
]

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def frame(tokenizer):
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    assert tokenizer.get_vocab_size() <= VOCAB_MAX, tokenizer.get_vocab_size()
    return tokenizer


def wordpiece(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=VOCAB_MAX, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return frame(tokenizer)


def unigram():
    """As XLM-R: the space before a word is the first character of its first sub-word."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=450, special_tokens=SPECIAL, unk_token="[UNK]", max_piece_length=6, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return frame(tokenizer)


def bytelevel():
    """As RoBERTa: a character can be several sub-words."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return frame(tokenizer)


def tiny_bert(hidden_act="gelu"):
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=VOCAB_MAX,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=96,
        hidden_act=hidden_act,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        architectures=["BertForTokenClassification"],
    )
    model = BertForTokenClassification(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            spread = 0.1 if "LayerNorm" in name else 0.4
            base = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(base + spread * torch.randn_like(parameter))
        # Random scores shall make mentions, which the decoder allows to begin with "B-" only.
        model.classifier.bias.zero_()
        model.classifier.bias[1::2] = 1.0
    return model


def log_probs(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1).contiguous()


def main(folder):
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    model = tiny_bert()
    model.save_pretrained(folder)
    tokenizers = {
        "wordpiece": wordpiece(lowercase=False),
        "uncased": wordpiece(lowercase=True),
        "unigram": unigram(),
        "bytelevel": bytelevel(),
    }
    golden, scores = {"texts": TEXTS, "tokenizers": {}}, {}
    for name, tokenizer in tokenizers.items():
        encodings = [tokenizer.encode(text) for text in TEXTS]
        golden["tokenizers"][name] = [{"ids": e.ids, "offsets": e.offsets} for e in encodings]
        if name in ("wordpiece", "unigram"):
            for index, encoding in enumerate(encodings):
                scores[f"{name}.{index}"] = log_probs(model, encoding.ids)
        if name == "wordpiece":
            tokenizer.enable_truncation(max_length=16)
            tokenizer.enable_padding(length=24)
        file = "tokenizer.json" if name == "wordpiece" else f"tokenizer-{name}.json"
        tokenizer.save(str(folder / file), pretty=False)
    first = golden["tokenizers"]["wordpiece"][0]["ids"]
    for hidden_act in ("gelu_new", "relu"):
        scores[f"{hidden_act}.0"] = log_probs(tiny_bert(hidden_act), first)
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8")
    save_file(scores, folder / "golden.safetensors")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "data" / "tiny-bert")
