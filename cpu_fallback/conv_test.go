package cpu

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// convCase is one convolution in all its operations.
type convCase struct {
	engine.ConvDims
	act     engine.Act
	pool    int
	bias    bool
	integer bool // data are small integers, so that float32 sums are exact and maxima tie

	winograd bool // in Winograd's form, where that fits
}

// outputs sets OutH and OutW, and reports whether the kernel fits.
func (c *convCase) outputs() bool {
	h, w := c.H+2*c.PadH-(c.R-1)*c.DilH-1, c.W+2*c.PadW-(c.S-1)*c.DilW-1
	c.OutH, c.OutW = h/c.StrideH+1, w/c.StrideW+1
	return h >= 0 && w >= 0
}

func (c convCase) String() string {
	return fmt.Sprintf("%dx%dx%dx%d->%d k%dx%d s%dx%d p%dx%d d%dx%d act%d pool%d bias=%t int=%t", c.N, c.H, c.W, c.C, c.K,
		c.R, c.S, c.StrideH, c.StrideW, c.PadH, c.PadW, c.DilH, c.DilW, c.act, c.pool, c.bias, c.integer)
}

// convTable is shapes chosen by hand: n, h, w, c, k, r, s, stride, pad, dil, pool.
func convTable() (cases []convCase) {
	for i, v := range [][11]int{
		{2, 8, 8, 3, 16, 3, 3, 1, 1, 1, 0}, {1, 5, 5, 1, 1, 5, 5, 1, 0, 1, 0}, {3, 9, 7, 16, 17, 3, 3, 1, 1, 1, 2},
		{1, 12, 12, 64, 64, 3, 3, 1, 1, 1, 0}, {2, 11, 13, 5, 4, 3, 5, 2, 2, 1, 0}, {1, 16, 16, 64, 17, 1, 1, 1, 0, 1, 3},
		{2, 10, 10, 4, 3, 2, 2, 2, 0, 1, 0}, {2, 9, 9, 2, 5, 4, 4, 3, 3, 1, 0}, {1, 14, 14, 3, 5, 3, 3, 1, 2, 2, 2},
		{1, 2, 2, 3, 4, 3, 3, 1, 1, 1, 3}, {2, 1, 9, 17, 16, 1, 3, 1, 1, 1, 0}, {0, 4, 4, 3, 3, 3, 3, 1, 1, 1, 2},
		{1, 30, 40, 3, 8, 3, 3, 1, 1, 1, 2}, {2, 7, 7, 16, 64, 1, 1, 2, 0, 1, 0}, {1, 6, 6, 33, 3, 5, 5, 1, 3, 1, 0},
		{2, 4, 4, 0, 3, 3, 3, 1, 1, 1, 2}, {2, 4, 4, 3, 0, 3, 3, 1, 1, 1, 0}, {2, 5, 5, 0, 3, 1, 1, 1, 0, 1, 0},
		// Enough work for several pieces, rows wider than a block, and weights too many for accumulators.
		{3, 20, 20, 16, 17, 3, 3, 1, 1, 1, 2}, {4, 16, 16, 17, 33, 3, 3, 2, 1, 1, 0}, {1, 3, 300, 4, 5, 3, 3, 1, 1, 1, 2},
		{2, 3, 3, 300, 128, 3, 3, 1, 1, 1, 0}, {1, 40, 40, 3, 16, 3, 3, 1, 1, 1, 2}, {9, 2, 2, 64, 64, 3, 3, 1, 1, 1, 2},
		{2, 12, 12, 1, 16, 7, 7, 1, 3, 1, 0}, // more taps in a row than AVX2 has registers for
	} {
		c := convCase{act: engine.Act(i % 5), pool: v[10], bias: i%3 != 0, integer: i%2 == 0}
		c.ConvDims = engine.ConvDims{N: v[0], H: v[1], W: v[2], C: v[3], K: v[4], R: v[5], S: v[6],
			StrideH: v[7], StrideW: v[7], PadH: v[8], PadW: v[8], DilH: v[9], DilW: v[9]}
		if !c.outputs() {
			panic("kernel does not fit: " + c.String())
		}
		cases = append(cases, c)
	}
	return cases
}

