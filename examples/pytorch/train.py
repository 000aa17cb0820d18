"""Trains the candidates of a search with PyTorch, on the digits that Archwright ships: a program for `evaluator: { command: … }`.

It reads one JSON object from standard input, and writes a line of JSON for each epoch and one at its end to standard output. Everything
else that it has to say goes to standard error. `docs/own-training.md` describes both.
"""
import argparse
import csv
import gzip
import json
import sys
from pathlib import Path

import numpy
import torch
from torch.nn import functional as F

from network import Network

DIGITS = Path(__file__).resolve().parents[2] / "packages/runtimes/data/digits.csv.gz"


def read_digits(file):
    """Images in [0, 1] and labels; of twenty images, 14 train, 3 validate and 3 test, as with `dataset: digits`."""
    with gzip.open(file, "rt", newline="") as lines:
        rows = numpy.array([[float(cell) for cell in row] for row in csv.reader(lines)], dtype=numpy.float32)
    images = torch.from_numpy(rows[:, :64] / 16).reshape(-1, 1, 8, 8)
    labels = torch.from_numpy(rows[:, 64]).long()
    place = torch.arange(len(labels)) % 20
    train, validation, test = place < 14, (place >= 14) & (place < 17), place >= 17
    images = (images - images[train].mean()) / images[train].std()
    return [(images[part], labels[part]) for part in (train, validation, test)]


def resized(images, wanted):
    """As the network takes them, where the space chooses the resolution: in the same way as Archwright itself does it."""
    size = (wanted["height"], wanted["width"])
    return images if tuple(images.shape[2:]) == size else F.interpolate(images, size, mode="bilinear", antialias=True)


def accuracy(model, images, labels):
    """In percent."""
    model.eval()
    with torch.no_grad():
        return 100 * (model(images).argmax(dim=1) == labels).float().mean().item()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--data", default=DIGITS)
    options.add_argument("--learning-rate", type=float, default=0.01)
    options.add_argument("--batch", type=int, default=64)
    options = options.parse_args()

    request = json.load(sys.stdin)
    torch.manual_seed(request["seed"])
    # One thread adds up in one order: the same seed gives the same numbers.
    torch.set_num_threads(1)
    train, validation, test = [(resized(images, request["input"]), labels) for images, labels in read_digits(options.data)]
    model = Network(request["network"])
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=1e-3)
    fidelity = request["fidelity"]
    steps_of_epoch = len(train[1]) // options.batch
    steps = fidelity["steps"] if "steps" in fidelity else round(fidelity["epochs"] * steps_of_epoch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    folder = Path(request["work_folder"])

    begin = 0
    if request["checkpoint"] is not None:
        state = torch.load(request["checkpoint"])
        begin = state["epoch"]
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])

    for epoch in range(begin, -(-steps // steps_of_epoch)):
        model.train()
        order = torch.randperm(len(train[1]))
        for first in range(0, steps_of_epoch * options.batch, options.batch)[: steps - epoch * steps_of_epoch]:
            batch = order[first : first + options.batch]
            loss = F.cross_entropy(model(train[0][batch]), train[1][batch], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        # All that makes an interrupted evaluation go on as if it had not been.
        state = {"epoch": epoch + 1, "random": torch.get_rng_state()}
        for name, part in (("model", model), ("optimiser", optimiser), ("schedule", schedule)):
            state[name] = part.state_dict()
        torch.save(state, folder / "checkpoint.new")
        (folder / "checkpoint.new").replace(folder / "checkpoint.pt")
        say(kind="progress", epoch=min(epoch + 1, steps / steps_of_epoch), score=accuracy(model, *validation), loss=loss.item(), checkpoint="checkpoint.pt")

    numpy.savez(folder / "trained.npz", **model.arrays())
    say(kind="final", score=accuracy(model, *validation), test_score=accuracy(model, *test), weights="trained.npz")


def say(**line):
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
