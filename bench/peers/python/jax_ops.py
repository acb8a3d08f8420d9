"""Single operations in JAX, each a jitted function of its inputs."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from main import dropped

NHWC = ("NHWC", "OHWI", "NHWC")


def gemm(lib, case, inputs):
    return lib.job(case, inputs, ("a", "b"), {"": jnp.matmul}, lambda c: {"c": c})


def convolve(x, w, stride, pad):
    return lax.conv_general_dilated(x, w, (stride, stride), ((pad, pad), (pad, pad)), dimension_numbers=NHWC)


def conv2d(lib, case, inputs):
    """A transposed convolution is the data gradient of one from its output to its input."""
    z = case["sizes"]
    transposed, stride, pad = bool(z.get("transposed")), z["stride"], z["pad"]
    x_shape, y_shape = (z["n"], z["h"], z["h"], z["c"]), (z["n"], z["out"], z["out"], z["k"])
    w_shape = (z["c"] if transposed else z["k"], z["r"], z["r"], z["k"] if transposed else z["c"])
    conv = lambda x, w: convolve(x, w, stride, pad)
    data = lambda dy, w, shape: jax.linear_transpose(lambda x: conv(x, w), jax.ShapeDtypeStruct(shape, dy.dtype))(dy)[0]
    weights = lambda x, dy: jax.linear_transpose(lambda w: conv(x, w), jax.ShapeDtypeStruct(w_shape, dy.dtype))(dy)[0]
    if case["pass"] == "forward":
        f = (lambda x, w: data(x, w, y_shape)) if transposed else conv
        return lib.job(case, inputs, ("x", "w"), {"": f}, lambda y: {"y": y})
    if case["pass"] == "data":
        f = conv if transposed else lambda dy, w: data(dy, w, x_shape)
        return lib.job(case, inputs, ("dy", "w"), {"": f}, lambda y: {"dx": y})
    f = (lambda x, dy: weights(dy, x)) if transposed else weights
    return lib.job(case, inputs, ("x", "dy"), {"": f}, lambda y: {"dw": y})


def pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def pool_by_shape(x):
    """The same by a reshape, which XLA does better on CPUs; its gradient shares among equal maxima."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def with_gradients(f):
    """A function of inputs and dy that gives the result and the gradients of all inputs."""
    def both(*args):
        y, back = jax.vjp(f, *args[:-1])
        return y, *back(args[-1])
    return both


def maxpool(lib, case, inputs):
    ways = {"reduce_window": with_gradients(pool), "reshape": with_gradients(pool_by_shape)}
    return lib.job(case, inputs, ("x", "dy"), ways, lambda r: {"y": r[0], "dx": r[1]})


def normalise(x, gamma, beta):
    axes = tuple(range(x.ndim - 1))
    mean = x.mean(axes)
    var = jnp.square(x - mean).mean(axes)
    return (x - mean) * (lax.rsqrt(var + 1e-5) * gamma) + beta, mean, var


def batchnorm(lib, case, inputs):
    f = with_gradients(lambda x, gamma, beta: normalise(x, gamma, beta)[0])
    return lib.job(case, inputs, ("x", "gamma", "beta", "dy"), {"": f}, lambda r: dict(zip(("y", "dx", "dgamma", "dbeta"), r)))


def cross_entropy(x, label):
    return -jnp.take_along_axis(jax.nn.log_softmax(x), label[:, None], 1).mean()


def crossentropy(lib, case, inputs):
    return lib.job(case, inputs, ("x", "label"), {"": jax.value_and_grad(cross_entropy)}, lambda r: {"loss": r[0].reshape(1), "dx": r[1]})


def unary(lib, case, inputs):
    f = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "exp": jnp.exp}[case["op"]]
    return lib.job(case, inputs, ("x",), {"": f}, lambda y: {"y": y})


def sum_(lib, case, inputs):
    return lib.job(case, inputs, ("x",), {"": lambda x: x.sum(1)}, lambda y: {"y": y})


def embedding(lib, case, inputs):
    def f(table, ids, dy):
        y, back = jax.vjp(lambda t: t[ids], table)
        return y, back(dy)[0]
    return lib.job(case, inputs, ("table", "ids", "dy"), {"": f}, lambda r: {"y": r[0], "dtable": r[1]})


def adam_step(p, g, m, v, count, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    return p - lr * (m / (1 - b1**count)) / (jnp.sqrt(v / (1 - b2**count)) + eps), m, v


def adam(lib, case, inputs):
    """Updates give their buffers away, as in a training loop."""
    step = jax.jit(lambda p, m, v, g, count: adam_step(p, g, m, v, count), donate_argnums=(0, 1, 2))
    names = ("p", "m", "v")
    fresh = lambda: [jnp.array(inputs[k]) for k in names]
    g, one, state = [jnp.array(inputs["g"]) for _ in range(case["sets"])], jnp.float32(1), [fresh() for _ in range(case["sets"])]

    def call(i):
        state[i] = jax.block_until_ready(step(*state[i], g[i], one))

    from main import Job
    return Job({"": call}, lambda: dict(zip(names, map(np.asarray, step(*fresh(), g[0], one)))), case["sets"], state.clear)


def dropout(lib, case, inputs):
    keys = iter(range(1 << 60))

    def f(x, dy, key):
        keep = jax.random.bernoulli(key, 0.5, x.shape)
        return jnp.where(keep, 2 * x, 0), jnp.where(keep, 2 * dy, 0)

    fresh = lambda: jax.random.key(next(keys))
    return lib.job(case, inputs, ("x", "dy"), {"": f}, lambda r: dropped(np.asarray(r[0]), np.asarray(r[1]), inputs), fresh)


def scan(x, wih, whh, b, lengths, unroll):
    """All states [n, t, hidden], and the last of each row."""
    z = jnp.swapaxes(x @ wih.T + b, 0, 1)

    def step(h, zt):
        t, zt = zt
        new = jnp.tanh(zt + h @ whh.T)
        if lengths is not None:
            new = jnp.where((t < lengths)[:, None], new, h)
        return new, new

    last, h = lax.scan(step, jnp.zeros((x.shape[0], whh.shape[0]), x.dtype), (jnp.arange(z.shape[0]), z), unroll=unroll)
    return jnp.swapaxes(h, 0, 1), last


def rnn(lib, case, inputs):
    ragged = "lengths" in inputs
    lengths = jnp.array(inputs["lengths"]) if ragged else None
    names = ("x", "wih", "whh", "b", "dlast" if ragged else "dh")
    ways = {f"unroll {u}": with_gradients(lambda *a, u=u: scan(*a, lengths, u)[ragged]) for u in (1, 4, 20)}
    out = ("last" if ragged else "h", "dx", "dwih", "dwhh", "db")
    return lib.job(case, inputs, names, ways, lambda r: dict(zip(out, r)))


kinds = {"gemm": gemm, "conv2d": conv2d, "maxpool": maxpool, "batchnorm": batchnorm, "crossentropy": crossentropy, "unary": unary,
         "sum": sum_, "embedding": embedding, "adam": adam, "dropout": dropout, "rnn": rnn}
