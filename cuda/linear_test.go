//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// precisions and the relative error that rounding an operand to them makes. Products of whole numbers below 256 are exact
// in all of them, so with such operands a misplaced element shows however small it is.
var precisions = []struct {
	precision Precision
	rounding  float64
}{{FP32, 0x1p-24}, {TF32, 0x1p-11}, {BF16, 0x1p-9}}

// productTolerance is for sums of k products of normally distributed numbers. Partial sums of j terms have magnitude √j,
// so that each addition errs by up to 2^-24·√j and all of them, being independent, by 2^-24·k/√6 in standard deviation; and
// rounded operands by at most `rounding` in each product. Tests look at some thousand elements: four deviations and more.
func productTolerance(k int, rounding float64) check.Tol {
	e := 2*0x1p-24*float64(k+2) + 4*rounding*math.Sqrt(float64(k))
	return check.Tol{Abs: e, Rel: e}
}

// whole are n whole numbers from -8 to 8.
func whole(n int, seed uint64) operand {
	rng, x := rand.New(rand.NewPCG(seed, 2)), make([]float64, n)
	for i := range x {
		x[i] = float64(rng.IntN(17) - 8)
	}
	return reals(x...)
}

// eachPrecision runs f on a device of each precision.
func eachPrecision(t *testing.T, f func(t *testing.T, d *Device, rounding float64)) {
	for _, p := range precisions {
		t.Run(fmt.Sprintf("precision %d", p.precision), func(t *testing.T) {
			f(t, openTest(t, Options{Precision: p.precision}), p.rounding)
		})
	}
}

// extras are what the epilogue of a product reads. The residual is C or a matrix of its own.
type extras struct{ bias, accumulate, residual, undo bool }

// operands are C, A, B, the bias, the residual and the output of an activation.
func (e extras) operands(o engine.MatMul, values func(n int, seed uint64) operand) []operand {
	a := o.M*o.K + (o.Batch-1)*o.StrideA
	b := o.N*o.K + (o.Batch-1)*o.StrideB
	size := o.Batch * o.M * o.N
	c, y := output(engine.F32, size), make([]float64, size)
	if e.accumulate {
		c = values(size, 4)
	}
	for i := range y { // derivatives of 0, 1 and between
		y[i] = max(0, float64(i%7-2)/4)
	}
	return []operand{c, values(max(a, 0), 1), values(max(b, 0), 2), optional(e.bias, values(o.N, 3)),
		optional(e.residual, values(size, 5)), optional(e.undo, reals(y...))}
}

// by runs o as the tiling says on the GPU.
func (e extras) by(o engine.MatMul, how func(s *Stream) tiling) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		o.C, o.A, o.B, o.Bias, o.Residual, o.Y = b[0], b[1], b[2], b[3], b[4], b[5]
		if e.accumulate {
			o.Residual = o.C
		}
		if g, ok := s.(*Stream); ok && how != nil {
			return g.multiply(o, how(g))
		}
		return s.MatMul(o)
	}
}

// epilogues are the forms that plans have: forward, gradients that are added to others, and those through an activation.
var epilogues = []extras{{}, {bias: true}, {residual: true, bias: true}, {accumulate: true}, {undo: true}, {undo: true, residual: true},
	{undo: true, accumulate: true}}

func TestMatMul(t *testing.T) {
	d := testDevice(t)
	sizes := [][4]int{{1, 1, 1, 1}, {1, 3, 5, 7}, {1, 64, 64, 32}, {1, 70, 66, 20}, {1, 33, 130, 19}, {1, 5, 6, 0}, {1, 0, 5, 3},
		{1, 5, 0, 3}, {0, 5, 5, 3}, {3, 7, 36, 20}, {2, 5, 4, 0}}
	for i, z := range sizes {
		for trans := range 4 {
			o := engine.MatMul{Batch: z[0], M: z[1], N: z[2], K: z[3], StrideA: z[1] * z[3], StrideB: z[2] * z[3],
				TransA: trans&2 != 0, TransB: trans&1 != 0, Act: normActs[(i+trans)%5]}
			for _, e := range epilogues {
				what := fmt.Sprintf("%v transposed %02b act %d %+v", z, trans, o.Act, e)
				parityOn(t, d, what, productTolerance(o.K, 0), e.operands(o, gaussianReals), e.by(o, nil))
			}
		}
	}
}

func gaussianReals(n int, seed uint64) operand { return reals(gaussian(n, seed)...) }

