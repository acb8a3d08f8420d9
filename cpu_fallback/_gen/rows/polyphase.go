package main

import (
	. "github.com/mmcloughlin/avo/reg"
)

// Winograd's form F(4x4, 2x2) evaluates polynomials at ±near, ±far and infinity. Among the points whose powers float32
// holds exactly, these amplify rounding errors least but for ±3/8 and ±5/4, which gain 5 %; 0, ±1 and 2 are three times
// as bad (a test of the transformations derives the figures).
const near, far = 1. / 2, 5. / 4

// polyphase writes the transformations of Winograd's convolution F(4x4, 2x2), in one dimension: B transforms 5 pixels, G 2
// taps, A gives 4 pixels of 5 products. Filters are divided by the products of the points' differences.
func polyphase(v isa) {
	w := &polyphaser{constants: newConstants(v, "polyphase")}
	const scaleNear, scaleFar = 1 / (2 * near * (near*near - far*far)), 1 / (2 * far * (far*far - near*near))
	w.patch = true
	w.transform("Input", "the input's, Bᵀ·d·B of 5x5 pixels", 5, 5, func(d []VecVirtual) []VecVirtual {
		e, o := w.sum(d[2], -far*far, d[0]), w.sum(d[3], -far*far, d[1])
		f, p := w.sum(d[2], -near*near, d[0]), w.sum(d[3], -near*near, d[1])
		last := w.sum(w.sum(d[4], -near*near-far*far, d[2]), near*near*far*far, d[0])
		return []VecVirtual{w.sum(o, near, e), w.minus(near, e, o), w.sum(p, far, f), w.minus(far, f, p), last}
	})
	w.transform("Gradient", "the output gradient's, A·y·Aᵀ of 4x4 pixels", 4, 5, func(y []VecVirtual) []VecVirtual {
		e, o := w.sum(y[0], near*near, y[2]), w.sum(y[1], near*near, y[3])
		f, p := w.sum(y[0], far*far, y[2]), w.sum(y[1], far*far, y[3])
		return []VecVirtual{w.sum(e, near, o), w.sum(e, -near, o), w.sum(f, far, p), w.sum(f, -far, p), y[3]}
	})
	w.patch = false
	w.transform("Weights", "the weights', G·g·Gᵀ of 2x2 taps", 2, 5, func(g []VecVirtual) []VecVirtual {
		p, q := w.times(scaleNear, g[0]), w.times(scaleFar, g[0])
		return []VecVirtual{w.sum(p, near*scaleNear, g[1]), w.sum(p, -near*scaleNear, g[1]),
			w.sum(q, far*scaleFar, g[1]), w.sum(q, -far*scaleFar, g[1]), g[1]}
	})
	w.transform("WeightsGradient", "the weights gradient's, Gᵀ·u·G, which is 2x2 taps", 5, 2, func(u []VecVirtual) []VecVirtual {
		s, d, t, e := w.sum(u[0], 1, u[1]), w.sum(u[0], -1, u[1]), w.sum(u[2], 1, u[3]), w.sum(u[2], -1, u[3])
		return []VecVirtual{w.sum(w.times(scaleNear, s), scaleFar, t), w.sum(w.sum(u[4], near*scaleNear, d), far*scaleFar, e)}
	})
	w.output = true
	w.transform("Output", "the output's, Aᵀ·m·A, which is 4x4 pixels", 5, 4, func(m []VecVirtual) []VecVirtual {
		s, d, t, e := w.sum(m[0], 1, m[1]), w.sum(m[0], -1, m[1]), w.sum(m[2], 1, m[3]), w.sum(m[2], -1, m[3])
		return []VecVirtual{w.sum(s, 1, t), w.sum(w.times(near, d), far, e), w.sum(w.times(near*near, s), far*far, t),
			w.sum(w.sum(m[4], near*near*near, d), far*far*far, e)}
	})
}
