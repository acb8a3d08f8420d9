"""Writes gan.safetensors and ae.safetensors: what PyTorch computes for small GANs and autoencoders. See README.md.

A case of gan has the noise, images and texts of a step (in), all first parameters (param, state), the losses of the first
step and every parameter after it (out), and the losses of ten steps and every parameter after them (after).
"""
import numpy as np
import safetensors.numpy
import torch
import torch.nn.functional as F

from family import EPS, HERE, LR, STEPS, Family, batch_norm, conv, conv_transpose, f32, linear, rnn, tensors


def normals(f, name, channels):
    p = {f"{name}.weight": 1 + f.normal(channels, scale=0.3), f"{name}.bias": f.normal(channels, scale=0.3)}
    return p, {f"{name}.mean": np.zeros(channels, np.float32), f"{name}.var": np.ones(channels, np.float32)}


def decoder(f, name, h, w, widths, channels, inputs):
    """First values of a decoder: Dense, Reshape, then batch norm, ReLU and a transposed convolution for each width."""
    p, s = {f"{name}.0.weight": f.weight(h * w * widths[-1], inputs)}, {}
    outs = [*reversed(widths[:-1]), channels]
    for i, (a, b) in enumerate(zip(reversed(widths), outs)):
        norm, state = normals(f, f"{name}.{3*i+2}", a)
        p, s = p | norm, s | state
        p[f"{name}.{3*i+4}.weight"] = f.normal(a, 4, 4, b, scale=1 / np.sqrt(4 * a))
    p[f"{name}.{3*i+4}.bias"] = f.normal(channels, scale=0.3)
    return p, s


def decode(p, s, train, name, x, h, w, widths):
    y = F.linear(x, p[f"{name}.0.weight"]).reshape(len(x), h, w, widths[-1])
    for i in range(len(widths)):
        y = F.relu(batch_norm(y, p, s, train, f"{name}.{3*i+2}."))
        y = conv_transpose(y, p[f"{name}.{3*i+4}.weight"], p.get(f"{name}.{3*i+4}.bias"), stride=2, padding=1)
    return y


def encoder(f, name, widths, channels, norms):
    """First values of an encoder: a convolution for each width, with batch norm where norms says so, and an activation."""
    p, s, at = {}, {}, 0
    for i, (a, b) in enumerate(zip((channels, *widths), widths)):
        p[f"{name}.{at}.weight"] = f.weight(b, 4, 4, a)
        if norms(i):
            norm, state = normals(f, f"{name}.{at+1}", b)
            p, s = p | norm, s | state
        else:
            p[f"{name}.{at}.bias"] = f.normal(b, scale=0.3)
        at += 2 + norms(i)
    return p, s


def encode(p, s, train, name, x, widths, norms, act):
    at = 0
    for i in range(len(widths)):
        x = conv(x, p[f"{name}.{at}.weight"], p.get(f"{name}.{at}.bias"), stride=2, padding=1)
        if norms(i):
            x = batch_norm(x, p, s, train, f"{name}.{at+1}.")
        x = act(x)
        at += 2 + norms(i)
    return x.flatten(1)


def leaky(x):
    return F.leaky_relu(x, 0.2)


def text_encoder(f, name, vocab, embed, hidden, features):
    table = f.normal(vocab, embed)
    table[0] = 0  # token 0 is padding
    return {f"{name}.embedding.weight": table, f"{name}.rnn.0.weight_ih": f.weight(hidden, embed),
            f"{name}.rnn.0.weight_hh": f.weight(hidden, hidden),
            f"{name}.rnn.0.bias": f.normal(hidden)} | f.dense(f"{name}.out", hidden, features)


def read(p, name, ids):
    x = F.embedding(ids.long(), p[f"{name}.embedding.weight"], padding_idx=0)
    _, last = rnn(x, p, lengths=(ids != 0).sum(1), name=f"{name}.rnn.0.")
    return linear(p, f"{name}.out", last)


