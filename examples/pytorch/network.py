"""Builds a PyTorch module from the network that a search sends, and gives its weights back under the search's names.

Only operators that Archwright's search spaces use are built here; `archwright export --format pytorch` writes all of them.
"""
import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "hard-swish": F.hardswish,
    "hard-sigmoid": F.hardsigmoid,
    "sigmoid": torch.sigmoid,
    "swish": F.silu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
}
BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "max": torch.maximum,
    "min": torch.minimum,
}
# What Archwright calls the parameters of a layer, and what PyTorch does.
NAMES = {
    "conv2d": {"weight": "weight", "bias": "bias"},
    "dense": {"weight": "weight", "bias": "bias"},
    "batchNorm": {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"},
}


class Network(nn.Module):
    """The network of a request's `network`, with random weights."""

    def __init__(self, network):
        super().__init__()
        self.nodes = network["nodes"]
        self.outputs = network["outputs"]
        shapes = {node["name"]: node["output"]["shape"] for node in self.nodes}
        # PyTorch's names hold no dots.
        self.attributes = {node["name"]: "n_" + node["name"].replace(".", "_").replace("/", "_") for node in self.nodes}
        for node in self.nodes:
            layer = layer_of(node["op"], [shapes[name] for name in node["inputs"]])
            if layer is not None:
                setattr(self, self.attributes[node["name"]], layer)

    def layer(self, node):
        return getattr(self, self.attributes[node["name"]])

    def forward(self, x):
        values = {}
        for node in self.nodes:
            op = node["op"]
            inputs = [values[name] for name in node["inputs"]]
            if op["kind"] == "input":
                value = x
            elif op["kind"] in NAMES:
                value = self.layer(node)(padded(inputs[0], op))
            else:
                value = applied(op, inputs, node["output"]["shape"])
            values[node["name"]] = value
        return values[self.outputs[0]]

    def arrays(self):
        """The weights as NumPy arrays, by the names of a request's `parameters`."""
        arrays = {}
        for node in self.nodes:
            kind = node["op"]["kind"]
            for role, name in NAMES.get(kind, {}).items():
                tensor = getattr(self.layer(node), name)
                if tensor is None:
                    continue
                # Archwright keeps dense weights as [inputs, outputs].
                values = tensor.detach().t() if kind == "dense" and role == "weight" else tensor.detach()
                arrays[f"{node['name']}.{role}"] = values.contiguous().numpy()
        return arrays


def layer_of(op, inputs):
    kind = op["kind"]
    if kind == "conv2d":
        even = padding_of(op)
        return nn.Conv2d(
            inputs[0][1],
            op["outChannels"],
            tuple(op["kernel"]),
            stride=tuple(op["stride"]),
            padding=even or 0,
            dilation=tuple(op["dilation"]),
            groups=op["groups"],
            bias=op["bias"],
        )
    if kind == "dense":
        return nn.Linear(inputs[0][-1], op["outFeatures"], bias=op["bias"])
    if kind == "batchNorm":
        return (nn.BatchNorm2d if len(inputs[0]) == 4 else nn.BatchNorm1d)(inputs[0][1], eps=op["epsilon"])
    return None


def padding_of(op):
    """PyTorch pads both sides alike; None where the network does not."""
    top, left, bottom, right = op["padding"]
    return (top, left) if top == bottom and left == right else None


def padded(x, op, value=0.0):
    if "padding" not in op or padding_of(op) is not None:
        return x
    top, left, bottom, right = op["padding"]
    return F.pad(x, (left, right, top, bottom), value=value)


def applied(op, inputs, shape):
    """An operator without parameters."""
    kind = op["kind"]
    if kind == "activation":
        return ACTIVATIONS[op["fn"]](inputs[0])
    if kind == "binary":
        return BINARY[op["fn"]](*inputs)
    if kind == "concat":
        return torch.cat(inputs, dim=op["axis"])
    if kind == "constant":
        return torch.full(tuple(op["shape"]), float(op["value"]))
    if kind == "reduce":
        reduce = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax}[op["fn"]]
        return reduce(inputs[0], dim=tuple(op["axes"]), keepdim=op["keepDims"])
    if kind == "reshape":
        return inputs[0].reshape(-1, *shape[1:])
    if kind == "pool2d":
        even = padding_of(op)
        kernel, stride = tuple(op["kernel"]), tuple(op["stride"])
        if op["mode"] == "max":
            return F.max_pool2d(padded(inputs[0], op, float("-inf")), kernel, stride, even or 0)
        if even is not None:
            return F.avg_pool2d(inputs[0], kernel, stride, even, count_include_pad=op["countPadding"])
    raise SystemExit(f"this example cannot build the operator {op}")
