"""The GAN and the autoencoder of braid in PyTorch: the same layers, first weights, losses, rates, data and steps.

    python generative.py gan --data DIR --epochs 2 --pictures 20000 --seed 1 --drawn gan.idx
    python generative.py autoencoder --data DIR --epochs 5 --pictures 20000 --seed 1

See README.md for what to compare it with. The last line of the output is JSON.
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_idx(path):
    """The bytes of an IDX file of pictures, [n, c, h, w]."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as f:
        raw = f.read()
    shape = np.frombuffer(raw, ">u4", raw[3], 4)
    pixels = np.frombuffer(raw, np.uint8, offset=4 + 4 * len(shape)).reshape(*shape[:3], -1)
    return torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())


def read_pictures(folder, size=32):
    """The pictures to train on and to test on, as braid train gan --data reads them: IDX files or the emoji."""
    folder = Path(folder)
    if (folder / "emoji.tsv").exists():
        return read_emoji(folder, size)
    parts = []
    for names in ("train",), ("t10k", "test"):
        found = [p for name in names for p in sorted(folder.glob(name + "-images*idx3*"))]
        if not found:
            raise SystemExit(f"{folder} has no {'- or '.join(names)}-images…idx3-ubyte")
        parts.append(read_idx(found[0]))
    return parts


def read_emoji(folder, size):
    def table(name):
        head, *rows = (line.rstrip("\n").split("\t") for line in open(folder / name, encoding="utf-8"))
        return [dict(zip(head, row)) for row in rows]
    split = {row["code"]: row["split"] for row in table("emoji.tsv")}
    styles, parts = {}, ([], [])
    for row in table("images.tsv"):
        style = row["style"]
        if style not in styles:
            path = folder / f"images-{style}-{size}.idx4-ubyte.gz"
            styles[style] = read_idx(path) if path.exists() else None
        if styles[style] is not None:
            parts[split[row["code"]] == "test"].append(styles[style][int(row["index"])])
    return [torch.stack(part) for part in parts]


def write_idx(path, images):
    """images [n, c, h, w] as float32, to the last bit: what they are measured by reads the same numbers."""
    pixels = images.permute(0, 2, 3, 1).contiguous().numpy().astype(">f4")
    with open(path, "wb") as f:
        f.write(bytes([0, 0, 13, 4]) + np.array(pixels.shape, ">u4").tobytes() + pixels.tobytes())


def widths_of(side, first):
    """Channels while the side is even and above 4: models.ImageConfig's default."""
    widths, out = [], first
    while side % 2 == 0 and side > 4:
        widths.append(out)
        side, out = side // 2, min(2 * out, 8 * first)
    return widths, side


def down(channels, widths, act, bare):
    """The encoder: convolutions of 4x4 with stride 2; bare: the first one has no batch normalisation."""
    layers, a = [], channels
    for i, b in enumerate(widths):
        norm = not (bare and i == 0)
        layers.append(nn.Conv2d(a, b, 4, 2, 1, bias=not norm))
        if norm:
            layers.append(nn.BatchNorm2d(b))
        layers.append(act())
        a = b
    return nn.Sequential(*layers, nn.Flatten())


def up(inputs, channels, widths, side):
    """The decoder, without an activation at its end."""
    top = widths[-1]
    layers = [nn.Linear(inputs, top * side * side, bias=False), nn.Unflatten(1, (top, side, side))]
    for a, b in zip(reversed(widths), [*reversed(widths[:-1]), None]):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b or channels, 4, 2, 1, bias=b is None)]
    return nn.Sequential(*layers)


def dcgan_weights(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(m.weight, 0, 0.02)
        if m.bias is not None:
            nn.init.zeros_(m.bias)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1, 0.02)


