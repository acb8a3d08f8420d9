"""Writes the golden files: what PyTorch computes for small layers, models and optimisers.

Each case holds float32 inputs and first parameters, and float64 results: outputs, the gradients of all parameters and
real inputs, the losses of ten steps, the parameters after them, and the outputs of an inference pass then. Every number
that enters is exact in float32, so braid starts from the same point in either precision. See README.md.
"""
import numpy as np
import torch
import torch.nn.functional as F

from family import (LR, Family, batch_norm, conv, conv_transpose, cross_entropy, f32, linear, nchw, nhwc, rnn, squared,
                    tensors)


def convolutions():
    f = Family("conv", 1)
    cases = {
        # name: kernel height and width, options
        "plain": (3, 3, {}),
        "same": (3, 3, dict(padding=1)),
        "one_pixel": (1, 1, {}),
        "stride": (3, 3, dict(stride=2, padding=1)),
        "stride_rest": (3, 3, dict(stride=3)),
        "dilation": (3, 3, dict(dilation=2, padding=2)),
        "directions": (2, 3, dict(stride=(1, 2), padding=(1, 0), dilation=(2, 1))),
        "wide": (5, 5, dict(padding=2, stride=2)),
    }
    for name, (r, s, options) in cases.items():
        x = f.normal(3, 7, 8, 3)
        p = {"weight": f.weight(4, r, s, 3), "bias": f.normal(4)}
        shape = conv(torch.tensor(x), torch.tensor(p["weight"]), None, **options).shape
        f.case(name, {"x": x, "target": f.normal(*shape)}, p,
               lambda p, x, s, train, o=options: conv(x["x"], p["weight"], p["bias"], **o), squared)
    cases = {
        "transposed": (3, 3, {}),
        "transposed_doubles": (4, 4, dict(stride=2, padding=1)),
        "transposed_out_pad": (3, 3, dict(stride=2, padding=1, output_padding=1)),
        "transposed_gaps": (2, 2, dict(stride=3)),
        "transposed_dilation": (3, 2, dict(dilation=2, padding=1)),
        "transposed_directions": (2, 3, dict(stride=(2, 1), padding=(0, 1), output_padding=(1, 0))),
    }
    for name, (r, s, options) in cases.items():
        x = f.normal(3, 4, 3, 3)
        p = {"weight": f.weight(3, r, s, 4), "bias": f.normal(4)}
        shape = conv_transpose(torch.tensor(x), torch.tensor(p["weight"]), None, **options).shape
        f.case(name, {"x": x, "target": f.normal(*shape)}, p,
               lambda p, x, s, train, o=options: conv_transpose(x["x"], p["weight"], p["bias"], **o), squared)
    f.write()


def pools():
    f = Family("pool", 2)
    cases = {
        "max": lambda y: F.max_pool2d(y, 2),
        "max_overlap": lambda y: F.max_pool2d(y, 3, 2, 1),
        "average": lambda y: F.avg_pool2d(y, 2),
        "average_overlap": lambda y: F.avg_pool2d(y, 3, 2, 1),
        "global": lambda y: F.adaptive_avg_pool2d(y, 1),
        "upsample": lambda y: F.interpolate(y, scale_factor=2, mode="nearest"),
    }
    for name, pool in cases.items():
        x = f.normal(2, 7, 6, 2)
        p = {"weight": f.weight(3, 2, 2, 2), "bias": f.normal(3)}

        def forward(p, x, s, train, pool=pool):
            return nhwc(pool(nchw(conv(x["x"], p["weight"], p["bias"]))))
        shape = forward(tensors(p), tensors({"x": x}), None, True).shape
        f.case(name, {"x": x, "target": f.normal(*shape)}, p, forward, squared)
    f.write()


def activations():
    f = Family("activation", 3)
    cases = {
        "relu": F.relu, "leaky_relu": lambda y: F.leaky_relu(y, 0.2), "tanh": torch.tanh, "sigmoid": torch.sigmoid,
        "softplus": F.softplus, "gelu": F.gelu, "silu": F.silu, "elu": lambda y: F.elu(y, f32(0.7)),
        "softmax": lambda y: F.softmax(y, -1), "log_softmax": lambda y: F.log_softmax(y, 1),
        "var": lambda y: torch.var(y, 1, keepdim=True).expand_as(y),
    }
    for name, act in cases.items():
        f.case(name, {"x": f.normal(6, 5), "target": f.normal(6, 4)}, {"weight": f.weight(4, 5), "bias": f.normal(4)},
               lambda p, x, s, train, act=act: act(F.linear(x["x"], p["weight"], p["bias"])), squared)
    f.write()


