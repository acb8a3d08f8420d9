"""Times PyTorch on the cases of bench/gpu, on the same device, and writes them as JSON for its -peers flag.

As there: random data, several sets of buffers that take turns, CUDA graphs that are launched and waited for, the median of
two series. Precisions: fp32 without TF32; tf32 in cuBLAS and cuDNN; bf16 with operands that lie in memory as bfloat16,
half the bytes that braid moves. Rows with a colon in their names are further ways to do the same and have no row of ours.

    python3 bench/peers/gpu.py --out peers.json [--device cpu --tiny]
"""

import argparse
import contextlib
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}


class Bench:
    def __init__(self, device, graph_seconds, series_seconds, deadline):
        self.device, self.graph_seconds, self.series_seconds, self.deadline = device, graph_seconds, series_seconds, deadline
        self.cuda = device == "cuda"
        self.rows = []
        self.precision = "fp32"
        # Not the default stream: gradients that were computed there once cannot be captured elsewhere.
        self.stream = torch.cuda.stream(torch.cuda.Stream()) if self.cuda else contextlib.nullcontext()

    def set_precision(self, precision):
        self.precision = precision
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False

    def random(self, *shape, bound=1.0, dtype=None):
        x = torch.empty(*shape, device=self.device).uniform_(-bound, bound)
        return x.to(dtype or DTYPES[self.precision])

    def wait(self):
        if self.cuda:
            torch.cuda.synchronize()

    def series(self, launch, count):
        """The median time of one of the `count` operations that launch() does."""
        all_times, start = [], time.perf_counter()
        while len(all_times) < 6 or time.perf_counter() - start < self.series_seconds:
            begin = time.perf_counter()
            launch()
            self.wait()
            all_times.append(time.perf_counter() - begin)
            if self.series_seconds == 0:
                break
        return statistics.median(all_times[3:] or all_times) / count

    def capture(self, calls, count):
        """A function that does `count` calls, in turn, as one graph where there are graphs."""
        def plain():
            for i in range(count):
                calls[i % len(calls)]()
        if not self.cuda:
            return plain
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
            plain()
        return graph.replay

    def row(self, name, calls, flops=0.0, bytes_=0.0, graph=True):
        """Times calls, which do the same on different buffers."""
        if time.monotonic() > self.deadline:
            print(f"not run, no time left: {name} {self.precision}", file=sys.stderr)
            return
        try:
            for _ in range(3):  # libraries choose their kernels, and get their workspaces, outside of a capture
                for call in calls:
                    call()
            self.wait()
            begin = time.perf_counter()
            for call in calls:
                call()
            self.wait()
            once = (time.perf_counter() - begin) / len(calls)
            count = len(calls) * max(1, int(self.graph_seconds / max(once, 1e-7) / len(calls)))
            if graph:
                launch = self.capture(calls, count)
            else:
                count, launch = 1, calls[0]
            first, second = self.series(launch, count), self.series(launch, count)
        except Exception as e:  # a library that cannot do one case is no reason to lose the others
            print(f"failed: {name} {self.precision}: {type(e).__name__}: {e}", file=sys.stderr)
            return
        seconds = (first + second) / 2
        self.rows.append({"Name": name, "Precision": self.precision, "Seconds": seconds, "Flops": flops, "Bytes": bytes_,
                          "Spread": max(first, second) / min(first, second) - 1})
        print(f"{name:32} {self.precision:5} {1e3 * seconds:10.4f} ms", flush=True)


def moves(b, n):
    small = b.random(4), b.random(4)
    b.row("launch and wait", [lambda: small[0].copy_(small[1])])
    x, y = b.random(n), b.random(n)
    b.row("copy", [lambda: y.copy_(x)], bytes_=8.0 * n)
    half = n // 2
    p, q, r = b.random(half), b.random(half), b.random(half)
    b.row("add", [lambda: torch.add(p, q, out=r)], bytes_=12.0 * half)


def gemm(b, n):
    sets = [(b.random(n, n), b.random(n, n)) for _ in range(3)]
    b.row(f"gemm {n}", [lambda a=a, w=w: F.linear(a, w) for a, w in sets], flops=2.0 * n**3)


