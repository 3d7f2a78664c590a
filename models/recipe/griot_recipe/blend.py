"""`blend`: the mean of models that started from the same weights generalises better than any of them (Wortsman et al. 2022,
arXiv:2203.05482); a prior shift takes back what the training mix has too much of. Both are chosen on dev sets. A model
of a smaller size is grown to the last one, whose new layers it takes."""

import argparse
import pathlib

import torch

from .corpora import LABELS
from .export import weights_of
from .network import config_of, grown


def main(args):
    if len(args.shares) != len(args.names) or abs(sum(args.shares) - 1) > 1e-6:
        raise SystemExit(f"shares {args.shares} of {len(args.names)} models do not add up to 1")
    models = [weights_of(argparse.Namespace(**{**vars(args), "name": name})) for name in args.names]
    models = [same_size(model, models[-1]) for model in models]
    blend = {key: sum(share * model[key] for share, model in zip(args.shares, models)) for key in models[-1]}
    for shift in args.prior:
        label, nats = shift.split("=")
        start = 1 + 4 * LABELS.index(label)
        blend["classifier.bias"][start : start + 4] += float(nats)
    torch.save({"average": blend}, pathlib.Path(args.work) / f"{args.out}.pt")


def same_size(model, like):
    config = config_of(like)
    return model if config_of(model) == config else grown(model, config, layers=like)
