"""Word segmentation and hashed word features, version 1.

The Rust side (`griot-text/src/word.rs`, `griot-core/src/features.rs`) computes the same values bit for bit;
`golden/features.jsonl` is the shared proof. Change anything here and FEATURE_VERSION must change with it.
"""

import unicodedata
from zlib import crc32

import numpy as np

FEATURE_VERSION = 1

# (name, rows, ids a word): row 0 of every table is the zero vector and stands for "no feature".
# Rows are those of griot-mini; a model may have a table of 1 + n (rows - 1) rows instead, n up to STORED.
TABLES = [
    ("norm", 40_000, 3),
    ("prefix", 8_000, 3),
    ("suffix", 12_000, 3),
    ("shape", 2_000, 3),
    ("ngram", 30_000, 20),
]
FEATURES_PER_WORD = sum(n for _, _, n in TABLES)
STORED = 4  # prepared arrays number rows as tables this many times as large do; `folded` brings them to a model's

PREFIXES = (1, 3, 4)
SUFFIXES = (2, 3, 4)
NGRAMS = (3, 4)
NGRAMS_EACH_END = 5  # at most this many n-grams of one order from either end of the word

# Letters of scripts written without spaces (and Hangul, whose particles cling to names): each is a word of its own.
ISOLATED = [
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x303C),
    (0x3040, 0x312F),  # kana, bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),  # Myanmar extended
    (0xAA60, 0xAA7F),
    (0xAC00, 0xD7AF),  # Hangul syllables
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width katakana
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
]

SPACE, GLUE, MARK, LETTER, ALONE = range(5)
_GLUE = "\u00ad\u200c\u200d"  # soft hyphen and the joiners hold a word together


def _kind(char):
    if char in _GLUE:
        return GLUE
    category = unicodedata.category(char)
    if category[0] == "Z" or category in ("Cc", "Cf"):
        return SPACE
    if category[0] == "M":
        return MARK
    if category[0] in "LN":
        code = ord(char)
        return ALONE if any(low <= code <= high for low, high in ISOLATED) else LETTER
    return ALONE


_KINDS = {}


def segment(text):
    """Words of `text` as (start, end) in code points, end exclusive; everything between them is space."""
    words = []
    start = end = None  # the open word
    open_kind = SPACE  # LETTER: letters join it; GLUE: anything joins it; ALONE: only marks do
    for at, char in enumerate(text):
        kind = _KINDS.get(char)
        if kind is None:
            kind = _KINDS[char] = _kind(char)
        if kind == SPACE:
            if start is not None:
                words.append((start, end))
            start = None
            continue
        if kind == GLUE:
            if start is not None:
                open_kind = GLUE
            continue  # belongs to the word only when something follows it
        joins = start is not None and (
            open_kind == GLUE or kind == MARK or (kind == LETTER and open_kind == LETTER)
        )
        if not joins:
            if start is not None:
                words.append((start, end))
            start = at
        if kind == MARK:  # a mark keeps what the word was; alone or after glue it opens a letter run
            if not joins or open_kind == GLUE:
                open_kind = LETTER
        else:
            open_kind = kind
        end = at + 1
    if start is not None:
        words.append((start, end))
    return words


def words_of(text):
    return [text[start:end] for start, end in segment(text)]


def normalise(word):
    """NFKC, without format characters, lower case character by character, decimal digits as 0."""
    out = []
    for char in unicodedata.normalize("NFKC", word):
        category = unicodedata.category(char)
        if category == "Cf":
            continue
        out.append("0" if category == "Nd" else char.lower())
    return "".join(out)


def fold(norm):
    """`norm` without accents, other non-spacing marks and Arabic tatweel."""
    return "".join(
        c for c in unicodedata.normalize("NFD", norm) if unicodedata.category(c) != "Mn" and c != "\u0640"
    )


def shape(word):
    """X upper or title case, x lower case, d number, o other letter, symbols as they are; runs cut at 3, 12 in all."""
    out = []
    for char in word:
        category = unicodedata.category(char)
        if category[0] == "M" or category == "Cf":
            continue
        if category in ("Lu", "Lt"):
            code = "X"
        elif category == "Ll":
            code = "x"
        elif category[0] == "L":
            code = "o"
        elif category[0] == "N":
            code = "d"
        else:
            code = char
        if out[-3:] != [code] * 3:
            out.append(code)
        if len(out) == 12:
            break
    return "".join(out)


def case(word):
    """How the word is cased, with its length in characters up to 8: for example "T6" for "Bamako"."""
    upper = lower = 0
    first_upper = False
    for char in word:
        category = unicodedata.category(char)
        if category in ("Lu", "Lt"):
            first_upper = first_upper or upper + lower == 0
            upper += 1
        elif category == "Ll":
            lower += 1
    if upper + lower == 0:
        code = "0"
    elif upper == 0:
        code = "l"
    elif first_upper and upper == 1:
        code = "T"
    elif lower == 0:
        code = "U"
    else:
        code = "m"
    return f"{code}{min(len(word), 8)}"


def script(word):
    """Block of 256 code points of the first letter, in decimal; "-" where there is none."""
    for char in word:
        if unicodedata.category(char)[0] == "L":
            return str(ord(char) >> 8)
    return "-"


def _ngrams(text, n):
    grams = [text[i : i + n] for i in range(len(text) - n + 1)]
    if len(grams) > 2 * NGRAMS_EACH_END:
        grams = grams[:NGRAMS_EACH_END] + grams[-NGRAMS_EACH_END:]
    return grams


def features(word, scale=1):
    """FEATURES_PER_WORD row numbers, table by table in the order of TABLES, absent ones 0, for tables `scale` times as large."""
    norm = normalise(word)
    keys = [
        [f"1:{norm}", f"2:{norm}", f"f:{fold(norm)}"],
        [f"{n}:{norm[:n]}" for n in PREFIXES if len(norm) >= n],
        [f"{n}:{norm[-n:]}" for n in SUFFIXES if len(norm) >= n],
        [f"s:{shape(word)}", f"c:{case(word)}", f"b:{script(word)}"],
        [gram for n in NGRAMS for gram in _ngrams(f"<{norm}>", n)],
    ]
    ids = []
    for (_, rows, width), table_keys in zip(TABLES, keys):
        row = [1 + crc32(key.encode()) % (scale * (rows - 1)) for key in table_keys]
        ids += row + [0] * (width - len(row))
    return ids


def folded(stored, scales):
    """Row numbers [forms, FEATURES_PER_WORD] as `features` gives them for STORED, for tables scaled by `scales`."""
    out, at = np.empty_like(stored), 0
    for name, rows, width in TABLES:
        ids = stored[:, at : at + width]
        out[:, at : at + width] = np.where(ids > 0, 1 + (ids - 1) % (scales.get(name, 1) * (rows - 1)), 0)
        at += width
    return out
