"""`finetune`: train the tagger. Resumes from its checkpoint; the same script on CPU and GPU."""

import json
import pathlib
import pickle

import numpy as np
import torch

from .batches import Epoch, inputs, load_features
from .corpora import LABELS
from .evaluate import quick_scores
from .loop import BETAS, Run, autocast, device_of, fit
from .export import load_folder
from .network import SIZES, Tagger, grown, with_style
from .prepare import TAGS
from .words import TABLES

EMA_DECAY = 0.999
SMOOTHING = 0.03


def allowed_tags(device):
    """[16, n_tags, n_tags]: for missing-label bits and gold tag, 1 for every tag that agrees with the annotation.

    A gold O in a corpus without MISC may be any MISC tag: the corpus does not know. Everything else is as written.
    """
    table = torch.zeros(16, len(TAGS), len(TAGS))
    for bits in range(16):
        table[bits] = torch.eye(len(TAGS))
        for index, label in enumerate(LABELS):
            if bits >> index & 1:
                table[bits, 0, 1 + 4 * index : 5 + 4 * index] = 1
    return table.to(device)


def loss_of(logits, tags, missing, mask, allowed):
    """Negative log of the probability the model gives to all tags that agree with the annotation, smoothed."""
    log_probs = logits.log_softmax(-1)
    agree = allowed[missing[:, None], tags]
    nll = -torch.logsumexp(log_probs.masked_fill(agree == 0, -1e9), -1)
    uniform = -log_probs.mean(-1)
    weights = mask[..., 0]
    return ((1 - SMOOTHING) * nll + SMOOTHING * uniform * (missing[:, None] == 0)).mul(weights).sum() / weights.sum()


def initial_weights(path, device):
    """Weights to start from: a checkpoint of `pretrain` or `finetune`, or an exported model folder."""
    if pathlib.Path(path).is_dir():
        return load_folder(path, device)
    state = torch.load(path, map_location=device, weights_only=False)
    state = state.get("average") or state["model"]
    return {k.removeprefix("tagger."): v for k, v in state.items() if not k.startswith("output.")}


def new_run(args, device, n_styles):
    torch.manual_seed(args.seed)
    model = Tagger(len(TAGS), SIZES[args.size], dropout=args.dropout, n_styles=n_styles).to(device)
    if args.init:
        weights = grown(initial_weights(args.init, device), model.config)
        found = model.load_state_dict(weights, strict=False)
        if found.unexpected_keys or set(found.missing_keys) - {"styles.weight", "masked"}:
            raise SystemExit(f"{args.init} does not fit: {found}")
    groups = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[".tables." in name].append(parameter)
    optimiser = torch.optim.AdamW(
        [{"params": groups[True], "weight_decay": 0.0}, {"params": groups[False], "weight_decay": 0.02}],
        lr=args.rate, betas=BETAS, fused=True,
    )
    return Run(pathlib.Path(args.work) / f"{args.name}.pt", model, optimiser, average=EMA_DECAY)


def main(args):
    device, work = device_of(args), pathlib.Path(args.work)
    features = load_features(work / "features.npy", SIZES[args.size])
    dev = pickle.load(open(work / "dev.pickle", "rb"))
    files = sorted(work.glob("epoch-*.npz"))
    styles = json.loads((work / "styles.json").read_text())
    run, allowed = new_run(args, device, len(styles)), allowed_tags(device)
    table_drop = torch.tensor([args.drop_norm] + [args.drop_table] * (len(TABLES) - 1), device=device)

    def loss(epoch, batch):
        rows, index, mask = inputs(features, epoch.padded(batch, epoch.words, -1), device)
        tags = torch.from_numpy(epoch.padded(batch, epoch.tags, 0)).to(device)
        missing = torch.from_numpy(epoch.missing[batch].astype(np.int64)).to(device)
        style = torch.from_numpy(epoch.style[batch].astype(np.int64)).to(device)
        style = torch.where(torch.rand(style.shape, device=device) < args.drop_style, 0, style)
        keep = torch.rand(len(rows), len(TABLES), device=device) >= table_drop
        hide = torch.rand(index.shape, device=device) < args.hide
        with autocast(device):
            logits = run.model(rows, index, mask, table_drop=keep.float(), word_mask=hide, style=style)
        return loss_of(logits, tags, missing, mask, allowed)

    fit(run, args, lambda n: Epoch(files[n % len(files)]), loss,
        lambda: quick_scores(with_style(run.average, [0]), features, dev, device))
