"""Trains models that draw by braid and by PyTorch (generative.py) alike, has braid eval measure both sides, and keeps a table.

    python compare.py --braid ./braid --out runs/peers mnist=DIR fashion=DIR emoji=DIR \\
        --models gan,autoencoder,denoising,variational --seeds 1,2,3 --steps 5000

It may be stopped at any time: the same command goes on where it was. --minutes stops it by itself before the next pair of
trainings. The folder gets results.json: every run, and for each data set and model the median quotient of braid's figure
by PyTorch's. Both sides have the same pictures, steps and batches, and first weights from the same distributions; random
numbers differ, so only medians over seeds compare. A Fréchet distance is in the features of a classifier that braid trains
on all the pictures, the same for all runs on them.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

MODELS = {  # what both are asked for, the figure that is compared, and the quotient that is aimed at
    "gan": (["gan"], [], "frechet", 1.05),
    "autoencoder": (["autoencoder"], [], "mse", 1.02),
    "denoising": (["autoencoder", "--noise", "0.3"], [], "denoised_mse", 1.02),
    "variational": (["autoencoder", "--variational"], [], "mse", 1.02),
}
BATCH = 64


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data", nargs="+", metavar="NAME=DIR", help="IDX files as those of MNIST, or the emoji")
    p.add_argument("--braid", required=True, help="the program: go build -tags cpu -o braid ./cmd/braid")
    p.add_argument("--out", required=True)
    p.add_argument("--models", default=",".join(MODELS))
    p.add_argument("--seeds", default="1,2,3")
    p.add_argument("--steps", type=int, default=5000, help="of training, of both sides, to the next whole epoch")
    p.add_argument("--pictures", type=int, default=0, help="train on the first so many; 0: all")
    p.add_argument("--samples", type=int, default=5000, help="pictures that a GAN draws to be measured")
    p.add_argument("--minutes", type=float, default=0, help="begin no new pair of trainings after that; 0: go on to the end")
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    args.braid = shutil.which(args.braid) or sys.exit(f"{args.braid} is no program")
    unknown = set(args.models.split(",")) - set(MODELS)
    if unknown:
        sys.exit(f"--models has {', '.join(sorted(unknown))}: {', '.join(MODELS)} are known")
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    table = Table(out / "results.json", args)
    for seed in args.seeds.split(","):  # the seeds one after the other: medians grow better in all places
        for dataset in args.data:
            name, _, folder = dataset.partition("=")
            if not Path(folder).is_dir():
                sys.exit(f"{dataset}: NAME=DIR is expected, with a folder that is there")
            for model in args.models.split(","):
                if table.has(name, model, seed):
                    continue
                if args.minutes and time.monotonic() - begin > 60 * args.minutes:
                    print("the time is up; the same command goes on")
                    return table.show()
                table.add(name, model, seed, pair(args, out, name, folder, model, seed))
    table.show()


def run(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def pair(args, out, name, folder, model, seed):
    """Both trainings, measured."""
    what, flags, figure, _ = MODELS[model]
    at = out / f"{name}-{model}-{seed}"
    shutil.rmtree(at, ignore_errors=True)  # of a run that was stopped
    at.mkdir(parents=True)
    from generative import read_pictures
    n = len(read_pictures(folder)[0])
    n = min(n, args.pictures or n)
    if what[0] == "autoencoder":
        seen = n - max(1, min(n // 20, 1000))
    else:
        seen = n
    epochs = max(1, -(-args.steps // (seen // BATCH)))
    common = [*what, *flags, "--data", folder, "--pictures", str(n), "--epochs", str(epochs), "--batch", str(BATCH), "--seed", seed]

    env = os.environ | {"GOMAXPROCS": str(args.threads)}
    ours = at / "braid"
    none = ["--text-encoder", "none"] if what[0] == "gan" else []
    run([args.braid, "train", *common, *none, "--out", str(ours), "--json", str(at / "braid-train.json")], env)
    files = {kind: str(at / f"torch-{kind}.idx") for kind in ("drawn", "rebuilt", "denoised")}
    script = Path(__file__).with_name("generative.py")
    text = run([sys.executable, str(script), *common, "--threads", str(args.threads), "--samples", str(args.samples),
                *(x for kind, path in files.items() for x in (f"--{kind}", path))])
    theirs = json.loads(text.splitlines()[-1])
    steps = json.loads((at / "braid-train.json").read_text())["steps"]
    if steps != theirs["steps"]:
        sys.exit(f"{at}: braid made {steps} steps, PyTorch {theirs['steps']}")

    def measure(*more):
        judge(out, name, ours)
        path = at / "eval.json"
        run([args.braid, "eval", "--model", str(ours), "--samples", str(args.samples), "--json", str(path), *more], env)
        keep(out, name, ours)
        return json.loads(path.read_text())["test"]
    mine = measure()
    if what[0] == "gan":
        other = measure("--drawn", files["drawn"])
    elif model == "denoising":
        other = measure("--rebuilt", files["rebuilt"]) | {"denoised_mse": measure("--rebuilt", files["denoised"])["mse"]}
    else:
        other = measure("--rebuilt", files["rebuilt"])
    for path in files.values():
        Path(path).unlink(missing_ok=True)
    return {"steps": steps, "pictures": n, "epochs": epochs, "parameters": theirs["parameters"], "figure": figure,
            "braid": mine, "torch": other, "quotient": mine[figure] / other[figure], "torch_seconds": theirs["seconds"],
            "braid_seconds": json.loads((at / "braid-train.json").read_text())["seconds"]}


JUDGE = ("judge.json", "judge.safetensors")


def judge(out, name, folder):
    """Puts the classifier of the data set, if there is one by now, where braid eval looks for it."""
    for file in JUDGE:
        kept = out / f"{name}-{file}"
        if kept.exists():
            shutil.copy(kept, folder / file)


def keep(out, name, folder):
    for file in JUDGE:
        if (folder / file).exists():
            shutil.copy(folder / file, out / f"{name}-{file}")


class Table:
    """results.json, written after every pair."""

    def __init__(self, path, args):
        self.path = path
        self.settings = {k: getattr(args, k) for k in ("steps", "pictures", "samples")}
        self.runs = []
        if path.exists():
            kept = json.loads(path.read_text())
            if kept["settings"] != self.settings:
                sys.exit(f"{path} has results of {kept['settings']}, not of {self.settings}: go on with those or take another --out")
            self.runs = kept["runs"]

    def has(self, *key):
        return any((r["data"], r["model"], r["seed"]) == key for r in self.runs)

    def add(self, data, model, seed, result):
        self.runs.append({"data": data, "model": model, "seed": seed} | result)
        temporary = self.path.with_suffix(".part")
        temporary.write_text(json.dumps({"settings": self.settings, "summary": self.summary(), "runs": self.runs}, indent=1))
        temporary.replace(self.path)
        r = self.runs[-1]
        print(f"{data} {model} seed {seed}: {r['figure']} {r['braid'][r['figure']]:.5g} to {r['torch'][r['figure']]:.5g}, "
              f"quotient {r['quotient']:.3f} ({r['braid_seconds']:.0f} s, {r['torch_seconds']:.0f} s)", flush=True)

    def summary(self):
        places = sorted({(r["data"], r["model"]) for r in self.runs})
        rows = []
        for data, model in places:
            mine = [r for r in self.runs if (r["data"], r["model"]) == (data, model)]
            figure, wanted = MODELS[model][2:]
            ours, theirs = (statistics.median(r[side][figure] for r in mine) for side in ("braid", "torch"))
            rows.append({"data": data, "model": model, "figure": figure, "seeds": len(mine), "steps": mine[0]["steps"],
                         "braid": ours, "torch": theirs, "quotient": ours / theirs, "at_most": wanted, "met": ours / theirs <= wanted})
        return rows

    def show(self):
        print("| data | model | seeds | steps | measure | braid | PyTorch | quotient | at most |\n|---|---|---|---|---|---|---|---|---|")
        for r in self.summary():
            print(f"| {r['data']} | {r['model']} | {r['seeds']} | {r['steps']} | {r['figure']} | {r['braid']:.5g} | {r['torch']:.5g} "
                  f"| {r['quotient']:.3f} | {r['at_most']} |")


if __name__ == "__main__":
    main()
