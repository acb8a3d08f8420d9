"""Training steps, answers and checkpoints in TensorFlow, with Keras's Adam."""

import os
import tempfile

import keras
import numpy as np
import tensorflow as tf

import models
from main import Job, answers, synced
from tensorflow_ops import hwio, ohwi, padding, states


class Ops:
    """The operations of models.py; images are NHWC."""

    def __init__(self, train=True):
        self.train = train

    relu, tanh, softplus, mean = map(staticmethod, (tf.nn.relu, tf.tanh, tf.nn.softplus, tf.reduce_mean))

    def cross_entropy(self, x, label):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(label, x))

    def bce(self, logits, target):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(target, logits))

    def leaky(self, x):
        return tf.nn.leaky_relu(x, 0.2)

    def bias(self, y, p, name):
        return tf.nn.bias_add(y, p[name + ".bias"]) if name + ".bias" in p else y

    def conv(self, x, p, name, stride=1, pad=0):
        return self.bias(tf.nn.conv2d(x, p[name + ".weight"], stride, padding(pad)), p, name)

    def conv_transpose(self, x, p, name, stride=1, pad=0):
        w = p[name + ".weight"]
        side = (x.shape[1] - 1) * stride - 2 * pad + w.shape[0]
        return self.bias(tf.nn.conv2d_transpose(x, w, (x.shape[0], side, side, w.shape[2]), stride, padding(pad)), p, name)

    def norm(self, x, p, name):
        gamma, beta, mean, var = (p[f"{name}.{k}"] for k in ("weight", "bias", "mean", "var"))
        if not self.train:
            return tf.nn.batch_normalization(x, mean, var, beta, gamma, 1e-5)
        y, m, v = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=1e-5, is_training=True)
        mean.assign_add(0.1 * (m - mean))
        var.assign_add(0.1 * (v - var))
        return y

    def pool(self, x):
        return tf.nn.max_pool2d(x, 2, 2, "VALID")

    def multiply(self, x, y):
        return x * y

    def pixels(self, x):
        return tf.reduce_mean(x, (1, 2))

    def dense(self, x, p, name):
        return self.bias(tf.linalg.matmul(x, p[name + ".weight"]), p, name)

    def flatten(self, x):
        return tf.reshape(x, (x.shape[0], -1))

    def unflatten(self, x, side, channels):
        return tf.reshape(x, (x.shape[0], side, side, channels))

    def concat(self, *xs):
        return tf.concat(xs, 1)

    def embed(self, ids, table):
        return tf.gather(table, ids) * tf.cast(ids != 0, table.dtype)[..., None]

    def rnn(self, x, p, name, ids):
        lengths = tf.reduce_sum(tf.cast(ids != 0, tf.int32), 1)
        return states(x, p[name + ".weight_ih"], p[name + ".weight_hh"], p[name + ".bias"], lengths, False)[1]


def native(name, a):
    """Weights in Keras's order: convolutions [h, w, in, out], transposed ones [h, w, out, in], dense ones [in, out]."""
    if a.ndim == 4:
        return hwio(a)
    return np.ascontiguousarray(a.T) if name.endswith(".weight") and a.ndim == 2 and "embedding" not in name else a


def harness(name, a):
    if a.ndim == 4:
        return ohwi(a)
    return a.T if name.endswith(".weight") and a.ndim == 2 and "embedding" not in name else a


def step(lib, case, inputs):
    first, op, o = models.parameters(inputs), case["op"], Ops()
    p = {k: tf.Variable(native(k, a), trainable=models.trained(k)) for k, a in first.items()}
    dcgan = op == "dcgan"
    parts = {k: models.part(p, k) for k in (("discriminator.", "generator.") if dcgan else ("",))}
    lr, beta1 = (2e-4, 0.5) if dcgan else (1e-3, 0.9)
    opts = {k: keras.optimizers.Adam(lr, beta1, 0.999, 1e-8) for k in parts}
    for k, opt in opts.items():
        opt.build(list(parts[k].values()))
    data = {k: tf.constant(inputs[k]) for k in ("image", "text", "label", "z") if k in inputs}

    def minimise(k, tape, loss):
        part = list(parts[k].values())
        opts[k].apply(tape.gradient(loss, part), part)

    def plain(data):
        with tf.GradientTape() as tape:
            loss = models.loss(o, op, p, data)
        minimise("", tape, loss)
        return (loss,)

    def both(data):
        with tf.GradientTape() as tape_g:
            fake = models.generator(o, p, data["z"])
            with tape_g.stop_recording(), tf.GradientTape() as tape_d:
                loss_d = models.loss_d(o, p, data["image"], tf.stop_gradient(fake))
            with tape_g.stop_recording():
                minimise("discriminator.", tape_d, loss_d)
            loss_g = models.loss_g(o, p, fake)
        minimise("generator.", tape_g, loss_g)
        return loss_d, loss_g

    compute = lib.function(both if dcgan else plain)

    def way(_=0):
        losses = compute(data)
        if lib.device == "cuda":
            tf.test.experimental.sync_devices()
        return losses

    def outputs():
        for k, a in first.items():
            p[k].assign(native(k, a))
        for opt in opts.values():
            for v in opt.variables:
                if "learning_rate" not in v.path:
                    v.assign(np.zeros(v.shape))
        losses = [[float(v) for v in way()]]
        out = {}
        for k, opt in opts.items():
            for name, m in zip(parts[k], opt._momentums):
                out["grad." + name] = harness(name, np.asarray(m) / (1 - beta1))
        losses += [[float(v) for v in way()] for _ in range(2)]
        return out | {"loss": np.array(losses[0]), "later": np.array(losses[1:]).ravel()}

    return Job({"": way}, outputs, close=p.clear)


def latency(lib, case, inputs):
    p = {k: tf.constant(native(k, a)) for k, a in models.parameters(inputs).items()}
    f = lib.function(lambda image, text: models.fusion(Ops(False), p, image, text))
    answer = lambda rows: f(tf.constant(inputs["image"][rows]), tf.constant(inputs["text"][rows])).numpy()
    return answers(case, answer, lambda: {"logits": answer(slice(0, 64))})


def checkpoint(lib, case, inputs):
    """tf.train.Checkpoint, which renames by itself, and to the disk as braid does it."""
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "model")
    state = {k: tf.Variable(a) for k, a in models.parameters(inputs).items()}
    file = tf.train.Checkpoint(**{k.replace(".", "_"): v for k, v in state.items()})

    def save(_=0):
        file.write(path)
        for name in path + ".data-00000-of-00001", path + ".index", folder.name:
            synced(name)

    def load(_=0):
        file.read(path).assert_consumed()

    def outputs():
        save()
        load()
        return {k: v.numpy() for k, v in state.items()}

    save()
    return Job({"": save if case["op"] == "save" else load}, outputs, close=folder.cleanup)


kinds = {"step": step, "latency": latency, "checkpoint": checkpoint}
