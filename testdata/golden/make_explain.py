"""Writes explain.safetensors: explanations of small models that PyTorch computes by forward and backward hooks.

Both cases are a torch.nn.Module of two convolutions, a text encoder, a product and a head. `out` holds, for the predicted
class, scores, Grad-CAM of the last activated maps, the same enlarged to the picture, saliency and gradient x input of each
word; with the suffix _other the same for another class and the maps of the first convolution; and integrated gradients in
8 steps. See README.md.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from family import Family, f32, nhwc

N, SIZE, TIME, VOCAB, CLASSES, STEPS = 5, 12, 6, 9, 4, 8
LENGTHS = torch.tensor([6, 3, 1, 5, 2])


def maps(norm):
    layers, width = [], 3
    for out in 4, 6:
        layers += [nn.Conv2d(width, out, 3, padding=1, bias=not norm)]
        layers += [nn.BatchNorm2d(out, eps=f32(1e-5))] if norm else []
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        width = out
    return nn.Sequential(*layers, *([nn.AdaptiveAvgPool2d(1)] if norm else []))


class Model(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.image, self.embedding = maps(norm), nn.Embedding(VOCAB, 4, padding_idx=0)
        self.features = nn.Linear(6 if norm else 6 * (SIZE // 4)**2, 5)
        self.rnn = None if norm else nn.RNN(4, 5, batch_first=True)
        self.text, self.head = nn.Linear(4 if norm else 5, 5), nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, CLASSES))

    def forward(self, image, ids):
        picture = self.features(nhwc(self.image(image)).flatten(1))  # braid flattens with the channels last
        words = self.embedding(ids)
        if self.rnn is None:
            state = words.sum(1) / LENGTHS[:, None]
        else:
            packed = nn.utils.rnn.pack_padded_sequence(words, LENGTHS, batch_first=True, enforce_sorted=False)
            state = self.rnn(packed)[1][0]
        return self.head(picture * self.text(state))


def hooked(model, image, ids, maps, classes=None):
    """Scores, classes, Grad-CAM of the module maps, saliency and gradient x input per word."""
    kept = {}

    def keep(name):
        def hook(module, inputs, output):
            kept[name] = output
            output.register_hook(lambda grad: kept.__setitem__(name + "_grad", grad))
        return hook
    hooks = [maps.register_forward_hook(keep("maps")), model.embedding.register_forward_hook(keep("words"))]
    image = image.clone().requires_grad_()
    scores = model(image, ids)
    classes = scores.argmax(1) if classes is None else classes
    scores.gather(1, classes[:, None]).sum().backward()
    for h in hooks:
        h.remove()
    alpha = kept["maps_grad"].mean((2, 3), keepdim=True)
    cam = F.relu((alpha * kept["maps"]).sum(1))
    return scores, classes, cam, image.grad.abs().amax(1), (kept["words"] * kept["words_grad"]).sum(2)


def integrated(model, image, ids, classes):
    pixels, words, embedded = 0, 0, model.embedding(ids).detach()
    for i in range(STEPS):
        at = (i + 0.5) / STEPS
        x, e = (at * image).requires_grad_(), (at * embedded).requires_grad_()
        hook = model.embedding.register_forward_hook(lambda *_, e=e: e)
        model(x, ids).gather(1, classes[:, None]).sum().backward()
        hook.remove()
        pixels, words = pixels + x.grad * image / STEPS, words + e.grad * embedded / STEPS
    return pixels.sum(1), words.sum(2)


def case(f, name, norm):
    model = Model(norm)
    image, text = f.rng.integers(0, 256, (N, SIZE, SIZE, 3)).astype(np.uint8), f.rng.integers(1, VOCAB, (N, TIME))
    text = np.where(np.arange(TIME) < LENGTHS[:, None].numpy(), text, 0).astype(np.int32)
    other = f.rng.integers(0, CLASSES, N).astype(np.int32)
    for k, v in {"image": image, "text": text, "other": other}.items():
        f.store(name, "in", k, v)
    with torch.no_grad():
        for k, v in model.state_dict().items():
            if v.is_floating_point():
                drawn = f.weight(*v.shape) if v.dim() > 1 else f.normal(*v.shape, scale=0.3)
                if k.endswith(("running_var", "weight")) and v.dim() == 1:
                    drawn = 1 + np.abs(drawn)
                v.copy_(torch.tensor(drawn))
        model.embedding.weight[0] = 0
        if model.rnn is not None:
            model.rnn.bias_hh_l0.zero_()  # braid has one bias
    model.eval()
    for k, v in model.state_dict().items():
        module, _, what = k.rpartition(".")
        what = {"running_mean": "mean", "running_var": "var"}.get(what, what.removesuffix("_l0"))
        if what in ("num_batches_tracked", "bias_hh"):
            continue
        v = nhwc(v) if v.dim() == 4 else v
        kind = "state" if what in ("mean", "var") else "param"
        path = {"features": f"image.{len(model.image) + (not norm)}", "embedding": "text.embedding", "rnn": "text.rnn.0",
                "text": "text.out.0" if norm else "text.out"}.get(module, module)
        f.store(name, kind, f"{path}.{'bias' if what == 'bias_ih' else what}", v.numpy().astype(np.float32))

    x, ids = torch.tensor(image).permute(0, 3, 1, 2) / 255, torch.tensor(text).long()
    last = model.image[6 if norm else 4]  # the activation of the second convolution
    assert isinstance(last, nn.ReLU)
    scores, classes, cam, saliency, words = hooked(model, x, ids, last)
    enlarged = F.interpolate(cam[:, None], (SIZE, SIZE), mode="bilinear", align_corners=False)[:, 0]
    pixels, attributed = integrated(model, x, ids, classes)
    out = {"scores": scores, "classes": classes, "cam": cam, "enlarged": enlarged, "saliency": saliency, "words": words,
           "integrated_pixels": pixels, "integrated_words": attributed}
    _, _, out["cam_other"], out["saliency_other"], out["words_other"] = hooked(
        model, x, ids, model.image[0], torch.tensor(other).long())
    for k, v in out.items():
        f.store(name, "out", k, v.int() if k == "classes" else v)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    family = Family("explain", 31)
    case(family, "flatten_rnn", False)
    case(family, "norm_bag", True)
    family.write()
