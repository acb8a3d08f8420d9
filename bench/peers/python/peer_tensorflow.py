"""TensorFlow with Keras. Variant "xla" compiles its functions with XLA."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

import tensorflow_models
import tensorflow_ops
from main import Job, Without


class Library:
    name = "tensorflow"
    kinds = tensorflow_ops.kinds | tensorflow_models.kinds

    def __init__(self, variant, device, threads):
        self.device, self.xla = device, variant == "xla"
        if threads and device == "cpu":
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise RuntimeError("TensorFlow sees no GPU")
        self.version = f"tensorflow {tf.__version__}, keras {keras.__version__}"

    def precision(self, name):
        tf.config.experimental.enable_tensor_float_32_execution(name == "tf32")
        if name == "tf32" and self.device == "cpu":
            raise Without("tf32 is of GPUs")
        self.dtype = tf.bfloat16 if name == "bf16" else tf.float32

    def array(self, a):
        return tf.constant(a, self.dtype if a.dtype == np.float32 else None)

    def function(self, f):
        return tf.function(f, jit_compile=self.xla or None)

    def job(self, case, inputs, names, ways, outputs):
        """A Job of functions of the named inputs."""
        sets = [[self.array(inputs[k]) for k in names] for _ in range(case["sets"])]
        results = {}

        def wait():
            if self.device == "cuda":
                tf.test.experimental.sync_devices()

        def way(f):
            f = self.function(f)

            def call(i):
                results["last"] = f(*sets[i])
                wait()
            return call

        def out():
            next(iter(job.ways.values()))(0)
            return {k: np.asarray(tf.cast(v, tf.float32)) for k, v in outputs(results["last"]).items()}

        job = Job({k: way(f) for k, f in ways.items()}, out, case["sets"], lambda: (results.clear(), sets.clear()))
        return job