def conv(b, n, h, w, c, k):
    channels_last = torch.channels_last
    flops = 2.0 * n * (h - 2) * (w - 2) * k * c * 9

    def nhwc(*shape):
        return b.random(*shape).contiguous(memory_format=channels_last)

    sets = [(nhwc(n, c, h, w), nhwc(k, c, 3, 3), nhwc(n, k, h - 2, w - 2)) for _ in range(2)]
    b.row("conv forward", [lambda x=x, f=f: F.conv2d(x, f) for x, f, _ in sets], flops)
    for name, mask in (("conv data gradient", [True, False, False]), ("conv filter gradient", [False, True, False])):
        b.row(name, [lambda x=x, f=f, dy=dy, mask=mask: torch.ops.aten.convolution_backward(
            dy, x, f, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, mask) for x, f, dy in sets], flops)


def rnn(b, steps, n, hidden):
    calls = []
    for _ in range(3):
        layer = torch.nn.RNN(hidden, hidden, batch_first=True).to(b.device, DTYPES[b.precision])
        x, dh = b.random(n, steps, hidden).requires_grad_(), b.random(n, steps, hidden)

        def call(layer=layer, x=x, dh=dh):
            y, _ = layer(x)
            torch.autograd.grad(y, [x, *layer.parameters()], dh)

        calls.append(call)
    flops = 12.0 * n * steps * hidden * hidden
    b.row("rnn forward and backward", calls, flops)
    b.row("rnn forward and backward: eager", calls, flops, graph=False)


class Listing(torch.nn.Module):
    """The model of the Keras listing."""

    def __init__(self, side, text):
        super().__init__()
        nn = torch.nn
        self.image = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.text = nn.Sequential(nn.Linear(text, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU())
        self.head = nn.Linear(((side - 4) // 2) ** 2 * 128 + 128, 10)

    def forward(self, image, text):
        return self.head(torch.cat([self.image(image), self.text(text)], 1))


def fusion(b, side, text, batch):
    """A training step; bf16 is autocast, for parameters stay float32 in both libraries."""
    model = Listing(side, text).to(b.device).to(memory_format=torch.channels_last)
    images = b.random(batch, 3, side, side, dtype=torch.float32).contiguous(memory_format=torch.channels_last)
    texts, labels = b.random(batch, text, dtype=torch.float32), torch.randint(10, (batch,), device=b.device)
    options = {"capturable": True, "fused": True} if b.cuda else {}
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, **options)

    def step():
        opt.zero_grad(set_to_none=True)
        with torch.autocast(b.device, torch.bfloat16, enabled=b.precision == "bf16", cache_enabled=False):
            loss = F.cross_entropy(model(images, texts), labels)
        loss.backward()
        opt.step()

    b.row("fusion step: eager", [step], graph=False)
    b.row("fusion step", [step])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--out", required=True)
    args.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    args.add_argument("--tiny", action="store_true", help="sizes to try the program with")
    args.add_argument("--seconds", type=float, default=150, help="start no case later than this")
    a = args.parse_args()
    if a.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch sees no GPU")
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    b = Bench(a.device, 0 if a.tiny else 10e-3, 0 if a.tiny else 0.25, time.monotonic() + a.seconds)
    name = torch.cuda.get_device_name() if b.cuda else "cpu"
    version = f"torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, {name}"
    print(version)
    with b.stream:
        run(b, a.tiny)
    with open(a.out, "w") as f:
        json.dump({"Version": version, "Rows": b.rows}, f, indent=1)


def run(b, tiny):
    for precision in DTYPES:
        b.set_precision(precision)
        if precision == "fp32":
            moves(b, 1 << 10 if tiny else 1 << 28)
        for n in [33] if tiny else [4096, 8192]:
            gemm(b, n)
        conv(b, *([2, 9, 8, 8, 16] if tiny else [32, 222, 222, 64, 128]))
        rnn(b, *([5, 3, 20] if tiny else [128, 64, 512]))
        fusion(b, *([10, 20, 2] if tiny else [224, 1000, 32]))
        if b.cuda:
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
