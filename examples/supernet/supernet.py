"""A supernet of convolutions whose weights are shared by all architectures of a space of stages, and what a sub-network has of them.

A sub-network takes the leading channels of each layer, the centre of its kernels, and the first blocks of each stage. The class is
yours to replace: all that `score.py` asks of it is `layers`.
"""
import re
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

# Its data, accuracy and lines of JSON, and the networks that a search sends.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pytorch"))

STEM = 16
# Of search.yaml: the choices of channels, kernels and depths, and the stride of the first block.
STAGES = [
    {"channels": [4, 8, 16], "kernels": [3, 5], "depths": [1, 2], "stride": 1},
    {"channels": [8, 16, 32], "kernels": [3, 5], "depths": [1, 2], "stride": 2},
    {"channels": [8, 16, 32], "kernels": [1, 3], "depths": [1, 2], "stride": 2},
]
CLASSES = 10


def parse(architecture):
    """The stages of a text like `c8 conv-k3 conv-k5 | c16 conv-k3 | c8 conv-k1`: channels, and the kernel of each block."""
    stages = []
    for part in architecture.split("|"):
        channels, *blocks = part.split()
        stages.append((int(channels[1:]), [int(re.fullmatch(r"conv-k(\d+)", block)[1]) for block in blocks]))
    return stages


def largest():
    return [(max(stage["channels"]), [max(stage["kernels"])] * max(stage["depths"])) for stage in STAGES]


def smallest():
    return [(min(stage["channels"]), [min(stage["kernels"])] * min(stage["depths"])) for stage in STAGES]


def random(generator):
    """Any architecture of the space, each choice uniform."""
    pick = lambda options: options[torch.randint(len(options), (1,), generator=generator).item()]
    return [
        (pick(stage["channels"]), [pick(stage["kernels"]) for _ in range(pick(stage["depths"]))]) for stage in STAGES
    ]


class Layer(nn.Module):
    """A convolution with batch normalisation and ReLU, as large as any sub-network has it."""

    def __init__(self, inputs, outputs, kernel, stride):
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv2d(inputs, outputs, kernel, bias=False)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.scale = nn.Parameter(torch.ones(outputs))
        self.shift = nn.Parameter(torch.zeros(outputs))

    def shared(self, inputs, outputs, kernel):
        """Weight, scale and shift of a sub-network."""
        border = (self.conv.kernel_size[0] - kernel) // 2
        centre = slice(border, border + kernel)
        return self.conv.weight[:outputs, :inputs, centre, centre], self.scale[:outputs], self.shift[:outputs]


class Supernet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Layer(1, STEM, 3, 1)
        self.stages = nn.ModuleList()
        inputs = STEM
        for (channels, kernels), stage in zip(largest(), STAGES):
            blocks = nn.ModuleList()
            for i, kernel in enumerate(kernels):
                blocks.append(Layer(inputs, channels, kernel, stage["stride"] if i == 0 else 1))
                inputs = channels
            self.stages.append(blocks)
        self.classifier = nn.Linear(inputs, CLASSES)

    def layers(self, stages):
        """The convolutions of a sub-network in order: stride, and weight, scale and shift. Last, weight and bias of its classifier."""
        found = [(self.stem.stride, self.stem.shared(1, STEM, 3))]
        inputs = STEM
        for blocks, (channels, kernels) in zip(self.stages, stages):
            for layer, kernel in zip(blocks, kernels):
                found.append((layer.stride, layer.shared(inputs, channels, kernel)))
                inputs = channels
        return found, (self.classifier.weight[:, :inputs], self.classifier.bias)

    def forward(self, x, stages):
        """In training: batch normalisation by the batch, because the statistics of one sub-network are wrong for another."""
        convolutions, (weight, bias) = self.layers(stages)
        for stride, (kernel, scale, shift) in convolutions:
            x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
            x = F.relu(F.batch_norm(x, None, None, scale, shift, training=True))
        return F.linear(x.mean(dim=(2, 3)), weight, bias)
