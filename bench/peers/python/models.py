"""The models of training steps, in whatever operations o has: names of parameters are braid's."""


def listing(o, p, image, text):
    x = o.relu(o.conv(image, p, "image.0"))
    x = o.flatten(o.pool(o.relu(o.conv(x, p, "image.2"))))
    t = o.relu(o.dense(o.relu(o.dense(text, p, "text.0")), p, "text.2"))
    return o.dense(o.concat(x, t), p, "head")


def fusion(o, p, image, text):
    x = image
    for at in (0, 4, 8):
        x = o.pool(o.relu(o.norm(o.conv(x, p, f"image.{at}", pad=1), p, f"image.{at + 1}")))
    x = o.dense(o.pixels(x), p, "image.13")
    t = o.dense(o.rnn(o.embed(text, p["text.embedding.weight"]), p, "text.rnn.0", text), p, "text.out")
    return o.dense(o.relu(o.dense(o.multiply(x, t), p, "head.0")), p, "head.2")


def up(o, p, name, x, side, channels):
    x = o.unflatten(o.dense(x, p, f"{name}.0"), side, channels)
    at = 2
    while f"{name}.{at}.weight" in p:
        x = o.conv_transpose(o.relu(o.norm(x, p, f"{name}.{at}")), p, f"{name}.{at + 2}", stride=2, pad=1)
        at += 3
    return x


def generator(o, p, z):
    return o.tanh(up(o, p, "generator.net", z, 4, 256))


def discriminator(o, p, x):
    x = o.leaky(o.conv(x, p, "discriminator.body.0", stride=2, pad=1))
    for at in (2, 5):
        x = o.leaky(o.norm(o.conv(x, p, f"discriminator.body.{at}", stride=2, pad=1), p, f"discriminator.body.{at + 1}"))
    return o.dense(o.flatten(x), p, "discriminator.head")


def autoencoder(o, p, x):
    for at in (0, 3):
        x = o.relu(o.norm(o.conv(x, p, f"encoder.{at}", stride=2, pad=1), p, f"encoder.{at + 1}"))
    return up(o, p, "decoder", o.dense(o.flatten(x), p, "encoder.7"), 7, 64)


def loss(o, op, p, data):
    """The loss of a model with one optimizer."""
    if op == "autoencoder":
        return o.bce(autoencoder(o, p, data["image"]), data["image"])
    model = {"listing": listing, "fusion": fusion}[op]
    return o.cross_entropy(model(o, p, data["image"], data["text"]), data["label"])


def loss_d(o, p, real, fake):
    return o.mean(o.softplus(-discriminator(o, p, 2 * real - 1))) + o.mean(o.softplus(discriminator(o, p, fake)))


def loss_g(o, p, fake):
    return o.mean(o.softplus(-discriminator(o, p, fake)))


def trained(name):
    return not name.endswith((".mean", ".var"))


def part(p, prefix):
    """The trained parameters whose names begin so."""
    return {k: v for k, v in p.items() if k.startswith(prefix) and trained(k)}


def parameters(inputs, prefix="p."):
    return {k[len(prefix):]: v for k, v in inputs.items() if k.startswith(prefix)}
