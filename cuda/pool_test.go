//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

func poolDims(n, h, w, c, r, s, stride, pad, dil int) engine.ConvDims {
	d := engine.ConvDims{N: n, H: h, W: w, C: c, K: c, R: r, S: s, StrideH: stride, StrideW: stride,
		PadH: pad, PadW: pad, DilH: dil, DilW: dil}
	d.OutH, d.OutW = (h+2*pad-(r-1)*dil-1)/stride+1, (w+2*pad-(s-1)*dil-1)/stride+1
	return d
}

// The third last has windows of nothing but padding, the last two more places than a byte holds.
var poolShapes = []engine.ConvDims{
	poolDims(2, 8, 8, 3, 2, 2, 2, 0, 1), poolDims(1, 7, 9, 40, 2, 2, 2, 0, 1), poolDims(1, 9, 9, 5, 3, 3, 2, 1, 1),
	poolDims(3, 6, 5, 7, 3, 2, 1, 1, 1), poolDims(1, 11, 11, 2, 3, 3, 2, 1, 2), poolDims(1, 8, 8, 1, 2, 2, 3, 0, 1),
	poolDims(0, 4, 4, 2, 2, 2, 2, 0, 1), poolDims(1, 4, 4, 0, 2, 2, 2, 0, 1), poolDims(2, 4, 5, 9, 4, 5, 1, 0, 1),
	poolDims(1, 4, 5, 300, 4, 5, 1, 0, 1), poolDims(1, 2, 2, 3, 1, 1, 1, 2, 1), poolDims(1, 20, 20, 2, 17, 17, 2, 3, 1),
	poolDims(1, 18, 17, 1, 17, 17, 1, 0, 1),
}

// few draws small integers, so that maxima tie, and sometimes an infinity.
func few(n int, seed uint64) []float64 {
	rng, x := rand.New(rand.NewPCG(seed, 3)), make([]float64, n)
	for i := range x {
		x[i] = float64(rng.IntN(9) - 4)
		if rng.IntN(40) == 0 {
			x[i] = math.Inf(-1)
		}
	}
	return x
}

// poolings are all four operations of one shape: y, mean, winners, x, dx, dmean and the gradient of y.
func poolings(d engine.ConvDims, x []float64) ([]operand, operation) {
	in, out := d.N*d.H*d.W*d.C, d.N*d.OutH*d.OutW*d.C
	places := engine.U8
	if d.R*d.S > 256 {
		places = engine.I32
	}
	operands := []operand{output(engine.F32, out), output(engine.F32, out), output(places, out), reals(x...),
		output(engine.F32, in), output(engine.F32, in), reals(gaussian(out, 5)...)}
	return operands, func(s engine.Stream, b []engine.Buffer) error {
		return errors.Join(
			s.MaxPool2D(engine.Pool2D{Y: b[0], X: b[3], Arg: b[2], ConvDims: d}),
			s.AvgPool2D(engine.Pool2D{Y: b[1], X: b[3], ConvDims: d}),
			s.MaxPool2DBwd(engine.Pool2D{Y: b[6], X: b[4], Arg: b[2], ConvDims: d}),
			s.AvgPool2DBwd(engine.Pool2D{Y: b[6], X: b[5], ConvDims: d}))
	}
}

func TestPool(t *testing.T) {
	for i, d := range poolShapes {
		x := few(d.N*d.H*d.W*d.C, uint64(i))
		for j := range x {
			if i%3 == 2 && j%29 == 7 {
				x[j] = math.NaN()
			}
		}
		operands, f := poolings(d, x)
		tol := check.Tolerance(d.R*d.S, 2) // a pixel is in as many windows at most, and each is divided
		tol.NaN = true
		parity(t, fmt.Sprintf("%+v", d), tol, operands, f)
	}
}

// Nobody may ask who won.
func TestMaxPoolWithoutWinners(t *testing.T) {
	d := poolShapes[0]
	operands := []operand{output(engine.F32, d.N*d.OutH*d.OutW*d.C), reals(few(d.N*d.H*d.W*d.C, 9)...)}
	parity(t, "without winners", check.Tol{}, operands, func(s engine.Stream, b []engine.Buffer) error {
		return s.MaxPool2D(engine.Pool2D{Y: b[0], X: b[1], ConvDims: d})
	})
}

func TestPoolRefusesFloat64(t *testing.T) {
	d := testDevice(t)
	s, b := newStream(t, d), memory(t, d, engine.F64, 16)
	op := engine.Pool2D{Y: b, X: b, ConvDims: poolDims(1, 4, 4, 1, 2, 2, 2, 0, 1)}
	for i, f := range []func(engine.Pool2D) error{s.MaxPool2D, s.MaxPool2DBwd, s.AvgPool2D, s.AvgPool2DBwd} {
		if err := f(op); err != engine.ErrUnsupported {
			t.Errorf("operation %d on float64: got %v, want ErrUnsupported", i, err)
		}
	}
}
