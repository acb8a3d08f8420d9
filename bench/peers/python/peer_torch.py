"""PyTorch. Variant "compile" is torch.compile."""

import torch
import torch.nn.functional as F

from main import Job, Without

LAST = torch.channels_last


class Library:
    name = "torch"

    def __init__(self, variant, device, threads):
        self.variant, self.device = variant, device
        if threads and device == "cpu":
            torch.set_num_threads(threads)
            torch.set_num_interop_threads(1)
        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch sees no GPU")
        torch.backends.cudnn.benchmark = True
        what = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
        self.version = f"torch {torch.__version__}, {what}"

    def precision(self, name):
        self.dtype = torch.bfloat16 if name == "bf16" else torch.float32
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        torch.backends.cudnn.allow_tf32 = name == "tf32"
        if name == "tf32" and self.device == "cpu":
            raise Without("tf32 is of GPUs")

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def sets(self, case, inputs, *names):
        """The inputs on the device, once for each set."""
        return [tuple(self.tensor(inputs[n]) for n in names) for _ in range(case["sets"])]

    def tensor(self, a):
        t = torch.from_numpy(a).to(self.device)
        return (t.to(self.dtype) if t.is_floating_point() else t).clone()

    def job(self, case, ways, outputs):
        """A Job of functions that return their results; outputs makes arrays of those."""
        if self.variant == "compile":
            ways = {f"compile {name}": torch.compile(way) for name, way in ways.items()}
        results = {}

        def waited(way):
            def call(i):
                results["last"] = way(i)
                self.wait()
            return call

        def out():
            next(iter(job.ways.values()))(0)
            return {k: v.detach().float().cpu().numpy() for k, v in outputs(results["last"]).items()}

        job = Job({name: waited(way) for name, way in ways.items()}, out, case["sets"], results.clear)
        return job


def gemm(lib, case, inputs):
    sets = lib.sets(case, inputs, "a", "b")
    into = [torch.empty(a.shape[0], a.shape[1], b.shape[2], dtype=a.dtype, device=a.device) for a, b in sets]
    if case["sizes"]["batch"] == 1:
        return lib.job(case, {"": lambda i: torch.mm(sets[i][0][0], sets[i][1][0], out=into[i][0])}, lambda c: {"c": c[None]})
    return lib.job(case, {"": lambda i: torch.bmm(*sets[i], out=into[i])}, lambda c: {"c": c})


def conv2d(lib, case, inputs):
    """Both layouts; images come as NHWC and weights as [out, h, w, in], transposed ones as [in, h, w, out]."""
    z = case["sizes"]
    transposed = bool(z.get("transposed"))
    stride, pad = [z["stride"]] * 2, [z["pad"]] * 2
    ways, names = {}, {"forward": ("x", "w"), "data": ("dy", "w"), "filter": ("x", "dy")}[case["pass"]]

    def way(layout):
        sets = [tuple(t.permute(0, 3, 1, 2).contiguous(memory_format=layout) for t in s) for s in lib.sets(case, inputs, *names)]
        x_shape = (z["n"], z["c"], z["h"], z["h"])
        w_shape = (z["c"], z["k"], z["r"], z["r"]) if transposed else (z["k"], z["c"], z["r"], z["r"])
        if case["pass"] == "forward":
            f = F.conv_transpose2d if transposed else F.conv2d
            return lambda i: f(*sets[i], None, stride, pad)
        # The operand whose gradient is not asked for is looked at for its shape.
        x0 = torch.empty(x_shape, dtype=lib.dtype, device=lib.device).contiguous(memory_format=layout)
        w0 = torch.empty(w_shape, dtype=lib.dtype, device=lib.device).contiguous(memory_format=layout)
        back = torch.ops.aten.convolution_backward
        rest = (None, stride, pad, [1, 1], transposed, [0, 0], 1)
        if case["pass"] == "data":
            return lambda i: back(sets[i][0], x0, sets[i][1], *rest, [True, False, False])[0]
        return lambda i: back(sets[i][1], sets[i][0], w0, *rest, [False, True, False])[1]

    for name, layout in (("channels_last", LAST), ("NCHW", torch.contiguous_format)):
        ways[name] = way(layout)
    result = {"forward": "y", "data": "dx", "filter": "dw"}[case["pass"]]
    return lib.job(case, ways, lambda y: {result: y.permute(0, 2, 3, 1)})


Library.kinds = {"gemm": gemm, "conv2d": conv2d}
