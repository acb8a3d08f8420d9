"""Training steps, answers and checkpoints in PyTorch."""

import os
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import models
from main import Job, answers, replaced

# Behind a Flatten or before an Unflatten of [h, w, c], whose order is another in NCHW.
FLAT_IN = {"discriminator.head.weight": (4, 4, 256), "encoder.7.weight": (7, 7, 64), "head.weight": (110, 110, 128)}
FLAT_OUT = {"generator.net.0.weight": (4, 4, 256), "decoder.0.weight": (7, 7, 64)}


class Ops:
    """The operations of models.py. Images are NCHW to PyTorch; with last they lie in memory as NHWC."""

    def __init__(self, last, train=True):
        self.last, self.train = last, train
        self.layout = torch.channels_last if last else torch.contiguous_format

    def image(self, x):
        return x.permute(0, 3, 1, 2).contiguous(memory_format=self.layout)

    def reorder(self, name, w, back=False):
        """Weights from braid's order to this layout's, or back."""
        if self.last:
            return w
        def turn(x, shape):  # the last dimension is h, w, c flattened
            h, v, c = (shape[2], shape[0], shape[1]) if back else shape
            order = (0, 2, 3, 1) if back else (0, 3, 1, 2)
            return x.reshape(len(x), h, v, c).permute(*order).reshape(len(x), -1)
        if name in FLAT_IN and np.prod(FLAT_IN[name]) <= w.shape[1]:
            n = int(np.prod(FLAT_IN[name]))
            return torch.cat([turn(w[:, :n], FLAT_IN[name]), w[:, n:]], 1)
        if name in FLAT_OUT:
            return turn(w.T, FLAT_OUT[name]).T
        return w

    def native(self, name, a):
        t = torch.from_numpy(a)
        if t.dim() == 4:
            return t.permute(0, 3, 1, 2).contiguous(memory_format=self.layout)
        return self.reorder(name, t).contiguous()

    def harness(self, name, t):
        t = t.detach().float().cpu()
        return (t.permute(0, 2, 3, 1) if t.dim() == 4 else self.reorder(name, t, back=True)).contiguous().numpy()

    relu, tanh, softplus, mean, bce = map(staticmethod, (F.relu, torch.tanh, F.softplus, torch.mean, F.binary_cross_entropy_with_logits))
    cross_entropy = staticmethod(F.cross_entropy)

    def leaky(self, x):
        return F.leaky_relu(x, 0.2)

    def conv(self, x, p, name, stride=1, pad=0):
        return F.conv2d(x, p[name + ".weight"], p.get(name + ".bias"), stride, pad)

    def conv_transpose(self, x, p, name, stride=1, pad=0):
        return F.conv_transpose2d(x, p[name + ".weight"], p.get(name + ".bias"), stride, pad)

    def norm(self, x, p, name):
        return F.batch_norm(x, p[name + ".mean"], p[name + ".var"], p[name + ".weight"], p[name + ".bias"], self.train, 0.1, 1e-5)

    def pool(self, x):
        return F.max_pool2d(x, 2)

    def multiply(self, x, y):
        return x * y

    def pixels(self, x):
        return x.mean((2, 3))

    def dense(self, x, p, name):
        return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))

    def flatten(self, x):
        return (x.permute(0, 2, 3, 1) if self.last else x).flatten(1)

    def unflatten(self, x, side, channels):
        if self.last:
            return x.view(-1, side, side, channels).permute(0, 3, 1, 2)
        return x.view(-1, channels, side, side)

    def concat(self, *xs):
        return torch.cat(xs, 1)

    def embed(self, ids, table):
        return F.embedding(ids, table, padding_idx=0)

    def rnn(self, x, p, name, ids):
        """nn.RNN, and of its states the one after each row's last word."""
        wih, whh, b = (p[f"{name}.{k}"] for k in ("weight_ih", "weight_hh", "bias"))
        h0 = x.new_zeros(1, len(x), whh.shape[0])
        h, _ = torch._VF.rnn_tanh(x, h0, [wih, whh, b, torch.zeros_like(b)], True, 1, 0.0, self.train, False, True)
        return h[torch.arange(len(x), device=x.device), (ids != 0).sum(1) - 1]


