"""The same networks in PyTorch, one thread: reads a network's name a line, answers with the processor times of ten steps in ms."""
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)


def block(conv, channels, activation):
    return [conv, nn.BatchNorm2d(channels), activation()]


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        inner = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            *block(conv(inputs, inner, 1), inner, nn.ReLU6),
            *block(conv(inner, inner, kernel, stride, inner), inner, nn.ReLU6),
            conv(inner, outputs, 1),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def small_cnn():
    return nn.Sequential(
        *block(conv(3, 16, 3), 16, nn.ReLU),
        *block(conv(16, 32, 3, 2), 32, nn.ReLU),
        conv(32, 32, 3, groups=32),
        *block(conv(32, 64, 1), 64, nn.ReLU),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def mobile(size):
    layers = block(conv(1, 16, 3, 2 if size > 8 else 1), 16, nn.ReLU6)
    channels = 16
    for outputs, expansion, kernel, stride in [(16, 3, 3, 1), (24, 4, 3, 2), (24, 4, 5, 1), (40, 4, 3, 2), (40, 3, 5, 1)]:
        layers.append(Inverted(channels, outputs, expansion, kernel, stride))
        channels = outputs
    layers += block(conv(channels, 96, 1), 96, nn.ReLU6)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))


def prepare(model, shape):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    images = torch.randn(shape)
    labels = torch.arange(shape[0]) % 10

    def step():
        optimiser.zero_grad()
        loss_of(model(images), labels).backward()
        optimiser.step()

    for _ in range(5):
        step()
    return step


steps = {
    "cnn32": prepare(small_cnn(), (32, 3, 32, 32)),
    "mobile8": prepare(mobile(8), (64, 1, 8, 8)),
    "mobile28": prepare(mobile(28), (64, 1, 28, 28)),
}
print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    times = []
    for _ in range(10):
        start = time.process_time()
        steps[line.strip()]()
        times.append((time.process_time() - start) * 1000)
    print(" ".join(f"{t:.4f}" for t in times), flush=True)
