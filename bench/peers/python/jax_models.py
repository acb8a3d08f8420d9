"""Training steps, answers and checkpoints in JAX."""

import os
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from safetensors.numpy import load_file, save_file

import models
from jax_ops import adam_step, convolve, cross_entropy, normalise, pool, pool_by_shape, scan
from main import Job, answers, replaced


class Ops:
    """The operations of models.py. Running statistics go into state, for a function cannot change its arguments."""

    def __init__(self, pooling=pool, train=True):
        self.pool, self.train, self.state = pooling, train, {}

    relu, tanh, softplus, mean = map(staticmethod, (jax.nn.relu, jnp.tanh, jax.nn.softplus, jnp.mean))
    cross_entropy = staticmethod(cross_entropy)

    def bce(self, logits, target):
        return (jnp.maximum(logits, 0) - logits * target + jnp.log1p(jnp.exp(-jnp.abs(logits)))).mean()

    def leaky(self, x):
        return jax.nn.leaky_relu(x, 0.2)

    def bias(self, y, p, name):
        return y + p[name + ".bias"] if name + ".bias" in p else y

    def conv(self, x, p, name, stride=1, pad=0):
        return self.bias(convolve(x, p[name + ".weight"], stride, pad), p, name)

    def conv_transpose(self, x, p, name, stride=1, pad=0):
        w = p[name + ".weight"]
        n, h, _, _ = x.shape
        side = (h - 1) * stride - 2 * pad + w.shape[1]
        of = jax.ShapeDtypeStruct((n, side, side, w.shape[3]), x.dtype)
        return self.bias(jax.linear_transpose(lambda y: convolve(y, w, stride, pad), of)(x)[0], p, name)

    def norm(self, x, p, name):
        gamma, beta, mean, var = (p[f"{name}.{k}"] for k in ("weight", "bias", "mean", "var"))
        if not self.train:
            return (x - mean) * (lax.rsqrt(var + 1e-5) * gamma) + beta
        y, m, v = normalise(x, gamma, beta)
        n = x.size // x.shape[-1]
        mean, var = self.state.get(name + ".mean", mean), self.state.get(name + ".var", var)
        self.state[name + ".mean"] = lax.stop_gradient(mean + 0.1 * (m - mean))
        self.state[name + ".var"] = lax.stop_gradient(var + 0.1 * (v * (n / (n - 1)) - var))
        return y

    def multiply(self, x, y):
        return x * y

    def pixels(self, x):
        return x.mean((1, 2))

    def dense(self, x, p, name):
        return self.bias(x @ p[name + ".weight"].T, p, name)

    def flatten(self, x):
        return x.reshape(len(x), -1)

    def unflatten(self, x, side, channels):
        return x.reshape(-1, side, side, channels)

    def concat(self, *xs):
        return jnp.concatenate(xs, 1)

    def embed(self, ids, table):
        return table[ids] * (ids != 0)[..., None]

    def rnn(self, x, p, name, ids):
        return scan(x, p[name + ".weight_ih"], p[name + ".weight_hh"], p[name + ".bias"], (ids != 0).sum(1), x.shape[1])[1]


def updated(p, prefix, grads, moments, count, **adam):
    """Adam on the parameters of a part."""
    new, out = dict(p), {}
    for k, g in grads.items():
        new[k], m, v = adam_step(p[k], g, *moments[k], count, **adam)
        out[k] = m, v
    return new, moments | out


