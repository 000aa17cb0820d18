"""Trains the supernet on the digits that Archwright ships and writes supernet.pt: once, before searches.

Each step takes the gradient of the largest sub-network, the smallest and two random ones on one batch (the sandwich rule of
Yu and Huang, "Universally slimmable networks and improved training techniques", ICCV 2019; without their distillation).
"""
import argparse
import sys
from pathlib import Path

import torch
from torch.nn import functional as F

from supernet import Supernet, largest, random, smallest
from train import DIGITS, read_digits

HERE = Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", default=DIGITS)
    options.add_argument("--epochs", type=int, default=30)
    options.add_argument("--batch", type=int, default=64)
    options.add_argument("--learning-rate", type=float, default=0.005)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--output", default=HERE / "supernet.pt")
    options = options.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(options.seed)
    (images, labels), _, _ = read_digits(options.data)
    supernet = Supernet()
    optimiser = torch.optim.AdamW(supernet.parameters(), lr=options.learning_rate, weight_decay=1e-3)
    steps = options.epochs * (len(labels) // options.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for epoch in range(options.epochs):
        order = torch.randperm(len(labels), generator=generator)
        for first in range(0, len(order) - options.batch + 1, options.batch):
            batch = order[first : first + options.batch]
            optimiser.zero_grad()
            for stages in (largest(), smallest(), random(generator), random(generator)):
                loss = F.cross_entropy(supernet(images[batch], stages), labels[batch], label_smoothing=0.05)
                loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {options.epochs}: loss {loss.item():.3f}", file=sys.stderr)
    torch.save(supernet.state_dict(), options.output)


if __name__ == "__main__":
    main()
