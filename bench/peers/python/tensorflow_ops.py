"""Single operations in TensorFlow, each a tf.function of its inputs."""

import numpy as np
import tensorflow as tf

from main import Job, dropped


def gemm(lib, case, inputs):
    return lib.job(case, inputs, ("a", "b"), {"": tf.linalg.matmul}, lambda c: {"c": c})


def hwio(w):
    """[out, h, w, in] as TensorFlow has it, and back."""
    return np.ascontiguousarray(w.transpose(1, 2, 3, 0))


def ohwi(w):
    return w.transpose(3, 0, 1, 2)


def padding(pad):
    return [[0, 0], [pad, pad], [pad, pad], [0, 0]]


def conv2d(lib, case, inputs):
    """A transposed convolution is the data gradient of one from its output to its input."""
    z = case["sizes"]
    transposed, s, pad = bool(z.get("transposed")), [1, z["stride"], z["stride"], 1], padding(z["pad"])
    x_shape, y_shape = (z["n"], z["h"], z["h"], z["c"]), (z["n"], z["out"], z["out"], z["k"])
    inner, outer = (z["k"], z["c"]) if transposed else (z["c"], z["k"])
    raw = dict(strides=s, padding="EXPLICIT", explicit_paddings=[v for p in pad for v in p])
    conv = lambda x, w: tf.raw_ops.Conv2D(input=x, filter=w, **raw)
    data = lambda dy, w, shape: tf.raw_ops.Conv2DBackpropInput(input_sizes=shape, filter=w, out_backprop=dy, **raw)
    weights = lambda x, dy: tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=(z["r"], z["r"], inner, outer), out_backprop=dy, **raw)
    if "w" in inputs:
        inputs = inputs | {"w": hwio(inputs["w"])}
    if case["pass"] == "forward":
        f = (lambda x, w: data(x, w, y_shape)) if transposed else conv
        return lib.job(case, inputs, ("x", "w"), {"": f}, lambda y: {"y": y})
    if case["pass"] == "data":
        f = conv if transposed else lambda dy, w: data(dy, w, x_shape)
        return lib.job(case, inputs, ("dy", "w"), {"": f}, lambda y: {"dx": y})
    f = (lambda x, dy: weights(dy, x)) if transposed else weights
    return lib.job(case, inputs, ("x", "dy"), {"": f}, lambda y: {"dw": ohwi(y.numpy())})


def with_gradients(f):
    """A function of inputs and dy that gives the result and the gradients of all inputs."""
    def both(*args):
        with tf.GradientTape() as tape:
            tape.watch(args[:-1])
            y = f(*args[:-1])
        return y, *tape.gradient(y, args[:-1], args[-1])
    return both


def maxpool(lib, case, inputs):
    f = with_gradients(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"))
    return lib.job(case, inputs, ("x", "dy"), {"": f}, lambda r: {"y": r[0], "dx": r[1]})


def batchnorm(lib, case, inputs):
    """Rows are pixels of 64 images of 32x32."""
    c = case["sizes"]["c"]
    inputs = {k: v.reshape(64, -1, 32, c) if v.ndim == 2 else v for k, v in inputs.items()}
    f = with_gradients(lambda x, g, b: tf.compat.v1.nn.fused_batch_norm(x, g, b, epsilon=1e-5, is_training=True)[0])
    rows = lambda t: t.numpy().reshape(-1, c)
    return lib.job(case, inputs, ("x", "gamma", "beta", "dy"), {"": f},
                   lambda r: {"y": rows(r[0]), "dx": rows(r[1]), "dgamma": r[2], "dbeta": r[3]})


def crossentropy(lib, case, inputs):
    def f(x, label):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(label, x))
        return loss, tape.gradient(loss, x)
    return lib.job(case, inputs, ("x", "label"), {"": f}, lambda r: {"loss": r[0].numpy().reshape(1), "dx": r[1]})


def unary(lib, case, inputs):
    return lib.job(case, inputs, ("x",), {"": getattr(tf.math, case["op"])}, lambda y: {"y": y})


def sum_(lib, case, inputs):
    return lib.job(case, inputs, ("x",), {"": lambda x: tf.reduce_sum(x, 1)}, lambda y: {"y": y})


def embedding(lib, case, inputs):
    """A gradient of the whole table, as the others give it."""
    rows = case["sizes"]["rows"]

    def f(table, ids, dy):
        return tf.gather(table, ids), tf.math.unsorted_segment_sum(dy, ids, rows)
    return lib.job(case, inputs, ("table", "ids", "dy"), {"": f}, lambda r: {"y": r[0], "dtable": r[1]})


def adam(lib, case, inputs):
    names, sets, one = ("p", "m", "v"), [], tf.constant(1.0)
    for _ in range(case["sets"]):
        sets.append([tf.Variable(inputs[k]) for k in names] + [tf.constant(inputs["g"])])

    def update(state, g):
        p, m, v = state
        tf.raw_ops.ResourceApplyAdam(var=p.handle, m=m.handle, v=v.handle, beta1_power=0.9 * one, beta2_power=0.999 * one,
                                     lr=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, grad=g)
    steps = [tf.function(lambda s=s: update(s[:3], s[3]), jit_compile=lib.xla) for s in sets]

    def outputs():
        for t, k in zip(sets[0], names):
            t.assign(inputs[k])
        steps[0]()
        return {k: t.numpy() for k, t in zip(names, sets[0])}
    return Job({"": lambda i: steps[i]()}, outputs, case["sets"], sets.clear)


def dropout(lib, case, inputs):
    f = with_gradients(lambda x: tf.nn.dropout(x, 0.5))
    return lib.job(case, inputs, ("x", "dy"), {"": f}, lambda r: dropped(r[0].numpy(), r[1].numpy(), inputs))


def states(x, wih, whh, b, lengths, loop):
    """All states [n, t, hidden], and the last of each row; in a loop of TensorFlow's or unrolled."""
    z = tf.unstack(x @ tf.transpose(wih) + b, axis=1) if not loop else tf.transpose(x @ tf.transpose(wih) + b, (1, 0, 2))
    wt = tf.transpose(whh)

    def step(h, zt, t):
        new = tf.tanh(zt + h @ wt)
        return new if lengths is None else tf.where((t < lengths)[:, None], new, h)

    h = tf.zeros((x.shape[0], whh.shape[0]), x.dtype)
    if loop:
        all_ = tf.scan(lambda h, e: step(h, *e), (z, tf.range(x.shape[1])), h)
        return tf.transpose(all_, (1, 0, 2)), all_[-1]
    out = []
    for t, zt in enumerate(z):
        h = step(h, zt, t)
        out.append(h)
    return tf.stack(out, 1), h


def rnn(lib, case, inputs):
    ragged = "lengths" in inputs
    lengths = tf.constant(inputs["lengths"]) if ragged else None
    names = ("x", "wih", "whh", "b", "dlast" if ragged else "dh")
    ways = {n: with_gradients(lambda *a, loop=loop: states(*a, lengths, loop)[ragged]) for n, loop in (("unrolled", False), ("loop", True))}
    out = ("last" if ragged else "h", "dx", "dwih", "dwhh", "db")
    return lib.job(case, inputs, names, ways, lambda r: dict(zip(out, r)))


kinds = {"gemm": gemm, "conv2d": conv2d, "maxpool": maxpool, "batchnorm": batchnorm, "crossentropy": crossentropy, "unary": unary,
         "sum": sum_, "embedding": embedding, "adam": adam, "dropout": dropout, "rnn": rnn}
