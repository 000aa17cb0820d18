"""Writes networks as PyTorch exports them to ONNX, and counts what they cost with PyTorch itself.

usage: exportModels.py FOLDER [NAME ...]
Writes FOLDER/NAME.onnx, with random weights, and prints {NAME: {"macs", "parameters", "output"}} as JSON. Multiply-accumulates are those of
convolutions, transposed convolutions and linear layers, counted where they run; recurrent layers by their gates.
"""
import json
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(0)


def conv(cin, cout, kernel, stride=1, groups=1, act=True):
    layers = [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(cout)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Bottleneck(nn.Module):
    """He et al. 2016; the stride is on the 3x3 convolution."""

    def __init__(self, cin, width, stride):
        super().__init__()
        self.body = nn.Sequential(conv(cin, width, 1), conv(width, width, 3, stride), conv(width, 4 * width, 1, act=False))
        self.skip = nn.Identity() if cin == 4 * width and stride == 1 else conv(cin, 4 * width, 1, stride, act=False)

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def resnet50():
    blocks, channels = [], 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(count):
            blocks.append(Bottleneck(channels, width, stride if i == 0 else 1))
            channels = 4 * width
    stem = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class Fire(nn.Module):
    """Iandola et al. 2016."""

    def __init__(self, cin, squeeze, expand):
        super().__init__()
        self.s = nn.Conv2d(cin, squeeze, 1)
        self.a, self.b = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.s(x))
        return torch.cat([F.relu(self.a(x)), F.relu(self.b(x))], 1)