class GAN:
    """models.GAN by functions of its parameters p and state s."""

    def __init__(self, h, w, channels, widths, latent, loss, smooth=0.0, average=None, spectral=False, features=0, match=0.0):
        self.size, self.channels, self.widths, self.latent = (h, w), channels, widths, latent
        self.loss, self.smooth, self.average, self.spectral, self.features, self.match = loss, smooth, average, spectral, features, match
        self.top = h >> len(widths), w >> len(widths)

    def norms(self, i):
        return i > 0 and not self.spectral

    def first(self, f):
        h, w = self.top
        p, s = decoder(f, "generator.net", h, w, self.widths, self.channels, self.latent + self.features)
        body, state = encoder(f, "discriminator.body", self.widths, self.channels, self.norms)
        p, s = p | body, s | state
        width = h * w * self.widths[-1]
        p |= f.dense("discriminator.head", width, 1)
        if self.features:
            p |= f.dense("discriminator.match", width, self.features)
            for half in "generator", "discriminator":
                p |= text_encoder(f, f"{half}.text", 7, 3, 4, self.features)
        if self.spectral:
            p, s = self.spectral_first(f, p, s)
        if self.average is not None:
            for k, v in (p | s).items():
                if k.startswith("generator."):
                    s[k.replace("generator.", "average.")] = v
        return p, s

    def spectral_first(self, f, p, s):
        out = {}
        for k, v in p.items():
            if not k.startswith("discriminator."):
                out[k] = v
                continue
            layer, kind = k.rsplit(".", 1)
            out[f"{layer}.layer.{kind}"] = v
            if kind == "weight":
                for name, n in ("u", len(v)), ("v", v[0].size):
                    x = f.normal(n)
                    s[f"{layer}.{name}"] = (x / np.linalg.norm(x)).astype(np.float32)
        return out, s

    def weights(self, p, s):
        """The discriminator's parameters, divided by one more step of the power iteration where that is asked for."""
        if not self.spectral:
            return p
        out = {}
        for k, v in p.items():
            if not k.startswith("discriminator."):
                continue
            layer, _, kind = k.rsplit(".", 2)
            if kind == "weight":
                m = v.flatten(1)
                with torch.no_grad():
                    s[f"{layer}.v"] = F.normalize(m.T @ s[f"{layer}.u"], dim=0, eps=1e-12)
                    s[f"{layer}.u"] = F.normalize(m @ s[f"{layer}.v"], dim=0, eps=1e-12)
                v = v / (s[f"{layer}.u"] @ m @ s[f"{layer}.v"])
            out[f"{layer}.{kind}"] = v
        return out

    def generate(self, p, s, z, text):
        if self.features:
            z = torch.cat([z, read(p, "generator.text", text)], 1)
        return torch.tanh(decode(p, s, True, "generator.net", z, *self.top, self.widths))

    def see(self, q, s, x):
        return encode(q, s, True, "discriminator.body", x, self.widths, self.norms, leaky)

    def score(self, q, seen, t):
        y = linear(q, "discriminator.head", seen)
        if t is None:
            return y
        return y + (linear(q, "discriminator.match", seen) * t).sum(1, keepdim=True) * f32(1 / np.sqrt(t.shape[1]))

    def matching(self, q, seen, t, text):
        """The cross-entropy of each image's text among the different texts of the batch, of which it is the likelier one."""
        logits = linear(q, "discriminator.match", seen) @ t.T * f32(1 / np.sqrt(t.shape[1]))
        different = [i for i in range(len(text)) if not (text[:i] == text[i]).all(1).any()]
        own = torch.tensor([next(k for k, i in enumerate(different) if (text[i] == row).all()) for row in text])
        return F.cross_entropy(logits[:, different], own)

    def losses(self):
        """On real images, on what is refused, of the generator."""
        smooth = f32(self.smooth)
        if self.loss == "least-squares":
            return (lambda x: (x - (1 - smooth))**2 / 2), (lambda x: x**2 / 2), (lambda x: (x - 1)**2 / 2)
        if self.loss == "hinge":
            return (lambda x: F.relu(1 - x)), (lambda x: F.relu(1 + x)), (lambda x: -x)

        def bce(x, label):
            return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label), reduction="none")
        return (lambda x: bce(x, 1 - smooth)), (lambda x: bce(x, 0.0)), (lambda x: bce(x, 1.0))

    def step(self, p, s, x, opt_g, opt_d, count):
        real, refused, generator = self.losses()
        z, text = x["z"], x.get("text")
        image = x["image"].double() / 255 * 2 - 1
        if self.features:  # one picture more, for the variety of a text
            fake = self.generate(p, s, torch.cat([z, z[1:2]]), torch.cat([text, text[:1]]))[:-1]
        else:
            fake = self.generate(p, s, z, text)
        q = self.weights(p, s)
        t = read(p, "discriminator.text", text) if self.features else None
        seen = self.see(q, s, image)
        loss_d = real(self.score(q, seen, t)).mean()
        q = self.weights(p, s)
        negative = refused(self.score(q, self.see(q, s, fake.detach()), t)).mean()
        if self.features:
            other = (text != text.roll(-1, 0)).any(1)
            wrong = refused(self.score(q, seen, t.roll(-1, 0)))[other]
            negative = (negative + wrong.mean()) / 2
        loss_d = loss_d + negative
        if self.match:
            loss_d = loss_d + self.matching(q, seen, t, text)
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        q = self.weights(p, s)
        t = read(p, "discriminator.text", text) if self.features else None
        drawn = self.see(q, s, fake)
        loss_g = generator(self.score(q, drawn, t)).mean()
        if self.match:
            loss_g = loss_g + f32(self.match) * self.matching(q, drawn, t, text)
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()
        if self.average is not None:
            rate = f32(1 - min(f32(self.average), (1 + count) / (10 + count)))
            with torch.no_grad():
                for k in s:
                    if k.startswith("average."):
                        now = (p | s)[k.replace("average.", "generator.")]
                        s[k] = s[k] + (now - s[k]) * rate
        return loss_d.detach(), loss_g.detach()

    def case(self, f, name, n=6):
        x = {"image": f.rng.integers(0, 256, (n, *self.size, self.channels)).astype(np.uint8), "z": f.normal(n, self.latent)}
        if self.features:
            lengths = np.array([5, 5, 1, 4, 2, 3])
            x["text"] = np.where(np.arange(5) < lengths[:, None], f.rng.integers(1, 7, (n, 5)), 0).astype(np.int32)
            x["text"][1] = x["text"][0]
        params, state = self.first(f)
        for kind, values in ("in", x), ("param", params), ("state", state):
            for k, v in values.items():
                f.store(name, kind, k, v)
        p, s = tensors(params), tensors(state)
        for v in p.values():
            v.requires_grad_(True)
        inputs = {k: torch.tensor(v.astype(np.float64) if v.dtype == np.float32 else v) for k, v in x.items()}
        opt_g, opt_d = (torch.optim.Adam([v for k, v in p.items() if k.startswith(half)], lr=LR, betas=(0.5, 0.999), eps=EPS)
                        for half in ("generator.", "discriminator."))
        losses = []
        for i in range(STEPS):
            losses.append(torch.stack(self.step(p, s, inputs, opt_g, opt_d, i + 1)))
            if i == 0:
                f.store(name, "out", "losses", losses[0])
                for k, v in (p | s).items():
                    f.store(name, "out", k, v.detach().clone())
        f.store(name, "after", "losses", torch.stack(losses))
        for k, v in (p | s).items():
            f.store(name, "after", k, v)


