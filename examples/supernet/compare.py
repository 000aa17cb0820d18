"""Compares inherited scores with stand-alone training: whether the supernet puts networks into the order that they have by themselves.

Trains some random architectures from scratch, each with several seeds, and prints Spearman's rank correlation of the inherited accuracy with
their mean, and of single seeds with the mean of the others: what a perfect judge of one training could reach.
"""
import argparse
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional as F

from score import inherit, load, recompute_statistics
from supernet import CLASSES, STAGES, STEM, random
from train import DIGITS, accuracy, read_digits


def plain(stages):
    """The network of an architecture with weights of its own, in the layers' order of a search's."""

    def layer(inputs, outputs, kernel, stride):
        conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]

    layers = layer(1, STEM, 3, 1)
    inputs = STEM
    for (channels, kernels), stage in zip(stages, STAGES):
        for i, kernel in enumerate(kernels):
            layers += layer(inputs, channels, kernel, stage["stride"] if i == 0 else 1)
            inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, CLASSES))


def fit(model, images, labels, epochs, batch=64):
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * (len(labels) // batch))
    for _ in range(epochs):
        model.train()
        order = torch.randperm(len(labels))
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            loss = F.cross_entropy(model(images[chosen]), labels[chosen], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def spearman(a, b):
    """Equal numbers share the mean of their ranks."""
    ranks = [numpy.array([((x < y).sum() + (x <= y).sum()) / 2 for y in x]) for x in (numpy.array(a), numpy.array(b))]
    return numpy.corrcoef(*ranks)[0, 1]


def written(stages):
    return " | ".join(f"c{channels} " + " ".join(f"conv-k{kernel}" for kernel in kernels) for channels, kernels in stages)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", default=DIGITS)
    options.add_argument("--supernet", default=Path(__file__).resolve().parent / "supernet.pt")
    options.add_argument("--networks", type=int, default=24)
    options.add_argument("--seeds", type=int, default=4)
    options.add_argument("--epochs", type=int, default=15)
    options = options.parse_args()

    torch.set_num_threads(1)
    train, *held_out = read_digits(options.data)
    # Nothing is chosen here, so both splits say how good a network is, with less noise than one.
    judged = [torch.cat(parts) for parts in zip(*held_out)]
    supernet = load(options.supernet)
    generator = torch.Generator().manual_seed(1)
    scores, trained, sizes = [], [], []
    for _ in range(options.networks):
        stages = random(generator)
        model = plain(stages)
        inherit(model, supernet, stages)
        recompute_statistics(model, train[0])
        scores.append(accuracy(model, *judged))
        sizes.append(sum(weights.numel() for weights in model.parameters()))
        own = []
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            model = plain(stages)
            fit(model, *train, options.epochs)
            own.append(accuracy(model, *judged))
        trained.append(own)
        print(f"inherited {scores[-1]:.2f}  trained {numpy.mean(own):.2f} ± {numpy.std(own, ddof=1):.2f}  {written(stages)}", flush=True)
    trained = numpy.array(trained)
    mean = trained.mean(axis=1)
    ceiling = [spearman(trained[:, i], numpy.delete(trained, i, axis=1).mean(axis=1)) for i in range(options.seeds)]
    print(f"rank correlation with the mean of {options.seeds} stand-alone trainings, over {options.networks} networks:")
    print(f"  inherited accuracy {spearman(scores, mean):.2f}")
    print(f"  number of parameters {spearman(sizes, mean):.2f}")
    print(f"  one training, with the mean of the others {numpy.mean(ceiling):.2f}")


if __name__ == "__main__":
    main()