// randomConv draws a case.
func randomConv(rng *rand.Rand) convCase {
	for {
		one := func(choices ...int) int { return choices[rng.IntN(len(choices))] }
		c := convCase{act: engine.Act(rng.IntN(5)), pool: one(0, 0, 2, 3), bias: rng.IntN(2) == 0, integer: rng.IntN(2) == 0}
		c.ConvDims = engine.ConvDims{N: one(0, 1, 2, 3), H: 1 + rng.IntN(14), W: 1 + rng.IntN(14),
			C: one(1, 2, 3, 4, 5, 16, 17, 64), K: one(1, 2, 3, 4, 5, 16, 17, 64), R: 1 + rng.IntN(5), S: 1 + rng.IntN(5),
			StrideH: one(1, 1, 2, 3), StrideW: one(1, 1, 2, 3), PadH: rng.IntN(4), PadW: rng.IntN(4), DilH: one(1, 1, 2), DilW: one(1, 1, 2)}
		if c.outputs() {
			return c
		}
	}
}

// convData is the operands and results of a case in one precision.
type convData[T float] struct {
	guards                            guards
	x, w, bias, bias2, dy, y, arg, dx engine.Buffer
	dw, up, dp, dz, dbias             engine.Buffer
}

// newConvData allocates a case. Inputs come from the seed, so both precisions get the same values.
func newConvData[T float](c convCase, seed uint64) *convData[T] {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := &convData[T]{}
	draw := func(n int) engine.Buffer {
		buf := alloc[T](&b.guards, n)
		for i := range view[T](buf) {
			v := float64(float32(rng.NormFloat64()))
			if c.integer {
				v = float64(rng.IntN(7) - 3)
			}
			view[T](buf)[i] = T(v)
		}
		return buf
	}
	maps := c.N * c.OutH * c.OutW * c.K
	pooled := maps
	if c.pool > 0 {
		pooled = c.N * (c.OutH / c.pool) * (c.OutW / c.pool) * c.K
		b.arg = alloc[uint8](&b.guards, pooled)
	}
	b.x, b.w, b.dy = draw(c.N*c.H*c.W*c.C), draw(c.K*c.R*c.S*c.C), draw(maps)
	if c.bias {
		b.bias, b.bias2 = draw(c.K), draw(c.C)
	}
	b.dp = draw(pooled) // last: its size depends on the pooling
	b.y, b.dz, b.dbias = alloc[T](&b.guards, pooled), alloc[T](&b.guards, maps), alloc[T](&b.guards, c.K)
	b.dx, b.up, b.dw = alloc[T](&b.guards, b.x.Len), alloc[T](&b.guards, b.x.Len), alloc[T](&b.guards, b.w.Len)
	return b
}

// forward and backward run every operation of the case.
func (b *convData[T]) forward(c convCase) error {
	return (&Stream{exact: !c.winograd}).Conv2D(engine.Conv2D{Y: b.y, X: b.x, W: b.w, Bias: b.bias, Arg: b.arg, ConvDims: c.ConvDims, Act: c.act, Pool: c.pool})
}

func (b *convData[T]) backward(c convCase) error {
	s := &Stream{exact: !c.winograd}
	bwd := engine.Conv2DBwd{DX: b.dx, DW: b.dw, DY: b.dy, X: b.x, W: b.w, ConvDims: c.ConvDims}
	return errors.Join(s.Conv2DBwdData(bwd), s.Conv2DBwdWeights(bwd),
		s.ConvTranspose2D(engine.Conv2D{Y: b.up, X: b.dy, W: b.w, Bias: b.bias2, ConvDims: c.ConvDims, Act: c.act}),
		s.Conv2DBwdEpilogue(engine.Conv2DEpilogue{DZ: b.dz, DBias: b.dbias, DY: b.dp, Y: b.y, Arg: b.arg,
			ConvDims: c.ConvDims, Act: c.act, Pool: c.pool}))
}

// compareConv runs got in float32, and want, which is the same case unless a bug is planted, in float64.
func compareConv(got, want convCase, seed uint64) error {
	a, b := newConvData[float32](got, seed), newConvData[float64](want, seed)
	if err := errors.Join(a.forward(got), b.forward(want)); err != nil {
		return err
	}
	if err := compareWinners(got, a, b, seed); err != nil {
		return err
	}
	copy(view[uint8](b.arg), view[uint8](a.arg))
	if err := errors.Join(a.backward(got), b.backward(want)); err != nil {
		return err
	}
	taps := float64(got.R * got.S)
	return errors.Join(
		compareBuffers("y", got, a.y, b.y, taps*float64(got.C)),
		compareBuffers("dx", got, a.dx, b.dx, taps*float64(got.K)),
		compareBuffers("transpose", got, a.up, b.up, taps*float64(got.K)),
		compareBuffers("dw", got, a.dw, b.dw, float64(got.N*got.OutH*got.OutW)),
		compareBuffers("dz", got, a.dz, b.dz, taps*float64(got.C)),
		compareBuffers("dbias", got, a.dbias, b.dbias, taps*float64(got.C)*float64(got.N*got.OutH*got.OutW)),
		a.guards.check(), b.guards.check())
}

