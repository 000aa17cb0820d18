"""Training steps in PyTorch on one thread.

Reads a line of JSON {"module": FILE, "shape": [N, C, H, W]} at a time, where the file defines a class `Network` of ten classes, and
answers with a line of JSON: the network's learned parameters, its multiplications in convolutions and dense layers for one
image, and the processor times of ten steps in ms.
"""
import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)


def load(path):
    scope = {"__file__": path}
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), scope)
    return scope["Network"]()


def macs_of(model, images):
    """Multiply-accumulate operations of one image."""
    counts = []

    def count(module, _inputs, output):
        each = module.weight.numel() // module.weight.shape[0]
        counts.append(output.numel() // len(images) * each)

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    model(images)
    for hook in hooks:
        hook.remove()
    return sum(counts)


def prepare(path, shape):
    model = load(path)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    images = torch.randn(shape)
    labels = torch.arange(shape[0]) % 10

    def step():
        optimiser.zero_grad()
        loss_of(model(images), labels).backward()
        optimiser.step()

    size = {"parameters": sum(p.numel() for p in model.parameters()), "macs": macs_of(model, images)}
    for _ in range(5):
        step()
    return size, step


print(f"PyTorch {torch.__version__}", flush=True)
known = {}
for line in sys.stdin:
    if line not in known:
        wanted = json.loads(line)
        known = {line: prepare(wanted["module"], wanted["shape"])}
    size, step = known[line]
    times = []
    for _ in range(10):
        start = time.process_time()
        step()
        times.append((time.process_time() - start) * 1000)
    print(json.dumps({**size, "times": times}), flush=True)