def recurrences():
    f = Family("rnn", 4)
    n, time, width, hidden = 5, 6, 3, 4
    for name in "plain", "start", "lengths", "start_lengths":
        x = {"x": f.normal(n, time, width), "target": f.normal(n, time + 1, hidden)}
        if "start" in name:
            x["h0"] = np.tanh(f.normal(n, hidden))
        if "lengths" in name:
            x["lengths"] = np.array([6, 1, 4, 2, 6], np.int32)
            x["mask"] = (np.arange(time) < x["lengths"][:, None]).astype(np.float32)[:, :, None]
        p = {"weight_ih": f.weight(hidden, width), "weight_hh": f.weight(hidden, hidden), "bias": f.normal(hidden)}

        def forward(p, x, s, train):
            states, last = rnn(x["x"], p, x.get("h0"), x.get("lengths"))
            if "mask" in x:  # braid repeats the last state there, torch has zeros
                states = states * x["mask"]
            return torch.cat([states, last[:, None]], 1)
        f.case(name, x, p, forward, squared)
    f.write()


def norms():
    f = Family("norm", 5)
    for name, shape in {"batch": (6, 4), "batch_maps": (4, 3, 2, 4), "batch_sequence": (3, 5, 4)}.items():
        p = {"weight": 1 + f.normal(4, scale=0.3), "bias": f.normal(4)}
        state = {"mean": f.normal(4), "var": np.exp(f.normal(4))}
        f.case(name, {"x": f.normal(*shape) * 2 + 1, "target": f.normal(*shape)}, p,
               lambda p, x, s, train: batch_norm(x["x"], p, s, train), squared, state)
    for name, shape in {"layer": (6, 7), "layer_sequence": (3, 4, 7)}.items():
        p = {"weight": 1 + f.normal(7, scale=0.3), "bias": f.normal(7)}
        f.case(name, {"x": f.normal(*shape) * 2 + 1, "target": f.normal(*shape)}, p,
               lambda p, x, s, train: F.layer_norm(x["x"], (7,), p["weight"], p["bias"], f32(1e-5)), squared)
    f.write()


def losses():
    f = Family("loss", 6)
    weight = np.array([1, 2, 0.5, 3], np.float32)

    def classify(**options):
        return lambda out, x: F.cross_entropy(out, x["label"].long(), **options)
    weights = torch.tensor(weight.astype(np.float64))
    cases = {
        "cross_entropy": classify(), "cross_entropy_weight": classify(weight=weights),
        "cross_entropy_smoothing": classify(label_smoothing=f32(0.1)),
        "cross_entropy_both": classify(weight=weights, label_smoothing=f32(0.2)),
        "bce": lambda out, x: F.binary_cross_entropy_with_logits(out, x["target"]),
        "mse": squared, "mae": lambda out, x: F.l1_loss(out, x["target"]),
        "huber": lambda out, x: F.huber_loss(out, x["target"], delta=0.5),
    }
    for name, loss in cases.items():
        x = {"x": f.normal(8, 5)}
        if name.startswith("cross"):
            x["label"] = f.rng.integers(0, 4, 8).astype(np.int32)
        elif name == "bce":
            x["target"] = f.rng.random((8, 4)).astype(np.float32)
        else:
            x["target"] = f.normal(8, 4)
        f.case(name, x, f.dense("dense", 5, 4),
               lambda p, x, s, train: F.linear(x["x"], p["dense.weight"], p["dense.bias"]), loss)
    f.write()


def focal_losses():
    f = Family("focal", 11)
    weight = np.array([1, 2, 0.5, 3], np.float32)
    w = torch.tensor(weight.astype(np.float64))

    def classes(gamma, weight=None, smoothing=0.0):
        def loss(out, x):
            label, s = x["label"].long(), f32(smoothing)
            q = F.one_hot(label, 4) * (1 - s) + s / 4
            v = torch.ones(4) if weight is None else weight
            log_p = F.log_softmax(out, 1)
            return -(q * v * (1 - log_p.exp()) ** gamma * log_p).sum() / v[label].sum()
        return loss

    def labels(gamma, positive, smoothing=0.0):
        def loss(out, x):
            y = x["target"] * (1 - f32(smoothing)) + f32(smoothing) / 2
            p = torch.sigmoid(out)
            hit, miss = (1 - p) ** gamma * F.logsigmoid(out), p**gamma * F.logsigmoid(-out)
            return -(y * positive * hit + (1 - y) * miss).mean()
        return loss
    cases = {
        "classes": classes(2), "classes_both": classes(1.5, w, 0.2),
        "labels_weight": lambda out, x: F.binary_cross_entropy_with_logits(out, x["target"], pos_weight=w),
        "labels": labels(2, torch.ones(4)), "labels_both": labels(1.5, w, 0.1),
    }
    for name, loss in cases.items():
        x = {"x": f.normal(8, 5)}
        if name.startswith("classes"):
            x["label"] = f.rng.integers(0, 4, 8).astype(np.int32)
        else:
            x["target"] = f.rng.integers(0, 2, (8, 4)).astype(np.float32)
        f.case(name, x, f.dense("dense", 5, 4),
               lambda p, x, s, train: F.linear(x["x"], p["dense.weight"], p["dense.bias"]), loss)
    f.write()


