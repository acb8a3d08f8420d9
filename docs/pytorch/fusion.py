"""braid's Fusion in PyTorch: reads and writes the files of models.Fusion (model.safetensors of a run).

    import fusion
    model = fusion.load("runs/a/model.safetensors")
    logits = model(images, tokens)      # [n, 3, h, w] in [0, 1] and [n, time] of ids, 0 is padding
    fusion.save(model, "model.safetensors")   # models.OpenFusion and braid predict read it

Needs torch and safetensors.
"""

import json

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def head(inputs, hidden, dropout, outputs):
    layers = []
    for h in hidden:
        layers += [nn.Linear(inputs, h), nn.ReLU()] + ([nn.Dropout(dropout)] if dropout else [])
        inputs = h
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def image(c, features):
    layers, inputs = [], c["Channels"]
    for width in c["Widths"]:
        layers.append(nn.Conv2d(inputs, width, 3, padding=1, bias=c["NoBatchNorm"]))
        if not c["NoBatchNorm"]:
            layers.append(nn.BatchNorm2d(width))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        inputs = width
    if c["Flatten"]:
        inputs *= (c["Height"] >> len(c["Widths"])) * (c["Width"] >> len(c["Widths"]))
        layers.append(nn.Flatten())
    else:
        layers.append(Mean())
    if c["Dropout"]:
        layers.append(nn.Dropout(c["Dropout"]))
    return nn.Sequential(*layers, nn.Linear(inputs, features))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class TextRNN(nn.Module):
    """The state after the last word; a row of padding alone has zeros."""

    def __init__(self, c, features):
        super().__init__()
        self.embedding = nn.Embedding(c["Vocab"], c["Embed"], padding_idx=0)
        widths = [c["Embed"], *c["Hidden"]]
        self.rnn = nn.ModuleList(nn.RNN(a, b, batch_first=True) for a, b in zip(widths, widths[1:]))
        self.out = nn.Linear(widths[-1], features)

    def forward(self, ids):
        x, words = self.embedding(ids), (ids != 0).sum(1)
        for rnn in self.rnn:
            x, _ = rnn(x)
        last = x[torch.arange(len(ids)), (words - 1).clamp(min=0)]
        return self.out(last * (words > 0).unsqueeze(1))


class TextBag(nn.Module):
    """The mean of the words' vectors."""

    def __init__(self, c, features):
        super().__init__()
        self.embedding = nn.Embedding(c["Vocab"], c["Embed"], padding_idx=0)
        self.out = head(c["Embed"], c["Hidden"] or [], 0, features)

    def forward(self, ids):
        words = (ids != 0).unsqueeze(2)
        return self.out((self.embedding(ids) * words).sum(1) / words.sum(1).clamp(min=1))


class Merge(nn.Module):
    def __init__(self, kind, d, rank):
        super().__init__()
        self.kind, self.rank = kind, rank
        if kind in ("gated", "bilinear"):
            self.a, self.b = (nn.Linear(d, d * max(rank, 1)) for _ in range(2))
        if kind == "gated":
            self.gate = nn.Linear(2 * d, d)

    def forward(self, a, b):
        if self.kind == "add":
            return a + b
        if self.kind == "multiply":
            return a * b
        if self.kind == "gated":
            x, y, g = self.a(a).tanh(), self.b(b).tanh(), self.gate(torch.cat((a, b), 1)).sigmoid()
            return g * x + (1 - g) * y
        if self.kind == "bilinear":
            return (self.a(a) * self.b(b)).unflatten(1, (-1, self.rank)).sum(2)
        return torch.cat((a, b), 1)


class Fusion(nn.Module):
    def __init__(self, config):
        super().__init__()
        c, d = config, config["Features"]
        if c["Missing"]:
            raise NotImplementedError("a model of which inputs may be missing")
        self.config = c
        self.image = image(c["Image"], d)
        text = c["Text"]
        if text["Dense"]:
            self.text = head(text["Dense"], text["Hidden"] or [], 0, d)
        else:
            self.text = (TextBag if text["Bag"] else TextRNN)(text, d)
        self.merge = Merge(c["Merge"], d, c["Rank"] if c["Merge"] == "bilinear" else 0)
        self.head = head(2 * d if c["Merge"] == "concat" else d, c["Hidden"], c["Dropout"], c["Outputs"])

    def forward(self, images, texts):
        y = self.head(self.merge(self.image(images), self.text(texts)))
        if self.config.get("Scale"):
            y = y * torch.tensor(self.config["Scale"]) + torch.tensor(self.config["Shift"])
        return y


def flattened(config):
    """The name of the matrix behind Flatten, and the channels of the map."""
    c = config["Image"]
    if not c["Flatten"]:
        return None, 0
    return f"image.{len(c['Widths']) * (3 if c['NoBatchNorm'] else 4) + 1 + bool(c['Dropout'])}.weight", c["Widths"][-1]


RENAMED = {"mean": "running_mean", "var": "running_var"}


def load(path):
    """The model in a file that braid wrote."""
    with safe_open(path, "pt") as f:
        config = json.loads(f.metadata()["config"])
        tensors = {name: f.get_tensor(name) for name in f.keys()}
    model, state = Fusion(config), {}
    matrix, channels = flattened(config)
    for name, t in tensors.items():
        path, _, last = name.rpartition(".")
        if t.dim() == 4:
            t = t.permute(0, 3, 1, 2)
        if name == matrix:
            t = t.unflatten(1, (-1, channels)).transpose(1, 2).flatten(1)
        if ".rnn." in name:
            last = {"bias": "bias_ih"}.get(last, last) + "_l0"
            if last == "bias_ih_l0":
                state[f"{path}.bias_hh_l0"] = torch.zeros_like(t)
        state[f"{path}.{RENAMED.get(last, last)}"] = t
    missing = model.load_state_dict(state, strict=False)
    if missing.unexpected_keys or any(not k.endswith("num_batches_tracked") for k in missing.missing_keys):
        raise ValueError(f"{path}: {missing}")
    return model.eval()


def save(model, path):
    """Writes the model for braid."""
    names = {v: k for k, v in RENAMED.items()}
    state, tensors = model.state_dict(), {}
    matrix, channels = flattened(model.config)
    for name, t in state.items():
        module, _, last = name.rpartition(".")
        if last == "num_batches_tracked" or last == "bias_hh_l0":
            continue
        if last == "bias_ih_l0":
            t = t + state[f"{module}.bias_hh_l0"]
        if t.dim() == 4:
            t = t.permute(0, 2, 3, 1)
        if name == matrix:
            t = t.unflatten(1, (channels, -1)).transpose(1, 2).flatten(1)
        last = {"bias_ih_l0": "bias"}.get(last, last.removesuffix("_l0"))
        tensors[f"{module}.{names.get(last, last)}"] = t.contiguous()
    save_file(tensors, path, {"format": "braid.fusion.1", "config": json.dumps(model.config)})