func TestMatMulStrides(t *testing.T) {
	d := testDevice(t)
	for _, c := range []struct{ strideA, strideB int }{{0, 84}, {60, 0}, {0, 0}, {64, 84}, {61, 90}} {
		for trans := range 4 {
			o := engine.MatMul{Batch: 3, M: 5, N: 7, K: 12, StrideA: c.strideA, StrideB: c.strideB, TransA: trans&2 != 0, TransB: trans&1 != 0}
			parityOn(t, d, fmt.Sprintf("%+v transposed %02b", c, trans), check.Tol{}, extras{residual: true}.operands(o, whole), extras{residual: true}.by(o, nil))
		}
	}
}

// TestMatMulTilings runs each kernel: sizes of a tile and a little, sums in one part and in several.
func TestMatMulTilings(t *testing.T) {
	eachPrecision(t, func(t *testing.T, d *Device, rounding float64) {
		for trans := range 4 {
			for _, side := range []int{smallTile, largeTile} {
				if side == largeTile && trans == 2 {
					continue // has no kernel
				}
				for _, parts := range []int{1, 3} {
					o := engine.MatMul{Batch: 1, M: side + 9, N: side - 3, K: 52 + 16*parts, TransA: trans&2 != 0, TransB: trans&1 != 0, Act: engine.ActLeakyReLU}
					if side == smallTile {
						o.Batch, o.StrideA, o.StrideB = 2, o.M*o.K, o.N*o.K
					}
					how := func(s *Stream) tiling {
						c := tiling{side: side, tiles: tilesOf(side, o.M, o.N) * o.Batch, cores: s.cores()}
						return c.split(parts, o.K)
					}
					what := fmt.Sprintf("transposed %02b, tiles of %d, parts %d", trans, side, parts)
					for _, e := range []extras{{bias: true}, {bias: true, residual: true}, {undo: true, accumulate: true}} {
						what := fmt.Sprintf("%s, %+v", what, e)
						parityOn(t, d, what, productTolerance(0, 0), e.operands(o, whole), e.by(o, how))
						if side == smallTile {
							parityOn(t, d, what+", any reals", productTolerance(o.K, rounding), e.operands(o, gaussianReals), e.by(o, how))
						}
					}
				}
			}
		}
	})
}

// TestMatMulRounds asks for the rounding of operands: to nearest, not towards zero, and to the precision that was asked
// for.
func TestMatMulRounds(t *testing.T) {
	for _, c := range []struct {
		p       Precision
		x, want float64
	}{
		{FP32, 1 + 0x1p-20, 1 + 0x1p-20},
		{TF32, 1 + 0x1.8p-11, 1 + 0x1p-10},
		{TF32, 1 + 0x1p-12, 1},
		{BF16, 1 + 0x1.8p-8, 1 + 0x1p-7},
		{BF16, 1 + 0x1p-9, 1},
	} {
		d := openTest(t, Options{Precision: c.p})
		if c.p != FP32 && d.arch < 80 {
			continue // Turing multiplies in float32 whatever is asked for
		}
		o := engine.MatMul{Batch: 1, M: 1, N: 1, K: 1}
		got, err := compute(d, []operand{output(engine.F32, 1), reals(c.x), reals(1), {}, {}, {}}, 0, extras{}.by(o, nil))
		must(t, err)
		if got[0][0] != c.want {
			t.Errorf("precision %d: %v·1 is %v, want %v", c.p, c.x, got[0][0], c.want)
		}
	}
}

// TestChooseTiling knows what the shapes of models get.
func TestChooseTiling(t *testing.T) {
	for _, c := range []struct {
		what           string
		batch, m, n, k int
		large          bool
		parts          int
	}{
		{"large square", 1, 4096, 4096, 4096, true, 1},
		{"a convolution's pixels", 1, 1577088, 128, 576, true, 1},
		{"gradient of its filters", 1, 128, 576, 1577088, true, 51},
		{"dense head", 1, 32, 10, 1548928, false, 510},
		{"gradient of the dense head", 1, 10, 1548928, 32, false, 1},
		{"attention", 64, 128, 128, 64, false, 1},
		{"one element", 1, 1, 1, 1, false, 1},
		{"short sum", 1, 64, 64, 200, false, 1},
	} {
		got := chooseTiling(c.batch, c.m, c.n, c.k, false, cores{})
		if large := got.side == largeTile; large != c.large || got.parts != c.parts {
			t.Errorf("%s: large %v, %d parts; want %v, %d", c.what, large, got.parts, c.large, c.parts)
		}
		if got.parts*got.part < c.k || (got.parts-1)*got.part >= c.k && got.parts > 1 {
			t.Errorf("%s: %d parts of %d steps for %d", c.what, got.parts, got.part, c.k)
		}
	}
}
