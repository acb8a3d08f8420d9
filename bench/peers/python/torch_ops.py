"""Single operations in PyTorch."""

import torch
import torch.nn.functional as F

from main import dropped

LAST = torch.channels_last


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


def maxpool(lib, case, inputs):
    def way(layout):
        sets = [tuple(t.permute(0, 3, 1, 2).contiguous(memory_format=layout) for t in s) for s in lib.sets(case, inputs, "x", "dy")]

        def call(i):
            x, dy = sets[i]
            x = x.detach().requires_grad_()
            y = F.max_pool2d(x, 2)
            return y, torch.autograd.grad(y, x, dy)[0]
        return call

    ways = {"channels_last": way(LAST), "NCHW": way(torch.contiguous_format)}
    return lib.job(case, ways, lambda r: {"y": r[0].permute(0, 2, 3, 1), "dx": r[1].permute(0, 2, 3, 1)})


def batchnorm(lib, case, inputs):
    """Rows are pixels of 64 images of 32x32."""
    names, c = ("x", "gamma", "beta", "dy"), case["sizes"]["c"]
    image = lambda t, layout: t.view(64, -1, 32, c).permute(0, 3, 1, 2).contiguous(memory_format=layout)

    def way(layout):
        sets = [(image(x, layout), g, b, image(dy, layout)) for x, g, b, dy in lib.sets(case, inputs, *names)]

        def call(i):
            x, g, b, dy = sets[i]
            xs = [t.detach().requires_grad_() for t in (x, g, b)]
            y = F.batch_norm(xs[0], None, None, xs[1], xs[2], True, 0.1, 1e-5)
            return y, *torch.autograd.grad(y, xs, dy)
        return call

    rows = lambda t: t.permute(0, 2, 3, 1).reshape(-1, c)
    ways = {"channels_last": way(LAST), "NCHW": way(torch.contiguous_format)}
    return lib.job(case, ways, lambda r: {"y": rows(r[0]), "dx": rows(r[1]), "dgamma": r[2], "dbeta": r[3]})


def crossentropy(lib, case, inputs):
    sets = [(x, label.long()) for x, label in lib.sets(case, inputs, "x", "label")]

    def call(i):
        x, label = sets[i]
        x = x.detach().requires_grad_()
        loss = F.cross_entropy(x, label)
        return loss, torch.autograd.grad(loss, x)[0]
    return lib.job(case, {"": call}, lambda r: {"loss": r[0].reshape(1), "dx": r[1]})


def unary(lib, case, inputs):
    f, sets = getattr(torch, case["op"]), lib.sets(case, inputs, "x")
    into = [torch.empty_like(x) for x, in sets]
    return lib.job(case, {"": lambda i: f(sets[i][0], out=into[i])}, lambda y: {"y": y})


def sum_(lib, case, inputs):
    sets = lib.sets(case, inputs, "x")
    return lib.job(case, {"": lambda i: sets[i][0].sum(1)}, lambda y: {"y": y})


def embedding(lib, case, inputs):
    sets = [(table, ids.long(), dy) for table, ids, dy in lib.sets(case, inputs, "table", "ids", "dy")]

    def call(i):
        table, ids, dy = sets[i]
        table = table.detach().requires_grad_()
        y = F.embedding(ids, table)
        return y, torch.autograd.grad(y, table, dy)[0]
    return lib.job(case, {"": call}, lambda r: {"y": r[0], "dtable": r[1]})


def adam(lib, case, inputs):
    names = ("p", "g", "m", "v")
    sets = lib.sets(case, inputs, *names)
    for p, g, _, _ in sets:
        p.grad = g
    counts = {}

    def way(name):
        opts = []
        for p, _, m, v in sets:
            opt = torch.optim.Adam([p], 1e-3, **{name: True})
            opt.state[p] = {"step": torch.zeros((), device=p.device if name == "fused" else "cpu"), "exp_avg": m, "exp_avg_sq": v}
            opts.append(opt)
        counts[name] = opts[0].state[sets[0][0]]["step"]
        return lambda i: opts[i].step()

    def outputs(_):
        """The first step: what was counted and updated before is set back."""
        name, step = next(iter(job.ways.items()))
        for count in counts.values():
            count.zero_()
        for t, n in zip(sets[0], names):
            t.data.copy_(torch.from_numpy(inputs[n]))
        step(0)
        return {"p": sets[0][0], "m": sets[0][2], "v": sets[0][3]}

    job = lib.job(case, {name: way(name) for name in ("fused", "foreach")}, outputs)
    return job


def dropout(lib, case, inputs):
    sets = lib.sets(case, inputs, "x", "dy")

    def call(i):
        x, dy = sets[i]
        x = x.detach().requires_grad_()
        y = F.dropout(x, 0.5)
        return y, torch.autograd.grad(y, x, dy)[0]

    def shown(r):
        return {k: torch.from_numpy(v) for k, v in dropped(*[t.detach().cpu().numpy() for t in r], inputs).items()}
    return lib.job(case, {"": call}, shown)


def rnn(lib, case, inputs):
    z, ragged = case["sizes"], "lengths" in inputs
    sets = lib.sets(case, inputs, "x", "wih", "whh", "b", "dlast" if ragged else "dh")
    lengths = torch.from_numpy(inputs["lengths"]).long() if ragged else None

    def way(layout):
        layers = []
        for x, wih, whh, b, dy in sets:
            layer = torch.nn.RNN(z["in"], z["hidden"], batch_first=layout == "batch first").to(lib.device, lib.dtype)
            with torch.no_grad():
                for p, v in zip(layer.parameters(), (wih, whh, b, torch.zeros_like(b))):
                    p.copy_(v)
            layer.bias_hh_l0.requires_grad_(False)  # ours has one bias
            if layout == "time first":
                x, dy = x.transpose(0, 1).contiguous(), dy if ragged else dy.transpose(0, 1).contiguous()
            layers.append((layer, x, dy, [p for p in layer.parameters() if p.requires_grad]))

        def call(i):
            layer, x, dy, params = layers[i]
            x = x.detach().requires_grad_()
            given = x
            if ragged:
                given = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=layer.batch_first, enforce_sorted=False)
            h, last = layer(given)
            y = last[0] if ragged else h
            dx, dwih, dwhh, db = torch.autograd.grad(y, [x, *params], dy)
            turn = lambda t: t if layer.batch_first or t.dim() < 3 else t.transpose(0, 1)
            return {"last" if ragged else "h": turn(y), "dx": turn(dx), "dwih": dwih, "dwhh": dwhh, "db": db}
        return call

    return lib.job(case, {name: way(name) for name in ("batch first", "time first")}, lambda r: r)


kinds = {"gemm": gemm, "conv2d": conv2d, "maxpool": maxpool, "batchnorm": batchnorm, "crossentropy": crossentropy, "unary": unary,
         "sum": sum_, "embedding": embedding, "adam": adam, "dropout": dropout, "rnn": rnn}
