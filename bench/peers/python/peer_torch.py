"""PyTorch. Variant "compile" is torch.compile."""

import torch

import torch_accuracy
import torch_models
import torch_ops
from main import Job, Without


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
            ways = {f"compiled {name}".strip(): torch.compile(way) for name, way in ways.items()}
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

    kinds = torch_ops.kinds | torch_models.kinds | torch_accuracy.kinds
