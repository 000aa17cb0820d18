"""Scores the sub-networks of a trained supernet: a program for `evaluator: { command: … }`. Nothing is trained.

It builds the network that the search sends, gives it the supernet's weights, and computes the statistics of its batch normalisation
anew over the training images, because those of other sub-networks are wrong for it. `docs/own-training.md` describes what it reads
and writes.
"""
import argparse
import json
import sys
from pathlib import Path

import numpy
import torch
from torch import nn

from supernet import Supernet, parse
from network import Network
from train import DIGITS, accuracy, read_digits, say


def load(file):
    if not Path(file).exists():
        raise SystemExit(f"there is no {Path(file).resolve()}: train the supernet first, python3 train_supernet.py")
    supernet = Supernet()
    supernet.load_state_dict(torch.load(file))
    return supernet


def inherit(model, supernet, stages):
    """Copies the sub-network's share of the supernet's weights into a network of its own, whose layers stand in the same order."""
    convolutions, classifier = supernet.layers(stages)
    layers = [layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
    if len(layers) != 2 * len(convolutions) + 1:
        raise SystemExit(f"the network has {len(layers)} layers with weights, the supernet {2 * len(convolutions) + 1}: their spaces differ")
    with torch.no_grad():
        for conv, norm, (_, (weight, scale, shift)) in zip(layers[0::2], layers[1::2], convolutions):
            conv.weight.copy_(weight)
            norm.weight.copy_(scale)
            norm.bias.copy_(shift)
        layers[-1].weight.copy_(classifier[0])
        layers[-1].bias.copy_(classifier[1])


def recompute_statistics(model, images):
    """Mean and variance of every batch normalisation over the images."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            # The mean over all batches since the reset, not a moving one.
            layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in images.split(128):
            model(batch)
    model.eval()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", default=DIGITS)
    options.add_argument("--supernet", default=Path(__file__).resolve().parent / "supernet.pt")
    options = options.parse_args()

    request = json.load(sys.stdin)
    # One thread adds up in one order: the same numbers every time.
    torch.set_num_threads(1)
    train, validation, test = read_digits(options.data)
    model = Network(request["network"])
    inherit(model, load(options.supernet), parse(request["architecture"]))
    recompute_statistics(model, train[0])
    numpy.savez(Path(request["work_folder"]) / "inherited.npz", **model.arrays())
    say(kind="final", score=accuracy(model, *validation), test_score=accuracy(model, *test), weights="inherited.npz")


if __name__ == "__main__":
    main()
