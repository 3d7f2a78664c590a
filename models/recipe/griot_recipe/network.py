"""The griot word tagger: hashed word features, gated convolutions, self-attention, one score a tag.

Tensor names here are the names in `model.safetensors`; `griot-core/src/encoder/words.rs` reads the same.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .words import TABLES

MINI = {
    "scales": {},  # of feature tables, by name
    "embedding_size": 96,
    "hidden_size": 192,
    "num_attention_heads": 4,
    "intermediate_size": 768,
    "layers": ["conv", "conv", "attention"] * 2,
    "layer_norm_eps": 1e-5,
}
SIZES = {"mini": MINI, "base": {**MINI, "scales": {"norm": 4, "ngram": 2}, "layers": ["conv", "conv", "attention"] * 3}}


def rows_of(config):
    """Rows of each feature table."""
    return {name: 1 + config["scales"].get(name, 1) * (rows - 1) for name, rows, _ in TABLES}


def config_of(state):
    """The size that weights are of."""
    found = {name: state[f"embedding.tables.{name}.weight"].shape[0] for name, _, _ in TABLES}
    return next(config for config in SIZES.values() if rows_of(config) == found)


class WordEmbedding(nn.Module):
    """Feature rows [n, FEATURES_PER_WORD] -> word vectors [n, hidden]. N-grams are averaged, the rest summed."""

    def __init__(self, config):
        super().__init__()
        size = config["embedding_size"]
        self.tables = nn.ModuleDict()
        for name, rows in rows_of(config).items():
            table = nn.EmbeddingBag(rows, size, mode="mean" if name == "ngram" else "sum", padding_idx=0)
            nn.init.normal_(table.weight, std=0.1)
            with torch.no_grad():
                table.weight[0] = 0
            self.tables[name] = table
        self.project = nn.Linear(size * len(TABLES), config["hidden_size"])
        self.norm = nn.LayerNorm(config["hidden_size"], eps=config["layer_norm_eps"])

    def forward(self, rows, drop=None):
        """`drop` [n, tables]: 0 where a table's vector is left out, 1 elsewhere."""
        parts, at = [], 0
        for index, (name, _, width) in enumerate(TABLES):
            part = self.tables[name](rows[:, at : at + width])
            parts.append(part if drop is None else part * drop[:, index : index + 1])
            at += width
        return self.norm(F.gelu(self.project(torch.cat(parts, -1))))


class LockedDropout(nn.Module):
    """Dropout that leaves out the same units at every position of a sentence [batch, length, hidden]."""

    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, x):
        if not self.training:
            return x
        keep = torch.rand(len(x), 1, x.shape[-1], device=x.device) >= self.share
        return x * (keep.to(x.dtype) / (1 - self.share))


class Convolution(nn.Module):
    """Pre-norm gated convolution over left neighbour, word, right neighbour."""

    def __init__(self, config):
        super().__init__()
        hidden = config["hidden_size"]
        self.norm = nn.LayerNorm(hidden, eps=config["layer_norm_eps"])
        self.linear = nn.Linear(3 * hidden, 2 * hidden)

    def forward(self, x, mask):
        y = self.norm(x) * mask
        y = F.pad(y, (0, 0, 1, 1))
        value, gate = self.linear(torch.cat([y[:, :-2], y[:, 1:-1], y[:, 2:]], -1)).chunk(2, -1)
        return value * torch.sigmoid(gate)


class Attention(nn.Module):
    """Pre-norm self-attention, then a pre-norm feed-forward block; no positions, the convolutions carry order."""

    def __init__(self, config):
        super().__init__()
        hidden = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        self.norm = nn.LayerNorm(hidden, eps=config["layer_norm_eps"])
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.ffn_norm = nn.LayerNorm(hidden, eps=config["layer_norm_eps"])
        self.up = nn.Linear(hidden, config["intermediate_size"])
        self.down = nn.Linear(config["intermediate_size"], hidden)

    def forward(self, x, mask, dropout):
        rows, length, hidden = x.shape
        q, k, v = self.qkv(self.norm(x)).view(rows, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        y = scores.masked_fill(mask[:, None, None, :, 0] == 0, -1e4).softmax(-1) @ v
        x = x + dropout(self.out(y.transpose(1, 2).reshape(rows, length, hidden)))
        return x + dropout(self.down(F.gelu(self.up(self.ffn_norm(x)))))


class Tagger(nn.Module):
    """`n_styles`: annotation conventions, each a vector that is added to every word of a sentence. Only training has them:
    `with_style` folds one into the weights, so that nothing is left of it in the model that ships."""

    def __init__(self, n_tags, config=MINI, dropout=0.15, n_styles=0):
        super().__init__()
        self.config = config
        self.embedding = WordEmbedding(config)
        kinds = {"conv": Convolution, "attention": Attention}
        self.layers = nn.ModuleList(kinds[kind](config) for kind in config["layers"])
        self.norm = nn.LayerNorm(config["hidden_size"], eps=config["layer_norm_eps"])
        self.classifier = nn.Linear(config["hidden_size"], n_tags)
        self.masked = nn.Parameter(torch.zeros(config["hidden_size"]))
        self.dropout = LockedDropout(dropout)
        self.styles = nn.Embedding(n_styles, config["hidden_size"]) if n_styles else None
        if n_styles:
            nn.init.zeros_(self.styles.weight)

    def hidden(self, rows, index, mask, table_drop=None, word_mask=None, style=None):
        """rows [n, features] of the distinct words, index [batch, length] into them, mask [batch, length, 1],
        style [batch]."""
        x = self.embedding(rows, table_drop)[index]
        if style is not None:
            x = x + self.styles(style)[:, None]
        if word_mask is not None:
            x = torch.where(word_mask[..., None], self.masked.to(x.dtype), x)
        x = self.dropout(x)
        for layer in self.layers:
            if isinstance(layer, Convolution):
                x = x + self.dropout(layer(x, mask))
            else:
                x = layer(x, mask, self.dropout)
        return self.norm(x)

    def forward(self, *inputs, **options):
        return self.classifier(self.hidden(*inputs, **options)).float()


def grown(state, config, layers=None):
    """Weights of a smaller size as those of `config`, for a tagger that computes the same: rows of tables are repeated,
    the outputs of new layers are zero. `layers`: weights of that size whose new layers are taken as they are instead."""
    state = dict(state)
    for name, rows in rows_of(config).items():
        name = f"embedding.tables.{name}.weight"
        value = state[name]
        state[name] = torch.cat([value[:1], value[1:].repeat((rows - 1) // (len(value) - 1), 1)])
    hidden = config["hidden_size"]
    fresh = Tagger(len(state["classifier.bias"]), config).state_dict()
    for name in fresh.keys() - state.keys():
        if name.startswith("layers.") and layers is not None:
            state[name] = layers[name]
        elif name.startswith("layers."):
            value = fresh[name].clone()
            if ".out." in name or ".down." in name:
                value.zero_()
            elif ".linear." in name:
                value[:hidden] = 0  # the value half of a gated convolution
            state[name] = value
    return state


def with_style(state, styles):
    """The weights of a tagger without styles that tags as one with the mean of `styles` (positions) does."""
    state = dict(state)
    vectors = state.pop("styles.weight", None)
    if vectors is not None:
        state["embedding.norm.bias"] = state["embedding.norm.bias"] + vectors[list(styles)].mean(0)
    return state
