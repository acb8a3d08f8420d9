"""Prints the numbers of generative_test.go, with SciPy and scikit-image.

pip install scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6; python generative.py
"""

import numpy as np
from scipy import linalg, spatial, stats
from skimage import metrics as m


def values(*shape, step, start):
    """Numbers from 0 to 1 that float32 holds exactly; the same as in the test."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((i * i * 7 + i * step + start) % 1021) / 1024).reshape(shape)


def show(name, *numbers):
    print(f"{name:12}", *[repr(float(v)) for v in numbers])


def frechet(a, b):
    s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(s1 @ s2).real
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s1 + s2 - 2 * root)


a, b = values(40, 6, step=31, start=5), 2 * values(30, 6, step=57, start=11)
show("frechet", frechet(a, b), frechet(a, a + 0.5))

p = values(20, 5, step=31, start=5) + 0.01
p /= p.sum(1, keepdims=True)
show("entropy", stats.entropy(p.mean(0)), stats.entropy(p, axis=1).mean())

show("pairwise", spatial.distance.pdist(a).mean() / np.sqrt(6))

for channels in (1, 3):
    x = values(2, 14, 16, channels, step=31, start=5)
    y = np.clip(0.75 * x + 0.25 * values(2, 14, 16, channels, step=57, start=11), 0, 1)
    window = dict(data_range=1, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    show(
        f"{channels} channel",
        np.mean((x - y) ** 2),
        np.mean([m.peak_signal_noise_ratio(t, o, data_range=1) for o, t in zip(x, y)]),
        np.mean([m.structural_similarity(o, t, **window) for o, t in zip(x, y)]),
    )