def merges():
    f = Family("merge", 7)
    n, a, b, width, out, rank, classes = 6, 5, 7, 4, 6, 3, 3

    def gated(p, l, r):
        g = torch.sigmoid(linear(p, "merge.gate", torch.cat([l, r], 1)))
        return g * torch.tanh(linear(p, "merge.a", l)) + (1 - g) * torch.tanh(linear(p, "merge.b", r))

    def bilinear(p, l, r):
        return (linear(p, "merge.a", l) * linear(p, "merge.b", r)).reshape(n, out, rank).sum(2)
    cases = {
        "concat": (lambda p, l, r: torch.cat([l, r], 1), 2 * width, {}),
        "add": (lambda p, l, r: l + r, width, {}),
        "multiply": (lambda p, l, r: l * r, width, {}),
        "gated": (gated, out, f.dense("merge.a", width, out) | f.dense("merge.b", width, out) |
                  f.dense("merge.gate", 2 * width, out)),
        "bilinear": (bilinear, out, f.dense("merge.a", width, out * rank) | f.dense("merge.b", width, out * rank)),
    }
    for name, (merge, merged, extra) in cases.items():
        x = {"a": f.normal(n, a), "b": f.normal(n, b), "label": f.rng.integers(0, classes, n).astype(np.int32)}
        p = f.dense("left", a, width) | f.dense("right", b, width) | extra | f.dense("head", merged, classes)

        def forward(p, x, s, train, merge=merge):
            return linear(p, "head", merge(p, linear(p, "left", x["a"]), linear(p, "right", x["b"])))
        f.case(name, x, p, forward, cross_entropy)
    f.write()


def optimisers():
    f = Family("optim", 8)

    def by_norm(limit):
        return lambda params: torch.nn.utils.clip_grad_norm_(params, limit)

    def by_value(limit):
        return lambda params: torch.nn.utils.clip_grad_value_(params, limit)

    def norm_then_value(params):
        by_norm(0.5)(params)
        by_value(0.1)(params)
    o, lr = torch.optim, LR
    cases = {
        "sgd": (lambda g: o.SGD(g, lr), None),
        "sgd_momentum": (lambda g: o.SGD(g, lr, momentum=0.9), None),
        "sgd_nesterov": (lambda g: o.SGD(g, lr, momentum=0.9, nesterov=True, weight_decay=0.05), None),
        "sgd_decay": (lambda g: o.SGD(g, lr, weight_decay=0.1), None),
        "adam": (lambda g: o.Adam(g, lr), None),
        "adam_l2": (lambda g: o.Adam(g, lr, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1), None),
        "adamw": (lambda g: o.AdamW(g, lr, weight_decay=0.1), None),
        "rmsprop": (lambda g: o.RMSprop(g, lr), None),
        "rmsprop_momentum": (lambda g: o.RMSprop(g, lr, alpha=0.9, eps=1e-6, momentum=0.5, weight_decay=0.1), None),
        "clip_norm": (lambda g: o.SGD(g, lr, momentum=0.9), by_norm(0.5)),
        "clip_norm_idle": (lambda g: o.SGD(g, lr, momentum=0.9), by_norm(1e4)),
        "clip_value": (lambda g: o.AdamW(g, lr, weight_decay=0.1), by_value(0.2)),
        "clip_both": (lambda g: o.RMSprop(g, lr), norm_then_value),
    }
    for name, (make, clip) in cases.items():
        f.case(name, {"x": f.normal(6, 5), "target": 3 * f.normal(6, 4)}, f.dense("dense", 5, 4),
               lambda p, x, s, train: torch.tanh(linear(p, "dense", x["x"])), squared, optimizer=make, clip=clip)
    f.write()


def listing():
    """The Keras listing at a reduced size: 12x12x3 through conv 4 and 6, a vector of 20 through Dense 16 and 8."""
    f = Family("listing", 9)
    x = {"image": f.normal(5, 12, 12, 3), "text": f.normal(5, 20), "label": f.rng.integers(0, 10, 5).astype(np.int32)}
    p = {"image.0.weight": f.weight(4, 3, 3, 3), "image.0.bias": f.normal(4, scale=0.3),
         "image.2.weight": f.weight(6, 3, 3, 4), "image.2.bias": f.normal(6, scale=0.3)}
    p |= f.dense("text.0", 20, 16) | f.dense("text.2", 16, 8) | f.dense("head", 4 * 4 * 6 + 8, 10)

    def forward(p, x, s, train):
        y = F.relu(conv(x["image"], p["image.0.weight"], p["image.0.bias"]))
        y = F.relu(conv(y, p["image.2.weight"], p["image.2.bias"]))
        y = nhwc(F.max_pool2d(nchw(y), 2)).flatten(1)
        t = F.relu(linear(p, "text.2", F.relu(linear(p, "text.0", x["text"]))))
        return linear(p, "head", torch.cat([y, t], 1))
    f.case("listing", x, p, forward, cross_entropy)
    f.write()


