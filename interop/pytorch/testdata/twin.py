"""The twins of this library's models in PyTorch, for peer_test.go.

    python twin.py KIND FOLDER

reads FOLDER/ours.safetensors (a state) and inputs.safetensors, and writes what the twin makes of them, outputs.safetensors;
then gives the twin random parameters and writes those, theirs.safetensors, with what it makes of the inputs then.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn


class Listing(nn.Module):
    def __init__(self, side=14, texts=20, classes=5):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.text = nn.Sequential(nn.Linear(texts, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU())
        self.head = nn.Linear(((side - 4) // 2) ** 2 * 128 + 128, classes)

    def forward(self, image, text):
        return self.head(torch.cat((self.image(image), self.text(text)), 1))


class TextRNN(nn.Module):
    def __init__(self, vocab=20):
        super().__init__()
        self.embedding = nn.Embedding(vocab, 32, padding_idx=0)
        self.rnn = nn.ModuleList([nn.RNN(32, 64, batch_first=True)])
        self.out = nn.Linear(64, 64)

    def forward(self, ids):
        words = (ids != 0).sum(1)
        states, _ = self.rnn[0](self.embedding(ids))
        return self.out(states[torch.arange(len(ids)), words - 1])


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        def block(a, b):
            return nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)
        self.image = nn.Sequential(*block(3, 16), *block(16, 32), *block(32, 64), nn.Flatten(), nn.Linear(64 * 16, 64))
        self.text = TextRNN()
        self.head = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 3))

    def forward(self, image, text):
        return self.head(self.image(image) * self.text(text))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(64, 4 * 4 * 256, bias=False), nn.Unflatten(1, (256, 4, 4)), nn.BatchNorm2d(256), nn.ReLU(),
            nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.ConvTranspose2d(64, 3, 4, 2, 1), nn.Tanh())

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
            nn.Conv2d(128, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.LeakyReLU(0.2), nn.Flatten())
        self.head = nn.Linear(4096, 1)

    def forward(self, x):
        return self.head(self.body(x))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(7 * 7 * 32, 24))
        self.decoder = nn.Sequential(
            nn.Linear(24, 7 * 7 * 32, bias=False), nn.Unflatten(1, (32, 7, 7)), nn.BatchNorm2d(32), nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1))

    def forward(self, x):
        return self.decoder(self.encoder(x))


def main():
    kind, folder = sys.argv[1], Path(sys.argv[2])
    torch.manual_seed(1)
    model = globals()[kind]().eval()
    inputs = load_file(folder / "inputs.safetensors")
    args = [x.permute(0, 3, 1, 2) if x.dim() == 4 else x for _, x in sorted(inputs.items())]

    def outputs(name):
        with torch.no_grad():
            y = model(*args)
        save_file({"y": (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).contiguous()}, folder / name)

    wrong = model.load_state_dict(load_file(folder / "ours.safetensors"), strict=False)
    if wrong.unexpected_keys or any(not k.endswith("num_batches_tracked") for k in wrong.missing_keys):
        raise SystemExit(wrong)
    outputs("outputs.safetensors")
    with torch.no_grad():
        for name, p in model.state_dict().items():
            if p.is_floating_point():
                p.uniform_(0.5, 1.5) if name.endswith("running_var") else p.normal_(0, 0.05)
        for m in model.modules():
            if isinstance(m, nn.Embedding):
                m.weight[0] = 0
    save_file(model.state_dict(), folder / "theirs.safetensors")
    outputs("outputs2.safetensors")


main()