// compareWinners wants equal places where sums are exact, and else a place whose value is the maximum but for rounding.
func compareWinners(c convCase, a *convData[float32], b *convData[float64], seed uint64) error {
	if c.pool == 0 {
		return nil
	}
	flat := c
	flat.pool = 0
	full := newConvData[float64](flat, seed)
	if err := full.forward(flat); err != nil {
		return err
	}
	z, y, arg := view[float64](full.y), view[float64](b.y), view[uint8](a.arg)
	w := c.OutW / c.pool
	for at, p := range arg {
		if c.exact() && p != view[uint8](b.arg)[at] {
			return fmt.Errorf("winner %d: got place %d, want %d", at, p, view[uint8](b.arg)[at])
		}
		k, j, row := at%c.K, at/c.K%w, at/c.K/w
		n, i := row/(c.OutH/c.pool), row%(c.OutH/c.pool)
		v := z[((n*c.OutH+i*c.pool+int(p)/c.pool)*c.OutW+j*c.pool+int(p)%c.pool)*c.K+k]
		if tol := c.tolerance(float64(c.R * c.S * c.C)); !(y[at]-v <= tol) {
			return fmt.Errorf("winner %d: value %g at place %d, maximum %g", at, v, p, y[at])
		}
	}
	return nil
}

// exact reports whether float32 makes no rounding error in the case.
func (c convCase) exact() bool { return c.integer && c.act <= engine.ActReLU }

// winogradLoss is how many times more noise than the direct form Winograd's leaves in the worst pixel of a tile: all of the
// transformations' rows multiply it by their length.
const winogradLoss = 8

// winogradRowLoss is the same in one dimension, of which the loss in two is the square.
const winogradRowLoss = 3

// polyphaseLoss is the same for F(4x4, 2x2).
const polyphaseLoss = 5

// tolerance is for a sum of that many products of two standard normal numbers (or of integers up to 3, variance 4):
// float32 rounding errors of the partial sums add up like a random walk, and 16 standard deviations do not happen.
func (c convCase) tolerance(terms float64) float64 {
	if c.exact() {
		return 0
	}
	tol := 16 * 0x1p-24 * 4 * (math.Sqrt(terms) + 1)
	if c.winograd && c.R == 4 {
		return polyphaseLoss * tol
	}
	if c.winograd && c.C < 16 {
		return winogradRowLoss * tol
	}
	if c.winograd {
		return winogradLoss * tol
	}
	return tol
}

func compareBuffers(name string, c convCase, got, want engine.Buffer, terms float64) error {
	tol := c.tolerance(terms)
	g, w := view[float32](got), view[float64](want)
	if len(g) != len(w) {
		return fmt.Errorf("%s: %d elements, want %d", name, len(g), len(w))
	}
	for i := range w {
		if d := math.Abs(float64(g[i]) - w[i]); !(d <= tol) {
			return fmt.Errorf("%s[%d] = %g, want %g, off by %.2g > %.2g", name, i, g[i], w[i], d, tol)
		}
	}
	return nil
}

func TestConvMatchesDirect(t *testing.T) {
	cases := convTable()
	rng := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		cases = append(cases, randomConv(rng))
	}
	eachKernel(func(kernel string) {
		for i, c := range cases {
			if err := compareConv(c, c, uint64(i)); err != nil {
				t.Errorf("%s kernel: %s: %v", kernel, c, err)
			}
		}
	})
}

// TestConvCheckGoesRed plants mistakes in the reference: each must be seen.
func TestConvCheckGoesRed(t *testing.T) {
	c := convTable()[0]
	c.pool = 2
	for name, plant := range map[string]func(*convCase){
		"padding":    func(c *convCase) { c.PadH, c.PadW = 0, 2 },
		"rows":       func(c *convCase) { c.PadH = 2 },
		"dilation":   func(c *convCase) { c.DilW = 2 },
		"activation": func(c *convCase) { c.act = engine.ActTanh },
	} {
		wrong := c
		plant(&wrong)
		if compareConv(c, wrong, 1) == nil {
			t.Errorf("a wrong %s is not seen", name)
		}
	}
}