def gans():
    f = Family("gan", 20)
    GAN(8, 8, 3, (4, 6), 5, "non-saturating", smooth=0.1, average=0.9).case(f, "dcgan")
    GAN(8, 4, 1, (4, 5), 3, "least-squares", features=6, match=0.3).case(f, "text")
    GAN(8, 8, 3, (4, 6), 5, "hinge", spectral=True).case(f, "spectral")
    write(f)


def autoencoders():
    f = Family("ae", 21)
    h, w, channels, widths, code, n = 8, 8, 3, (4, 6), 5, 6
    top = (h >> 2) * (w >> 2) * widths[-1]

    def norms(i):
        return True
    encoding, states = encoder(f, "encoder", widths, channels, norms)
    decoding, more = decoder(f, "decoder", h >> 2, w >> 2, widths, channels, code)
    p = encoding | f.dense("encoder.7", top, code) | decoding
    x = {"x": f.rng.random((n, h, w, channels)).astype(np.float32)}

    def forward(p, x, s, train):
        y = linear(p, "encoder.7", encode(p, s, train, "encoder", x["x"], widths, norms, F.relu))
        return decode(p, s, train, "decoder", y, h >> 2, w >> 2, widths)
    f.case("bce", x, p, forward, lambda out, x: F.binary_cross_entropy_with_logits(out, x["x"].detach()), states | more)
    f.case("mse", x, p, forward, lambda out, x: F.mse_loss(torch.sigmoid(out), x["x"].detach()), states | more)
    write(f)


def write(f):
    versions = f"torch {torch.__version__}, numpy {np.__version__}, safetensors {safetensors.__version__}"
    path = HERE / f"{f.name}.safetensors"
    safetensors.numpy.save_file(f.arrays, path, metadata={"made_by": "make_gan.py, " + versions})
    print(f"{path.name}: {len({k.split('/')[0] for k in f.arrays})} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    gans()
    autoencoders()