class Training:
    """A model with its optimizers, in one layout."""

    def __init__(self, lib, op, first, last):
        self.lib, self.op, self.first, self.o = lib, op, first, Ops(last)
        self.p = {}
        for k, a in first.items():
            t = self.o.native(k, a).to(lib.device).clone(memory_format=torch.preserve_format)
            self.p[k] = torch.nn.Parameter(t) if models.trained(k) else t
        if op == "dcgan":
            self.parts = {k: models.part(self.p, k) for k in ("discriminator.", "generator.")}
            self.lr, self.betas = 2e-4, (0.5, 0.999)
        else:
            self.parts, self.lr, self.betas = {"": models.part(self.p, "")}, 1e-3, (0.9, 0.999)
        self.opts = {k: torch.optim.Adam(part.values(), self.lr, self.betas, fused=True) for k, part in self.parts.items()}
        self.compute = torch.compile(self.losses) if lib.variant == "compile" else self.losses

    def reset(self):
        with torch.no_grad():
            for k, a in self.first.items():
                self.p[k].copy_(self.o.native(k, a))
            for opt in self.opts.values():
                for state in opt.state.values():
                    for v in state.values():
                        v.zero_()

    def load(self, data):
        """A batch on the device; where that is the CPU it is there already."""
        return {k: v.to(self.lib.device, non_blocking=True) for k, v in data.items()}

    def losses(self, which, data, fake=None):
        if which == "d":
            return models.loss_d(self.o, self.p, data["image"], fake)
        if which == "g":
            return models.loss_g(self.o, self.p, fake)
        return models.loss(self.o, self.op, self.p, data)

    def cast(self):
        return torch.autocast(self.lib.device, torch.bfloat16, enabled=self.lib.dtype == torch.bfloat16)

    def step(self, data):
        data = self.load(data)
        if self.op != "dcgan":
            opt = self.opts[""]
            opt.zero_grad(set_to_none=True)
            with self.cast():
                loss = self.compute("", data)
            loss.backward()
            opt.step()
            return [loss]
        d, g = self.opts["discriminator."], self.opts["generator."]
        with self.cast():
            fake = models.generator(self.o, self.p, data["z"])
            loss_d = self.compute("d", data, fake.detach())
        d.zero_grad(set_to_none=True)
        loss_d.backward()
        d.step()
        for v in self.parts["discriminator."].values():
            v.requires_grad_(False)  # the generator's loss needs no gradients of the discriminator
        with self.cast():
            loss_g = self.compute("g", data, fake)
        g.zero_grad(set_to_none=True)
        loss_g.backward()
        g.step()
        for v in self.parts["discriminator."].values():
            v.requires_grad_(True)
        return [loss_d, loss_g]

    def gradients(self):
        """Those of the first step, which Adam's first moments are, times 1-β1."""
        out = {}
        for k, opt in self.opts.items():
            for name, v in self.parts[k].items():
                out["grad." + name] = self.o.harness(name, opt.state[v]["exp_avg"] / (1 - self.betas[0]))
        return out


def batch(o, inputs):
    data = {k: torch.from_numpy(inputs[k]) for k in ("image", "text", "label", "z") if k in inputs}
    data["image"] = o.image(data["image"])
    return {k: v.long() if v.dtype == torch.int32 else v for k, v in data.items()}


def step(lib, case, inputs):
    first, trainings, ways = models.parameters(inputs), {}, {}
    layouts = (True,) if case.get("pass") == "start" else (True, False)
    for last in layouts:
        name = "channels_last" if last else "NCHW"
        def way(i, name=name, last=last):
            if name not in trainings:  # made when it is tried, so that the loser's memory can go
                t = Training(lib, case["op"], first, last)
                trainings[name] = t, batch(t.o, inputs)
            t, data = trainings[name]
            t.step(data)
            lib.wait()
        ways[name] = way

    def outputs():
        name = next(iter(job.ways))
        if name not in trainings:
            job.ways[name](0)
        for other in [k for k in trainings if k != name]:
            del trainings[other]
        t, data = trainings[name]
        t.reset()
        losses = [[float(v) for v in t.step(data)]]
        out = t.gradients()
        losses += [[float(v) for v in t.step(data)] for _ in range(2)]
        return out | {"loss": np.array(losses[0]), "later": np.array(losses[1:]).ravel()}

    job = Job(ways, outputs, close=trainings.clear)
    return job


def latency(lib, case, inputs):
    o = Ops(True, train=False)
    p = {k: o.native(k, a).to(lib.device) for k, a in models.parameters(inputs).items()}
    data = batch(o, inputs)

    @torch.inference_mode()
    def answer(rows):
        image, text = data["image"][rows].to(lib.device), data["text"][rows].to(lib.device)
        return models.fusion(o, p, image, text).cpu().numpy()

    return answers(case, answer, lambda: {"logits": answer(slice(0, 64))})


def checkpoint(lib, case, inputs):
    """torch.save, and to the disk as braid does it."""
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "model.pt")
    state = {k: torch.from_numpy(a) for k, a in models.parameters(inputs).items()}

    def save(_=0):
        replaced(path, lambda name: torch.save(state, name))

    def load(_=0):
        for k, v in torch.load(path, weights_only=True).items():
            state[k].copy_(v)

    def outputs():
        save()
        load()
        return {k: v.numpy() for k, v in state.items()}

    save()
    return Job({"": save if case["op"] == "save" else load}, outputs, close=folder.cleanup)


kinds = {"step": step, "latency": latency, "checkpoint": checkpoint}