def make_step(op, pooling):
    """(parameters, moments, count, data) -> the same after a step, and the losses."""
    def one(f, p, part, *rest):
        """f's value and gradients with respect to a part, and the running statistics."""
        o = Ops(pooling)

        def g(part):
            o.state = {}
            y = f(o, p | part, *rest)
            return y, o.state
        (loss, state), grads = jax.value_and_grad(g, has_aux=True)(part)
        return loss, grads, p | state

    def plain(p, moments, count, data):
        loss, grads, p = one(lambda o, q: models.loss(o, op, q, data), p, models.part(p, ""))
        p, moments = updated(p, "", grads, moments, count)
        return p, moments, count + 1, (loss,)

    def dcgan(p, moments, count, data):
        d, g = models.part(p, "discriminator."), models.part(p, "generator.")
        o = Ops(pooling)

        def drawn(part):
            o.state = {}
            return models.generator(o, p | part, data["z"]), o.state
        fake, back, state = jax.vjp(drawn, g, has_aux=True)
        p = p | state
        loss_d, grads, p = one(lambda o, q: models.loss_d(o, q, data["image"], fake), p, d)
        options = dict(lr=2e-4, b1=0.5)
        p, moments = updated(p, "", grads, moments, count, **options)
        o = Ops(pooling)

        def judged(fake):
            o.state = {}
            return models.loss_g(o, p, fake), o.state
        loss_g, to_fake, state = jax.vjp(judged, fake, has_aux=True)
        grads = back(to_fake(jnp.ones_like(loss_g))[0])[0]
        p, moments = updated(p | state, "", grads, moments, count, **options)
        return p, moments, count + 1, (loss_d, loss_g)

    return jax.jit(dcgan if op == "dcgan" else plain, donate_argnums=(0, 1))


def step(lib, case, inputs):
    first, op = models.parameters(inputs), case["op"]
    data = {k: lib.array(inputs[k]) if lib.device == "cpu" else inputs[k] for k in ("image", "text", "label", "z") if k in inputs}
    states = {}

    def fresh():
        p = {k: jnp.array(a) for k, a in first.items()}
        return p, {k: (jnp.zeros_like(v), jnp.zeros_like(v)) for k, v in p.items() if models.trained(k)}, jnp.float32(1)

    def make(name, pooling):
        f = make_step(op, pooling)

        def way(_=0):
            if name not in states:
                states[name] = fresh()
            *states[name], losses = jax.block_until_ready(f(*states[name], data))
            return losses
        return way

    ways = {"": make("", pool)} if op not in ("listing", "fusion") else {n: make(n, f) for n, f in (("reshape", pool_by_shape), ("reduce_window", pool))}
    if case.get("pass") == "start":
        ways = dict(list(ways.items())[:1])

    def outputs():
        name, way = next(iter(job.ways.items()))
        states.clear()
        losses = [way()]
        scale = 1 - (0.5 if op == "dcgan" else 0.9)
        out = {"grad." + k: np.asarray(m) / scale for k, (m, _) in states[name][1].items()}
        losses += [way(), way()]
        return out | {"loss": np.array(losses[0]), "later": np.array(losses[1:]).ravel()}

    job = Job(ways, outputs, close=states.clear)
    return job


def latency(lib, case, inputs):
    p = {k: lib.array(a) for k, a in models.parameters(inputs).items()}
    f = jax.jit(lambda p, image, text: models.fusion(Ops(train=False), p, image, text))
    answer = lambda rows: np.asarray(f(p, inputs["image"][rows], inputs["text"][rows]))
    return answers(case, answer, lambda: {"logits": answer(slice(0, 64))})


def checkpoint(lib, case, inputs):
    """safetensors, for JAX has no files of its own; to the disk as braid does it."""
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "model.safetensors")
    state = {k: jnp.array(a) for k, a in models.parameters(inputs).items()}

    def save(_=0):
        replaced(path, lambda name: save_file({k: np.asarray(v) for k, v in state.items()}, name))

    def load(_=0):
        state.update({k: jnp.array(v) for k, v in load_file(path).items()})
        jax.block_until_ready(state)

    def outputs():
        save()
        load()
        return state

    save()
    return Job({"": save if case["op"] == "save" else load}, outputs, close=folder.cleanup)


kinds = {"step": step, "latency": latency, "checkpoint": checkpoint}