def glorot_weights(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.xavier_uniform_(m.weight)
        if m.bias is not None:
            nn.init.zeros_(m.bias)


def batches(images, size, generator):
    """One epoch of whole batches, reals from 0 to 1."""
    order = torch.randperm(len(images), generator=generator)
    for i in range(0, len(images) - size + 1, size):
        yield images[order[i : i + size]].float() / 255


def train_gan(args, images, test):
    widths, side = widths_of(images.shape[2], 64)
    channels = images.shape[1]
    g = nn.Sequential(up(args.latent, channels, widths, side), nn.Tanh()).apply(dcgan_weights)
    d = nn.Sequential(down(channels, widths, lambda: nn.LeakyReLU(0.2), True), nn.Linear(widths[-1] * side * side, 1)).apply(dcgan_weights)
    mean = nn.Sequential(up(args.latent, channels, widths, side), nn.Tanh())
    mean.load_state_dict(g.state_dict())
    og, od = (torch.optim.Adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (g, d))
    order = torch.Generator().manual_seed(args.seed)
    steps = 0
    for epoch in range(args.epochs):
        sums = np.zeros(2)
        for x in batches(images, args.batch, order):
            fake = g(torch.randn(len(x), args.latent))
            loss_d = F.softplus(-d(2 * x - 1)).mean() + F.softplus(d(fake.detach())).mean()
            od.zero_grad()
            loss_d.backward()
            od.step()
            loss_g = F.softplus(-d(fake)).mean()
            og.zero_grad()
            loss_g.backward()
            og.step()
            steps += 1
            decay = min(0.999, (1 + steps) / (10 + steps))
            with torch.no_grad():
                for a, b in zip(mean.state_dict().values(), g.state_dict().values()):
                    if a.is_floating_point():
                        a += (b - a) * (1 - decay)
            sums += [loss_d.item(), loss_g.item()]
        print(f"epoch {epoch + 1}: discriminator {sums[0] * args.batch / len(images):.3f}, generator {sums[1] * args.batch / len(images):.3f}", flush=True)
    mean.eval()
    with torch.no_grad():
        write_idx(args.drawn, torch.cat([mean(torch.randn(100, args.latent)) for _ in range(args.samples // 100)]) / 2 + 0.5)
    return {"steps": steps, "parameters": sum(p.numel() for m in (g, d) for p in m.parameters())}


class Autoencoder(nn.Module):
    def __init__(self, side, channels, code, variational):
        super().__init__()
        widths, top = widths_of(side, 32)
        self.code, self.variational = code, variational
        self.encoder = nn.Sequential(down(channels, widths, nn.ReLU, False), nn.Linear(widths[-1] * top * top, code * (1 + variational)))
        self.decoder = up(code, channels, widths, top)
        self.apply(glorot_weights)

    def forward(self, x):
        """Logits of the pixels, and the divergence of the codes."""
        y = self.encoder(x)
        if not self.variational:
            return self.decoder(y), y.new_zeros(len(x))
        mean, log_var = y[:, : self.code], y[:, self.code :]
        kl = 0.5 * (log_var.exp() + mean**2 - log_var - 1).sum(1)
        if self.training:
            mean = mean + (log_var / 2).exp() * torch.randn_like(mean)
        return self.decoder(mean), kl


def train_autoencoder(args, images, test):
    # braid keeps a twentieth, at most 1000 pictures, back for validation.
    kept = max(1, min(len(images) // 20, 1000))
    order = torch.Generator().manual_seed(args.seed)
    images = images[torch.randperm(len(images), generator=order)[kept:]]
    model = Autoencoder(images.shape[2], images.shape[1], args.code, args.variational)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    steps = 0
    for epoch in range(args.epochs):
        total = 0.0
        for x in batches(images, args.batch, order):
            logits, kl = model(x + args.noise * torch.randn_like(x) if args.noise else x)
            if args.loss == "mse":
                loss = F.mse_loss(logits.sigmoid(), x)
            else:
                loss = F.binary_cross_entropy_with_logits(logits, x)
            loss = loss + kl.mean() / x[0].numel()
            opt.zero_grad()
            loss.backward()
            opt.step()
            steps += 1
            total += loss.item() * len(x)
        print(f"epoch {epoch + 1}: loss {total / len(images):.4f}", flush=True)
    model.eval()
    rebuilt, denoised = [], []
    with torch.no_grad():
        for x in test.split(500):
            x = x.float() / 255
            rebuilt.append(model(x)[0].sigmoid())
            if args.noise:
                denoised.append(model(x + args.noise * torch.randn_like(x))[0].sigmoid())
    write_idx(args.rebuilt, torch.cat(rebuilt))
    if args.noise:
        write_idx(args.denoised, torch.cat(denoised))
    return {"steps": steps, "parameters": sum(p.numel() for p in model.parameters())}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model", choices=["gan", "autoencoder"])
    p.add_argument("--data", required=True)
    p.add_argument("--pictures", type=int, default=0, help="train on the first so many; 0: all")
    p.add_argument("--epochs", type=int, default=20)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--latent", type=int, default=64)
    p.add_argument("--drawn", default="drawn.idx", help="what a GAN draws")
    p.add_argument("--samples", type=int, default=2000)
    p.add_argument("--rebuilt", default="rebuilt.idx", help="what an autoencoder makes of the test part")
    p.add_argument("--denoised", default="denoised.idx", help="and of the test part with noise")
    p.add_argument("--code", type=int, default=64)
    p.add_argument("--loss", choices=["bce", "mse"], default="bce")
    p.add_argument("--noise", type=float, default=0)
    p.add_argument("--variational", action="store_true")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, test = read_pictures(args.data)
    if args.pictures:
        images = images[: args.pictures]
    start = time.perf_counter()
    result = {"gan": train_gan, "autoencoder": train_autoencoder}[args.model](args, images, test)
    print(json.dumps(result | {"seconds": round(time.perf_counter() - start, 1)}))


if __name__ == "__main__":
    main()
