"""`golden`: what the tests of the Rust side compare with: words and features of odd texts, logits of a model."""

import json
import pathlib

import numpy as np
import torch

from .export import load_folder
from .network import Tagger
from .prepare import TAGS
from .words import features, segment

TEXTS = [
    "Le ministre malien Ibrahim Dahirou Dembélé a reçu l’ambassadeur à Bamako, jeudi.",
    "L'ONU, la CEDEAO et l’Union africaine saluent « l'accord d'Alger » (2015).",
    "Cafe\u0301 de\u0301ja\u0300 vu a\u0300 N\u2019Djamena : A\u030angstro\u0308m, Y\u0131ld\u0131r\u0131m, ISTANBUL \u0130stanbul.",
    "Сергей Лавров прибыл в Бамако 7 февраля 2023 г., сообщила «РИА Новости».",
    "وصل وزير الخارجية سيرغي لافروف إلى باماكو، مُحَمَّد كـــتاب ١٢٣.",
    "प्रधानमंत्री नरेन्द्र मोदी ने नई दिल्ली में १२ लोगों से मुलाकात की।",
    "中国外交部长王毅访问了马里首都巴马科。東京タワー、ﾊﾛｰ ワールド。",
    "김정은 국무위원장은 평양에서 푸틴 대통령을 만났다.",
    "ประเทศไทย นายกรัฐมนตรี กรุงเทพฯ",
    "👩\u200d👩\u200d👧 in Paris 🇲🇱 ❤\ufe0f #Mali @user_name https://example.org/a?b=1",
    "ÀÉÎÕÜ ǅUNGLA ﬁn Ⅻ ½ x² ＦＵＬＬ １２３ straße ẞ ΣΊΣΥΦΟΣ",
    "co\u00adop\u00ad \u00ad\u0301a \u200dmi\u200cx\u200d! \u0301\u0301 a\u0301\u200d\u0301b",
    "G5-Sahel AFP/Reuters M. J.-P. Dupont 3.141,59 € 25 000 km²\r\n\tFama\u00a0: 14",
    "Ẹ̀ka ètò Yorùbá: Bọ́lá Tinúbú; Hausa: ɓangare ƙasar Najeriya; ɛ, ɔ, ŋ Segu",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa anticonstitutionnellement Xx--..",
    "\u0000\u0007 \u2028 \ufeffBOM \ue000 \U0001d5d4\U0001d5d5 \u0378",
]


def word_records():
    for text in TEXTS:
        for start, end in segment(text):
            yield {"word": text[start:end], "features": features(text[start:end])}


def logits(model_dir, texts):
    model = Tagger(len(TAGS))
    model.load_state_dict(load_folder(model_dir), strict=False)
    model.eval()
    for text in texts:
        words = [text[a:b] for a, b in segment(text)]
        rows = torch.tensor(np.array([features(w) for w in words], np.int64))
        with torch.no_grad():
            out = model(rows, torch.arange(len(words))[None], torch.ones(1, len(words), 1))[0]
        yield {"text": text, "logits": [[round(v, 6) for v in row] for row in out.tolist()]}


def main(args):
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    def write(name, records):
        with open(out / name, "w", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    if args.model:
        write("griot-mini-logits.jsonl", logits(args.model, TEXTS[:8]))
        return
    write("words.jsonl", ({"text": t, "words": segment(t)} for t in TEXTS))
    distinct = {record["word"]: record for record in word_records()}
    write("features.jsonl", distinct.values())