def squeezenet11():
    pool = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(), Fire(128, 32, 128), Fire(256, 32, 128),
        pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        nn.Dropout(), nn.Conv2d(512, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


class Inverted(nn.Module):
    """Sandler et al. 2018."""

    def __init__(self, cin, cout, stride, expand):
        super().__init__()
        hidden = cin * expand
        expansion = [conv(cin, hidden, 1)] if expand != 1 else []
        self.body = nn.Sequential(*expansion, conv(hidden, hidden, 3, stride, hidden), conv(hidden, cout, 1, act=False))
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def mobilenet_v2():
    layers, channels = [conv(3, 32, 3, 2)], 32
    for expand, cout, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(count):
            layers.append(Inverted(channels, cout, stride if i == 0 else 1, expand))
            channels = cout
    return nn.Sequential(*layers, conv(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell, self.out = cell, nn.Linear(cell.hidden_size * (2 if cell.bidirectional else 1), 10)

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])


class UNet(nn.Module):
    """Ronneberger et al. 2015, two levels."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 32, 3, 2, 1)
        self.up, self.out = nn.ConvTranspose2d(32, 16, 2, 2), nn.Conv2d(32, 1, 1)

    def forward(self, x):
        a = torch.relu(self.a(x))
        return torch.sigmoid(self.out(torch.cat([a, self.up(F.leaky_relu(self.b(a)))], 1)))


class Resampling(nn.Module):
    """Normalisations, activations and resampling that exporters spell in several nodes."""

    def __init__(self):
        super().__init__()
        self.c, self.g, self.i = nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.InstanceNorm2d(16, affine=True)
        self.p, self.l = nn.PReLU(16), nn.LayerNorm(32)

    def forward(self, x):
        x = self.p(self.i(self.g(self.c(x))))
        x = F.pixel_shuffle(F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False), 2)
        x = F.pad(F.adaptive_avg_pool2d(x, (16, 16)), (8, 8, 8, 8), mode="reflect")
        return F.mish(F.softplus(self.l(x))).cumsum(-1).topk(4).values


class Siamese(nn.Module):
    """Two inputs, one tower: its weights exist once."""

    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 64, 16))

    def forward(self, a, b):
        return (self.tower(a) - self.tower(b)).abs().sum(1)


class Tied(nn.Module):
    """A language model whose output layer is the table of its embedding."""

    def __init__(self):
        super().__init__()
        self.table, self.norm = nn.Embedding(1000, 32), nn.LayerNorm(32)
        self.feed = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))

    def forward(self, tokens):
        x = self.table(tokens)
        return (x + self.feed(self.norm(x))) @ self.table.weight.t()


image = lambda side, channels=3: (torch.randn(1, channels, side, side),)
MODELS = {
    "resnet50": (resnet50, image(224)),
    "squeezenet11": (squeezenet11, image(224)),
    "mobilenet_v2": (mobilenet_v2, image(224)),
    "lstm": (lambda: Recurrent(nn.LSTM(40, 64, 2, batch_first=True)), (torch.randn(1, 49, 40),)),
    "bilstm": (lambda: Recurrent(nn.LSTM(40, 64, 1, batch_first=True, bidirectional=True)), (torch.randn(1, 49, 40),)),
    "gru": (lambda: Recurrent(nn.GRU(40, 64, 2, batch_first=True)), (torch.randn(1, 49, 40),)),
    "transformer": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 256), 2), (torch.randn(32, 1, 64),)),
    "conv1d": (
        lambda: nn.Sequential(
            nn.Conv1d(1, 16, 9, 2, 4, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 32, 5, groups=4, padding=2),
            nn.AvgPool1d(4), nn.Conv1d(32, 8, 3, dilation=2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 5),
        ),
        (torch.randn(1, 1, 256),),
    ),
    "conv3d": (
        lambda: nn.Sequential(
            nn.Conv3d(3, 8, 3, padding=1, bias=False), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(8, 16, (1, 3, 3)), nn.AdaptiveAvgPool3d(1), nn.Flatten(),
        ),
        (torch.randn(1, 3, 8, 16, 16),),
    ),
    "unet": (UNet, image(64)),
    "resampling": (Resampling, image(16)),
    "siamese": (Siamese, (torch.randn(1, 1, 8, 8), torch.randn(1, 1, 8, 8))),
    "tied": (Tied, (torch.randint(0, 1000, (1, 16)),)),
}


# Products of functions, which are no layers: queries, keys and values, attention, its output; the tied table.
BESIDES = {"transformer": 2 * (4 * 64 * 64 * 32 + 2 * 32 * 32 * 64), "tied": 16 * 32 * 1000}


def count(module, args):
    macs = [0]

    def add(layer, given, output):
        x = given[0]
        if isinstance(layer, (nn.LSTM, nn.GRU)):
            output = output[0]
            steps, gates = x.shape[1], 4 if isinstance(layer, nn.LSTM) else 3
            ways = 2 if layer.bidirectional else 1
            for depth in range(layer.num_layers):
                width = layer.input_size if depth == 0 else layer.hidden_size * ways
                macs[0] += ways * steps * gates * layer.hidden_size * (width + layer.hidden_size)
        elif isinstance(layer, nn.ConvTranspose2d):
            macs[0] += x.numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            macs[0] += output.numel() * layer.in_features
        else:
            macs[0] += output.numel() * layer.weight[0].numel()

    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.Linear, nn.LSTM, nn.GRU)
    hooks = [layer.register_forward_hook(add) for layer in module.modules() if isinstance(layer, kinds)]
    with torch.no_grad():
        output = module(*args)
    for hook in hooks:
        hook.remove()
    return macs[0], list(output.shape)


folder, *names = sys.argv[1:]
report = {}
for name in names or MODELS:
    make, args = MODELS[name]
    module = make().eval()
    # Layers that are copies of each other would be stored once.
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1e-3 * torch.randn_like(parameter))
    macs, output = count(module, args)
    # The exporter folds a batch normalisation into the convolution before it: of scale and shift a bias is left.
    norms = sum(layer.num_features for layer in module.modules() if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)))
    # Folding would store the tied table a second time, transposed.
    torch.onnx.export(module, args, f"{folder}/{name}.onnx", opset_version=14, do_constant_folding=name != "tied")
    parameters = sum(p.numel() for p in module.parameters()) - norms
    report[name] = {"macs": macs + BESIDES.get(name, 0), "parameters": parameters, "output": output}
print(json.dumps(report))
