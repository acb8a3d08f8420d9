"""Training to an accuracy in PyTorch; bench/cases/accuracy.go has the recipe."""

import math
import time

import torch

import models
from main import Job
from torch_models import Ops, Training

PEAK, DECAY, GOAL = 3e-3, 1e-4, 0.995


def one_cycle(step, steps):
    """torch's OneCycleLR: up from a 25th for 30 % of the steps, down to a 250000th."""
    def between(a, b, part):
        return b + (a - b) / 2 * (1 + math.cos(math.pi * part))
    up = 0.3 * steps - 1
    if step <= up:
        return between(PEAK / 25, PEAK, step / up)
    return between(PEAK, PEAK / 25e4, (step - up) / (steps - 1 - up))


class Data:
    def __init__(self, o, inputs, part):
        get = lambda k: torch.from_numpy(inputs[f"{part}.{k}"])
        self.images, self.rows = o.image(get("images")), get("rows").long()
        self.text, self.label = get("text").long(), get("label").long()

    def batch(self, i, device):
        return {"image": self.images[self.rows[i]].to(device).float() / 255, "text": self.text[i].to(device), "label": self.label[i].to(device)}


def accuracy(lib, case, inputs):
    z, count = case["sizes"], iter(range(1 << 30))
    o = Ops(True)
    train, test = Data(o, inputs, "train"), Data(o, inputs, "test")
    answering = Ops(True, train=False)

    def start(seed):
        t = Training(lib, "fusion", models.parameters(inputs, f"p{seed}."), True)
        matrices = [p for p in t.parts[""].values() if p.dim() > 1]
        others = [p for p in t.parts[""].values() if p.dim() <= 1]
        t.opts[""] = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}], PEAK, fused=True)
        return t

    @torch.inference_mode()
    def answers(t, i):
        b = test.batch(i, lib.device)
        return models.fusion(answering, t.p, b["image"], b["text"])

    def fit(seed):
        t, order = start(seed), torch.Generator().manual_seed(seed)
        n, took = len(train.label) // z["batch"], 0.0
        for epoch in range(z["epochs"]):
            begin = time.perf_counter()
            shuffled = torch.randperm(len(train.label), generator=order)
            for i in range(n):
                for group in t.opts[""].param_groups:
                    group["lr"] = one_cycle(epoch * n + i, z["epochs"] * n)
                t.step(train.batch(shuffled[i * z["batch"]:(i + 1) * z["batch"]], lib.device))
            lib.wait()
            took += time.perf_counter() - begin
            right = sum(int((answers(t, torch.arange(i, min(i + 256, len(test.label)))).argmax(1).cpu() == test.label[i:i + 256]).sum())
                        for i in range(0, len(test.label), 256))
            if right >= GOAL * len(test.label):
                return took, right / len(test.label)
        raise RuntimeError(f"seed {seed}: accuracy {right / len(test.label):.4f} after {z['epochs']} epochs")

    def timed(n):
        runs = [fit(next(count) % z["seeds"]) for _ in range(n)]
        return {"seconds": sum(s for s, _ in runs), "value": runs[-1][1]}

    return Job({"": None}, lambda: {"logits": answers(start(0), torch.arange(64)).cpu().numpy()}, time=timed)


kinds = {"accuracy": accuracy}
