"""What the cases of make.py share: braid's layers in PyTorch's terms, and the file that a family of cases becomes."""
import pathlib
import sys

import numpy as np
import safetensors
import safetensors.numpy
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
STEPS = 10
LR = 2.0**-6  # exact in float32, as braid's learning rate is
# A large epsilon bounds what Adam makes of a rounding error in a gradient: LR/EPS times it a step, instead of LR.
EPS = 2.0**-6
CONSTANTS = "target", "mask"  # real inputs that nobody differentiates by


def f32(x):
    """The float64 value of x rounded to float32: settings that braid keeps as float32."""
    return float(np.float32(x))


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def conv(x, w, b, **options):
    """braid's convolution: x [n,h,w,c], w [out,kh,kw,c]."""
    return nhwc(F.conv2d(nchw(x), nchw(w), b, **options))


def conv_transpose(x, w, b, **options):
    """braid's transposed convolution: x [n,h,w,c], w [c,kh,kw,out]."""
    return nhwc(F.conv_transpose2d(nchw(x), nchw(w), b, **options))


def linear(p, name, x):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def batch_norm(x, p, s, train, name=""):
    channels_first = x.movedim(-1, 1)
    y = F.batch_norm(channels_first, s[name + "mean"], s[name + "var"], p[name + "weight"], p[name + "bias"],
                     training=train, momentum=f32(0.1), eps=f32(1e-5))
    return y.movedim(1, -1)


def rnn(x, p, h0=None, lengths=None, name=""):
    """torch.nn.RNN over x [n,time,in], padded rows through a packed sequence. Beyond its length a row is zero."""
    hidden, width = p[name + "weight_ih"].shape
    module = torch.nn.RNN(width, hidden, batch_first=True)
    values = {
        "weight_ih_l0": p[name + "weight_ih"], "weight_hh_l0": p[name + "weight_hh"],
        "bias_ih_l0": p[name + "bias"], "bias_hh_l0": torch.zeros(hidden),
    }
    packed = x
    if lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths.long(), batch_first=True, enforce_sorted=False)
    states, last = torch.func.functional_call(module, values, (packed, None if h0 is None else h0[None]))
    if lengths is not None:
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])
    return states, last[0]


class Family:
    """A golden file: cases by name. Keys are case/kind/name."""

    def __init__(self, name, seed):
        self.name, self.rng, self.arrays = name, np.random.default_rng(seed), {}

    def normal(self, *shape, scale=1.0):
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)

    def weight(self, *shape):
        """Weights that keep the size of what flows through: fan-in is all but the first dimension."""
        return self.normal(*shape, scale=1 / np.sqrt(np.prod(shape[1:])))

    def dense(self, name, width, out):
        return {name + ".weight": self.weight(out, width), name + ".bias": self.normal(out, scale=0.3)}

    def case(self, name, inputs, params, forward, loss, state=None, optimizer=None, clip=None):
        """Runs forward(p, x, s, train) -> out and loss(out, x), and stores all there is to compare."""
        x = {k: torch.tensor(v.astype(np.float64) if v.dtype == np.float32 else v) for k, v in inputs.items()}
        state = state or {}
        p, s = tensors(params), tensors(state)
        for k, v in (p | x).items():
            v.requires_grad_(v.is_floating_point() and k not in CONSTANTS)
        for kind, values in ("in", inputs), ("param", params), ("state", state):
            for k, v in values.items():
                self.store(name, kind, k, v)

        out = forward(p, x, s, True)
        value = loss(out, x)
        value.backward()
        self.store(name, "out", "out", out)
        self.store(name, "out", "loss", value.reshape(1))
        for k, v in (p | x).items():
            if v.grad is not None:
                self.store(name, "grad", k, v.grad)
        for v in x.values():
            v.requires_grad_(False)

        p, s = tensors(params), tensors(state)
        for v in p.values():
            v.requires_grad_(True)
        make = optimizer or (lambda groups: torch.optim.Adam(groups, lr=LR, eps=EPS))
        # braid decays parameters of two or more dimensions only.
        step = make([{"params": [v for v in p.values() if v.dim() >= 2]},
                     {"params": [v for v in p.values() if v.dim() < 2], "weight_decay": 0.0}])
        losses = []
        for _ in range(STEPS):
            step.zero_grad()
            value = loss(forward(p, x, s, True), x)
            value.backward()
            if clip:
                clip([v for v in p.values() if v.grad is not None])
            step.step()
            losses.append(value.detach())
        self.store(name, "after", "losses", torch.stack(losses))
        with torch.no_grad():
            self.store(name, "after", "out", forward(p, x, s, False))
        for k, v in (p | s).items():
            self.store(name, "after", k, v)

    def store(self, case, kind, name, v):
        if isinstance(v, torch.Tensor):
            v = v.detach().numpy()
        if not np.all(np.isfinite(v)):
            sys.exit(f"{self.name}: {case}/{kind}/{name} is not finite")
        self.arrays[f"{case}/{kind}/{name}"] = np.ascontiguousarray(v)

    def write(self):
        path = HERE / f"{self.name}.safetensors"
        # One entry: the order of several changes from run to run.
        made_by = f"make.py, torch {torch.__version__}, numpy {np.__version__}, safetensors {safetensors.__version__}"
        safetensors.numpy.save_file(self.arrays, path, metadata={"made_by": made_by})
        print(f"{path.name}: {len({k.split('/')[0] for k in self.arrays})} cases, {path.stat().st_size} bytes")


def tensors(values):
    return {k: torch.tensor(v.astype(np.float64)) for k, v in values.items()}


def squared(out, x):
    return F.mse_loss(out, x["target"])


def cross_entropy(out, x):
    return F.cross_entropy(out, x["label"].long())
