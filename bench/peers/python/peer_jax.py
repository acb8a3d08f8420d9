"""JAX."""

import os
import sys

import jax
import jax.numpy as jnp
import numpy as np

import jax_models
import jax_ops
from main import Job, Without


class Library:
    name = "jax"
    kinds = jax_ops.kinds | jax_models.kinds

    def __init__(self, variant, device, threads):
        self.device = device
        if device == "cuda" and jax.default_backend() != "gpu":
            raise RuntimeError("JAX sees no GPU")
        import jaxlib

        self.version = f"jax {jax.__version__}, jaxlib {jaxlib.__version__}, {jax.devices()[0].device_kind}"
        if device == "cpu":
            self.version += f", {len(os.sched_getaffinity(0)) if sys.platform == 'linux' else os.cpu_count()} threads"

    def precision(self, name):
        if name == "tf32" and self.device == "cpu":
            raise Without("tf32 is of GPUs")
        self.dtype = jnp.bfloat16 if name == "bf16" else jnp.float32
        jax.config.update("jax_default_matmul_precision", {"fp32": "highest", "tf32": "tensorfloat32", "bf16": "default"}[name])

    def array(self, a):
        return jnp.array(a, self.dtype if a.dtype == np.float32 else None)

    def job(self, case, inputs, names, ways, outputs, more=None):
        """A Job of jitted functions of the named inputs, and of what more() gives, new each time."""
        sets = [[self.array(inputs[k]) for k in names] for _ in range(case["sets"])]
        results = {}

        def way(f):
            f = jax.jit(f)

            def call(i):
                results["last"] = jax.block_until_ready(f(*sets[i], *([more()] if more else [])))
            return call

        def out():
            next(iter(job.ways.values()))(0)
            return {k: np.asarray(v, np.float32) for k, v in outputs(results["last"]).items()}

        job = Job({k: way(f) for k, f in ways.items()}, out, case["sets"], lambda: (results.clear(), sets.clear()))
        return job
