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


def read_idx(folder, *names):
    """The pictures of an IDX file, [n, 1, h, w] from 0 to 1."""
    for name in names:
        for path in sorted(Path(folder).glob(name + "*idx3*")):
            raw = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
            n, h, w = np.frombuffer(raw, ">u4", 3, 4)
            pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(n, 1, h, w)
            return torch.from_numpy(pixels.copy())
    raise SystemExit(f"{folder} has no {' or '.join(names)}…idx3-ubyte")


def write_idx(path, images):
    """images [n, 1, h, w] from 0 to 1, as bytes rounded like braid's."""
    pixels = (images.clamp(0, 1) * 255 + 0.5).to(torch.uint8).squeeze(1).numpy()
    with open(path, "wb") as f:
        f.write(bytes([0, 0, 8, 3]) + np.array(pixels.shape, ">u4").tobytes() + pixels.tobytes())


def widths_of(side, first):
    """Channels while the side is even and above 4: models.ImageConfig's default."""
    widths, out = [], first
    while side % 2 == 0 and side > 4:
        widths.append(out)
        side, out = side // 2, min(2 * out, 8 * first)
    return widths, side


def down(widths, act, bare):
    """The encoder: convolutions of 4x4 with stride 2; bare: the first one has no batch normalisation."""
    layers, a = [], 1
    for i, b in enumerate(widths):
        norm = not (bare and i == 0)
        layers.append(nn.Conv2d(a, b, 4, 2, 1, bias=not norm))
        if norm:
            layers.append(nn.BatchNorm2d(b))
        layers.append(act())
        a = b
    return nn.Sequential(*layers, nn.Flatten())


def up(inputs, widths, side):
    """The decoder, without an activation at its end."""
    top = widths[-1]
    layers = [nn.Linear(inputs, top * side * side, bias=False), nn.Unflatten(1, (top, side, side))]
    for a, b in zip(reversed(widths), [*reversed(widths[:-1]), None]):
        layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b or 1, 4, 2, 1, bias=b is None)]
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
    g = nn.Sequential(up(args.latent, widths, side), nn.Tanh()).apply(dcgan_weights)
    d = nn.Sequential(down(widths, lambda: nn.LeakyReLU(0.2), True), nn.Linear(widths[-1] * side * side, 1)).apply(dcgan_weights)
    mean = nn.Sequential(up(args.latent, widths, side), nn.Tanh())
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
    def __init__(self, side, code, variational):
        super().__init__()
        widths, top = widths_of(side, 32)
        self.code, self.variational = code, variational
        self.encoder = nn.Sequential(down(widths, nn.ReLU, False), nn.Linear(widths[-1] * top * top, code * (1 + variational)))
        self.decoder = up(code, widths, top)
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
    model = Autoencoder(images.shape[2], args.code, args.variational)
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
    errors, denoised = [], []
    with torch.no_grad():
        for x in test.split(500):
            x = x.float() / 255
            errors.append(((model(x)[0].sigmoid() - x) ** 2).mean((1, 2, 3)))
            if args.noise:
                noisy = x + args.noise * torch.randn_like(x)
                denoised.append(((model(noisy)[0].sigmoid() - x) ** 2).mean((1, 2, 3)))
    mse = torch.cat(errors).double()
    result = {"mse": mse.mean().item(), "psnr": (-10 * mse.log10()).mean().item(), "steps": steps}
    if args.noise:
        result["denoised_mse"] = torch.cat(denoised).double().mean().item()
    return result | {"parameters": sum(p.numel() for p in model.parameters())}


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
    p.add_argument("--drawn", default="drawn.idx3-ubyte")
    p.add_argument("--samples", type=int, default=2000)
    p.add_argument("--code", type=int, default=64)
    p.add_argument("--loss", choices=["bce", "mse"], default="bce")
    p.add_argument("--noise", type=float, default=0)
    p.add_argument("--variational", action="store_true")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, test = read_idx(args.data, "train-images"), read_idx(args.data, "t10k-images", "test-images")
    if args.pictures:
        images = images[: args.pictures]
    start = time.perf_counter()
    result = {"gan": train_gan, "autoencoder": train_autoencoder}[args.model](args, images, test)
    print(json.dumps(result | {"seconds": round(time.perf_counter() - start, 1)}))


if __name__ == "__main__":
    main()
