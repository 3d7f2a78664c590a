"""`blend`: the mean of two models that started from the same weights generalises better than either (Wortsman et al. 2022,
arXiv:2203.05482); a prior shift takes back what the training mix has too much of. Both are chosen on dev sets. A first
model of a smaller size is grown to the second, whose new layers the mean keeps."""

import argparse
import pathlib

import torch

from .corpora import LABELS
from .export import weights_of
from .network import config_of, grown


def main(args):
    first, second = (weights_of(argparse.Namespace(**{**vars(args), "name": name})) for name in args.names)
    if config_of(first) != config_of(second):
        first = grown(first, config_of(second), layers=second)
    blend = {name: (1 - args.share) * value + args.share * second[name] for name, value in first.items()}
    for shift in args.prior:
        label, nats = shift.split("=")
        start = 1 + 4 * LABELS.index(label)
        blend["classifier.bias"][start : start + 4] += float(nats)
    torch.save({"average": blend}, pathlib.Path(args.work) / f"{args.out}.pt")