def fusion():
    """models.NewFusion at a small size: its default structure, and one with every other choice."""
    f = Family("fusion", 10)
    n, time, vocab, classes = 6, 7, 11, 4
    widths, embed, hidden, features, head = (4, 6, 8), 5, 6, 6, 7
    lengths = np.array([7, 3, 1, 5, 7, 2])
    text = np.where(np.arange(time) < lengths[:, None], f.rng.integers(1, vocab, (n, time)), 0).astype(np.int32)
    table = f.normal(vocab, embed)
    table[0] = 0  # token 0 is padding
    inputs = {"image": f.rng.integers(0, 256, (n, 16, 16, 3)).astype(np.uint8), "text": text,
              "label": f.rng.integers(0, classes, n).astype(np.int32)}

    def embedded(p, ids):
        return F.embedding(ids.long(), p["text.embedding.weight"], padding_idx=0)

    p, state = {}, {}
    for i, (a, b) in enumerate(zip((3, *widths), widths)):
        p[f"image.{4*i}.weight"] = f.weight(b, 3, 3, a)
        p |= {f"image.{4*i+1}.weight": 1 + f.normal(b, scale=0.3), f"image.{4*i+1}.bias": f.normal(b, scale=0.3)}
        state |= {f"image.{4*i+1}.mean": np.zeros(b, np.float32), f"image.{4*i+1}.var": np.ones(b, np.float32)}
    p |= f.dense("image.13", widths[-1], features)
    p |= {"text.embedding.weight": table, "text.rnn.0.weight_ih": f.weight(hidden, embed),
          "text.rnn.0.weight_hh": f.weight(hidden, hidden), "text.rnn.0.bias": f.normal(hidden)}
    p |= f.dense("text.out", hidden, features) | f.dense("head.0", features, head) | f.dense("head.2", head, classes)

    def default(p, x, s, train):
        y = x["image"].double() / 255
        for i in range(len(widths)):
            y = conv(y, p[f"image.{4*i}.weight"], None, padding=1)
            y = nhwc(F.max_pool2d(nchw(F.relu(batch_norm(y, p, s, train, f"image.{4*i+1}."))), 2))
        y = linear(p, "image.13", y.mean((1, 2)))
        _, last = rnn(embedded(p, x["text"]), p, lengths=torch.tensor(lengths), name="text.rnn.0.")
        y = y * linear(p, "text.out", last)
        return linear(p, "head.2", F.relu(linear(p, "head.0", y)))
    f.case("rnn_multiply", inputs, p, default, cross_entropy, state)

    p = {"image.0.weight": f.weight(4, 3, 3, 3), "image.0.bias": f.normal(4, scale=0.3),
         "image.3.weight": f.weight(3, 3, 3, 4), "image.3.bias": f.normal(3, scale=0.3), "text.embedding.weight": table}
    p |= f.dense("image.7", 4 * 4 * 3, features) | f.dense("text.out.0", embed, hidden)
    p |= f.dense("text.out.2", hidden, features)
    p |= f.dense("merge.a", features, features) | f.dense("merge.b", features, features)
    p |= f.dense("merge.gate", 2 * features, features) | f.dense("head.0", features, classes)

    def other(p, x, s, train):
        y = x["image"].double() / 255
        for i in 0, 3:
            y = F.relu(conv(y, p[f"image.{i}.weight"], p[f"image.{i}.bias"], padding=1))
            y = nhwc(F.max_pool2d(nchw(y), 2))
        a = linear(p, "image.7", y.flatten(1))
        b = embedded(p, x["text"]).sum(1) / torch.tensor(lengths)[:, None]
        b = linear(p, "text.out.2", F.relu(linear(p, "text.out.0", b)))
        g = torch.sigmoid(linear(p, "merge.gate", torch.cat([a, b], 1)))
        return linear(p, "head.0", g * torch.tanh(linear(p, "merge.a", a)) + (1 - g) * torch.tanh(linear(p, "merge.b", b)))
    f.case("bag_gated", inputs, p, other, cross_entropy)
    f.write()


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for family in (convolutions, pools, activations, recurrences, norms, losses, focal_losses, merges, optimisers,
                   listing, fusion):
        family()
