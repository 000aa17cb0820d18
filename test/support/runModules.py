"""Runs exported PyTorch modules: arguments are names; NAME.py and NAME.npz are a module, NAME.in.npz its input, NAME.out.npz what it gives.

Each is run on its whole input and on a part of it, in evaluation mode, and once in training mode with gradients.
"""
import importlib.util
import sys

import numpy
import torch

torch.manual_seed(0)
for name in sys.argv[1:]:
    specification = importlib.util.spec_from_file_location(name.split("/")[-1], f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    x = torch.from_numpy(numpy.load(f"{name}.in.npz")["input"])
    network = module.load()
    with torch.no_grad():
        whole = network(x)
        part = network(x[:1])
    numpy.savez(f"{name}.out.npz", whole=whole.numpy(), part=part.numpy())
    fresh = module.Network().train()
    fresh(x).sum().backward()
    count = sum(value.numel() for key, value in fresh.state_dict().items() if not key.endswith("num_batches_tracked"))
    assert count == sum(array.size for array in numpy.load(f"{name}.npz").values()), name
