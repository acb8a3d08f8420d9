//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// shifted are n normally distributed numbers around offset.
func shifted(n int, offset float64, seed uint64) operand {
	x := gaussian(n, seed)
	for i := range x {
		x[i] += offset
	}
	return reals(x...)
}

// normTolerance is for results of order one, normalised over k values and summed over k, with c roundings for each. Values
// around an offset carry an error of its last bit: in x - mean it is that many times larger.
func normTolerance(k int, c, offset float64) check.Tol {
	tol := check.Tolerance(k, c*(1+offset))
	tol.NaN = true // mean and variance of nothing
	return tol
}

var normActs = []engine.Act{engine.ActNone, engine.ActReLU, engine.ActLeakyReLU, engine.ActTanh, engine.ActSigmoid}

// optional is o, or an absent operand.
func optional(present bool, o operand) operand {
	if present {
		return o
	}
	return operand{}
}

func TestBatchNorm(t *testing.T) {
	for i, c := range []struct {
		rows, c int
		offset  float64
	}{
		{7, 5, 0}, {1, 3, 0}, {0, 4, 0}, {5, 0, 0}, {300, 1, 0}, {130, 33, 3}, {64, 70, 0},
		{2500, 3, 1}, {600, 32, 0}, {40, 8, 100},
	} {
		for j, training := range []bool{true, false} {
			act, full := normActs[(i+j)%len(normActs)], (i+j)%3 != 2
			what := fmt.Sprintf("%+v training %v act %d, parameters %v", c, training, act, full)
			n := c.rows * c.c
			variance := gaussian(c.c, 4)
			for i, v := range variance {
				variance[i] = 0.5 + v*v
			}
			operands := []operand{output(engine.F32, n), shifted(n, c.offset, 1), optional(full, shifted(c.c, 1, 2)),
				optional(full, shifted(c.c, 0, 3)), output(engine.F32, c.c), output(engine.F32, c.c),
				optional(full || !training, shifted(c.c, c.offset, 5)), optional(full || !training, reals(variance...))}
			parity(t, what, normTolerance(c.rows, 8, c.offset), operands, func(s engine.Stream, b []engine.Buffer) error {
				return s.BatchNorm(engine.Norm{Y: b[0], X: b[1], Gamma: b[2], Beta: b[3], Mean: b[4], InvStd: b[5], RunMean: b[6],
					RunVar: b[7], Rows: c.rows, C: c.c, Eps: 1e-3, Momentum: 0.1, Training: training, Act: act})
			})
		}
	}
}

func TestLayerNorm(t *testing.T) {
	for i, c := range []struct {
		rows, c int
		offset  float64
	}{
		{7, 5, 0}, {3, 1, 0}, {0, 4, 0}, {5, 0, 0}, {9, 33, 3}, {20, 64, 0},
		{2, 1024, 0}, {2, 1025, 0}, {3, 2500, 1}, {8, 40, 100},
	} {
		act, full := normActs[i%len(normActs)], i%3 != 2
		n := c.rows * c.c
		operands := []operand{output(engine.F32, n), shifted(n, c.offset, 1), optional(full, shifted(c.c, 1, 2)),
			optional(full, shifted(c.c, 0, 3)), optional(full, output(engine.F32, c.rows)), optional(full, output(engine.F32, c.rows))}
		parity(t, fmt.Sprintf("%+v act %d, parameters %v", c, act, full), normTolerance(c.c, 8, c.offset), operands,
			func(s engine.Stream, b []engine.Buffer) error {
				return s.LayerNorm(engine.Norm{Y: b[0], X: b[1], Gamma: b[2], Beta: b[3], Mean: b[4], InvStd: b[5], Rows: c.rows,
					C: c.c, Eps: 1e-3, Act: act})
			})
	}
}

// normGradient is one gradient: which results are asked for, and the statistics of columns or rows, as Norm may save them.
type normGradient struct {
	rows, c, stats       int
	training, dx, dgamma bool
	gamma                bool
	act                  engine.Act
	layer                bool
}

func (g normGradient) operands() []operand {
	n, rng := g.rows*g.c, rand.New(rand.NewPCG(1, 2))
	invstd, y := make([]float64, g.stats), gaussian(n, 3)
	for i := range invstd {
		invstd[i] = 0.5 + rng.Float64()
	}
	for i, v := range y {
		switch g.act {
		case engine.ActTanh, engine.ActSigmoid:
			y[i] = 1 / (2 + v*v) // in (0, 1)
		case engine.ActReLU:
			y[i] = max(v, 0)
		}
	}
	return []operand{optional(g.dx, output(engine.F32, n)), optional(g.dgamma, output(engine.F32, g.c)),
		optional(g.dgamma, output(engine.F32, g.c)), reals(gaussian(n, 4)...), reals(gaussian(n, 5)...),
		optional(g.act != engine.ActNone, reals(y...)), optional(g.gamma, shifted(g.c, 1, 6)),
		reals(gaussian(g.stats, 7)...), reals(invstd...)}
}

func (g normGradient) run(s engine.Stream, b []engine.Buffer) error {
	op := engine.NormBwd{DX: b[0], DGamma: b[1], DBeta: b[2], DY: b[3], X: b[4], Y: b[5], Gamma: b[6], Mean: b[7], InvStd: b[8],
		Rows: g.rows, C: g.c, Training: g.training, Act: g.act}
	if g.layer {
		return s.LayerNormBwd(op)
	}
	return s.BatchNormBwd(op)
}

func TestNormBwd(t *testing.T) {
	for i, c := range [][2]int{{7, 5}, {1, 3}, {0, 4}, {5, 0}, {300, 1}, {130, 33}, {64, 70}, {2500, 3}, {3, 1024}, {2, 1500}} {
		for j := range 4 {
			g := normGradient{rows: c[0], c: c[1], stats: c[1], training: j%2 == 0, dx: (i+j)%5 != 1, dgamma: (i+j)%4 != 2,
				gamma: (i+j)%3 != 0, act: normActs[(i+j)%len(normActs)], layer: j >= 2}
			if g.layer {
				g.stats = g.rows
			}
			// A sum has as many terms as rows or columns, of three factors of order one.
			tol := check.Tolerance(max(g.rows, g.c), 16)
			tol.NaN = true
			parity(t, fmt.Sprintf("%+v", g), tol, g.operands(), g.run)
		}
	}
}
