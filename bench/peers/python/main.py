"""A library of Python, measured by the harness: python main.py MODULE VARIANT, one JSON line a reply.

The protocol is documented in bench/wire. MODULE is the file beside this one that knows the library: its class Library has

    kinds: {"gemm": function(library, case, inputs) -> Job, ...}
    name, version, describe(device, threads)

What libraries print goes to standard error.
"""

import importlib
import json
import math
import os
import sys
import threading
import time
import traceback

replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # before any library is loaded, so that nothing of it reaches the replies

import numpy as np
from safetensors.numpy import load_file, save_file


class Without(Exception):
    """The library has no such operation."""


def dropped(y, dx, inputs):
    """What can be compared of a dropout of one half: its share, the factor of the rest, and whether dy lost the same."""
    kept = y != 0
    same = (kept == (dx != 0)) & (~kept | (dx == 2 * inputs["dy"]))
    return {"dropped": np.mean(~kept, keepdims=True), "same": np.mean(same, keepdims=True),
            "factor": np.mean(y[kept] / inputs["x"][kept], keepdims=True)}


class Job:
    """A case that is ready. ways are functions of the number of a set of buffers, each computing the case and waiting for
    it; the fastest is kept. outputs returns the results as arrays in the harness's layout, from the inputs as they came."""

    def __init__(self, ways, outputs, sets=1, close=lambda: None, time=None):
        self.ways, self.outputs, self.sets, self.close, self.time = ways, outputs, sets, close, time
        self.next = 0

    def choose(self):
        """Keeps the fastest way, and says which it is. A library may need several calls to get going."""
        if len(self.ways) > 1:
            took = {}
            for name, way in self.ways.items():
                begin = time.perf_counter()
                way(0)
                slow = time.perf_counter() - begin > 2
                for _ in range(1 if slow else 3):
                    way(0)
                times, begin = [], time.perf_counter()
                while len(times) < (1 if slow else 5) or not slow and time.perf_counter() - begin < 0.1:
                    start = time.perf_counter()
                    way(0)
                    times.append(time.perf_counter() - start)
                took[name] = min(times)
            best = min(took, key=took.get)
            self.ways = {best: self.ways[best]}
        return next(iter(self.ways))

    def run(self, n):
        way = next(iter(self.ways.values()))
        begin = time.perf_counter()
        for _ in range(n):
            way(self.next)
            self.next = (self.next + 1) % self.sets
        return time.perf_counter() - begin


def synced(path):
    """To the disk: a file, or the names in a folder."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def replaced(path, write):
    """The file path is what write makes, or what it was, whenever the power fails: as braid does it."""
    write(path + ".tmp")
    synced(path + ".tmp")
    os.rename(path + ".tmp", path)
    synced(os.path.dirname(path))


def answers(case, answer, outputs):
    """A Job of callers who ask at once: answer takes a slice of rows and returns arrays."""
    callers = case["sizes"]["callers"]

    def timed(n):
        each = [0.0] * n

        def caller(first):
            for i in range(first, n, callers):
                begin, row = time.perf_counter(), i % 64
                answer(slice(row, row + 1))
                each[i] = time.perf_counter() - begin

        begin = time.perf_counter()
        threads = [threading.Thread(target=caller, args=(i,)) for i in range(callers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return {"seconds": time.perf_counter() - begin, "each": each}

    return Job({"": lambda _: answer(slice(0, 1))}, outputs, time=timed)


class Server:
    def __init__(self, module, variant):
        self.module, self.variant = module, variant
        self.library = self.job = None

    def describe(self, request):
        try:
            module = importlib.import_module("peer_" + self.module)
        except ImportError as e:
            return {"error": str(e), "missing": True}
        self.library = module.Library(self.variant, request["device"], request.get("threads", 0))
        return {"name": self.library.name, "version": self.library.version}

    def prepare(self, request):
        case = request["case"]
        self.release(request)
        if case["kind"] not in self.library.kinds:
            raise Without(f"no {case['kind']} in {self.library.name}")
        self.library.precision(case["precision"])
        inputs = load_file(request["inputs"])
        self.job = self.library.kinds[case["kind"]](self.library, case, inputs)
        if self.job.time:
            return {}
        way = self.job.choose()
        return {"way": way} if way else {}

    def checksum(self, request):
        out = {k: np.ascontiguousarray(v, np.float32) for k, v in self.job.outputs().items()}
        sums = {k: float(v.sum(dtype=np.float64)) for k, v in out.items()}
        for k, v in sums.items():
            if not math.isfinite(v):
                raise ValueError(f"{k} is not finite")
        save_file(out, request["outputs"])
        return {"sums": sums}

    def run(self, request):
        n = request["n"]
        if self.job.time:
            return {"n": n} | self.job.time(n)
        return {"n": n, "seconds": self.job.run(n)}

    def release(self, request):
        if self.job:
            self.job.close()
            self.job = None
            import gc

            gc.collect()
        return {}


def main():
    server = Server(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "quit":
            break
        try:
            reply = getattr(server, request["do"])(request)
        except Without as e:
            reply = {"error": str(e), "without": True}
        except Exception as e:  # a case that fails is the case's fault; the process goes on
            traceback.print_exc()
            reply = {"error": f"{type(e).__name__}: {e}"[:500]}
        print(json.dumps(reply | {"id": request["id"]}, allow_nan=False), file=replies, flush=True)


if __name__ == "__main__":
    sys.modules["main"] = sys.modules["__main__"]  # what the peers import
    main()
