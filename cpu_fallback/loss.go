package cpu

import (
	"fmt"
	"math"

	"github.com/braidml/braid/internal/engine"
)

// CrossEntropy is the mean over rows of -Σ target·weight·log softmax(x), and its gradient.
func (s *Stream) CrossEntropy(o engine.CrossEntropy) error {
	if o.Label.DType != engine.I32 || !allOf(o.X.DType, o.Loss, o.DX, o.Weight) {
		return engine.ErrUnsupported
	}
	switch o.X.DType {
	case engine.F32:
		return crossEntropy[float32](s, o)
	case engine.F64:
		return crossEntropy[float64](s, o)
	}
	return engine.ErrUnsupported
}

func crossEntropy[T float](s *Stream, o engine.CrossEntropy) error {
	x, dx, weight, label := view[T](o.X), view[T](o.DX), view[T](o.Weight), view[int32](o.Label)
	total := float64(o.Rows) // the sum of the rows' weights
	if weight != nil {
		total = 0
	}
	for r, l := range label[:o.Rows] {
		if l < 0 || int(l) >= o.N {
			return fmt.Errorf("cpu: cross-entropy: label %d of row %d is not in 0..%d", l, r, o.N-1)
		}
		if weight != nil {
			total += float64(weight[l])
		}
	}
	shares := 1.0 // of all classes in the smooth part of the target
	if weight != nil {
		shares = foldRow(engine.Sum, weight) / float64(o.N)
	}
	losses := grow[float64](s, o.Rows)
	grain := rowsOf(o.N, lightGrain)
	parallelRuns(pieces(o.Rows, grain), func(i int) {
		from, to := piece(i, o.Rows, grain)
		for r := from; r < to; r++ {
			c := crossRow[T]{x: x[r*o.N : (r+1)*o.N], weight: weight, label: int(label[r]), smoothing: o.Smoothing, shares: shares}
			if dx != nil {
				c.dx = dx[r*o.N : (r+1)*o.N]
			}
			losses[r] = c.run(total)
		}
	})
	view[T](o.Loss)[0] = T(foldRow(engine.Sum, losses) / total)
	return nil
}

// crossRow is the loss of one row. The target's share is hard at the label and smooth·weight[c] at each class c.
type crossRow[T float] struct {
	x, dx, weight     []T
	label             int
	smoothing, shares float64
}

// run returns the loss of the row and sets dx, divided by the sum of weights.
func (c *crossRow[T]) run(total float64) float64 {
	m := largest(c.x)
	sum := expRow(c.dx, c.x, m)
	logSum := math.Log(sum)
	hard, smooth := 1-c.smoothing, c.smoothing/float64(len(c.x))
	if c.weight != nil {
		hard *= float64(c.weight[c.label])
	}
	at := float64(c.x[c.label]) - m
	loss := hard * (logSum - at)
	if c.smoothing != 0 {
		for j, v := range c.x {
			loss += smooth * c.weightOf(j) * (logSum - (float64(v) - m))
		}
	}
	if c.dx == nil {
		return loss
	}
	scale := (hard + c.smoothing*c.shares) / (sum * total)
	if c.weight != nil || !fastScaleShift(c.dx, c.dx, scale, -smooth/total) {
		for j, e := range c.dx {
			c.dx[j] = T(float64(e)*scale - smooth*c.weightOf(j)/total)
		}
	}
	// At the label 1 is taken from a probability near 1: once more from the exact one, as e is already rounded to T.
	c.dx[c.label] = T(expWide[T](at)*scale - (hard+smooth*c.weightOf(c.label))/total)
	return loss
}

func (c *crossRow[T]) weightOf(class int) float64 {
	if c.weight == nil {
		return 1
	}
	return float64(c.weight[class])
}

// BCEWithLogits is the mean of max(x,0) - x·t + log(1+e^-|x|); the gradient of an element is (sigmoid(x) - t)/N.
func (s *Stream) BCEWithLogits(o engine.BCE) error {
	if !allOf(o.X.DType, o.Loss, o.DX, o.Target) {
		return engine.ErrUnsupported
	}
	switch o.X.DType {
	case engine.F32:
		binaryCrossEntropy[float32](s, o)
	case engine.F64:
		binaryCrossEntropy[float64](s, o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func binaryCrossEntropy[T float](s *Stream, o engine.BCE) {
	x, target, dx := view[T](o.X), view[T](o.Target), view[T](o.DX)
	n := pieces(o.N, heavyGrain)
	losses := grow[float64](s, n)
	parallelRuns(n, func(i int) {
		from, to := piece(i, o.N, heavyGrain)
		losses[i] = binaryRow(x[from:to], target[from:to], part(dx, from, to), 1/float64(o.N))
	})
	view[T](o.Loss)[0] = T(foldRow(engine.Sum, losses) / float64(o.N))
}

// binaryRow is the sum of the losses of logits x, whose gradients, times scale, go to dx if it is there. With
// e = e^-|x| the sigmoid of -|x| is e/(1+e).
func binaryRow[T float](x, target, dx []T, scale float64) float64 {
	loss := 0.0
	var e, u, l [512]T
	for len(x) > 0 {
		n := min(len(x), len(e))
		e, u, l := e[:n], u[:n], l[:n]
		for j, v := range x[:n] {
			e[j] = T(-math.Abs(float64(v)))
		}
		fast := fastUnary(engine.Exp, e, e)
		if fast {
			for j, v := range e {
				u[j] = 1 + v
			}
			fastUnary(engine.Log, l, u)
		}
		for j, t := range target[:n] {
			v, t, e, log, share := float64(x[j]), float64(t), float64(e[j]), 0.0, 0.0
			if fast {
				u := float64(u[j])
				share = e / (1 + e)
				log = float64(l[j]) + (e-(u-1))/u // what u has rounded off
			} else {
				e = expWide[T](e)
				share, log = e/(1+e), math.Log1p(e)
			}
			loss += max(v, 0) - v*t + log
			if dx != nil {
				if v >= 0 {
					share, t = -share, t-1
				}
				dx[j] = T((share - t) * scale)
			}
		}
		x, target = x[n:], target[n:]
		if dx != nil {
			dx = dx[n:]
		}
	}
	return loss
}

// MSE is the mean of (x-t)²; the gradient of an element is 2(x-t)/N.
func (s *Stream) MSE(o engine.MSE) error {
	if !allOf(o.X.DType, o.Loss, o.DX, o.Target) {
		return engine.ErrUnsupported
	}
	switch o.X.DType {
	case engine.F32:
		meanSquaredError[float32](s, o)
	case engine.F64:
		meanSquaredError[float64](s, o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func meanSquaredError[T float](s *Stream, o engine.MSE) {
	x, target, dx := view[T](o.X), view[T](o.Target), view[T](o.DX)
	n := pieces(o.N, heavyGrain)
	losses := grow[float64](s, n)
	scale := T(2 / float64(o.N))
	parallelRuns(n, func(i int) {
		from, to := piece(i, o.N, heavyGrain)
		var space [512]T
		loss := 0.0
		for ; from < to; from += len(space) {
			d := space[:min(len(space), to-from)]
			u, v := x[from:][:len(d)], target[from:][:len(d)]
			for j := range d {
				d[j] = u[j] - v[j]
			}
			loss += foldRow(engine.SumSquares, d)
			if dx != nil {
				g := dx[from:][:len(d)]
				for j, e := range d {
					g[j] = scale * e
				}
			}
		}
		losses[i] = loss
	})
	view[T](o.Loss)[0] = T(foldRow(engine.Sum, losses) / float64(o.N))
}
