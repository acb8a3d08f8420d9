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

type extent = [engine.Rank]int

// span is an operand's strides in a box, and how many elements it has.
type span struct {
	strides extent
	size    int
}

// spanOf has row-major strides of the dims that are kept; the others repeat.
func spanOf(d extent, kept uint) span {
	p := span{size: 1}
	for k := engine.Rank - 1; k >= 0; k-- {
		if kept>>k&1 != 0 {
			p.strides[k] = p.size
			p.size *= d[k]
		}
	}
	return p
}

// boxes are outputs of each rank with every kind of broadcast, and with dims of 0 and 1.
func boxes() (all []extent) {
	all = []extent{
		{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1025}, {1, 1, 1, 1, 37, 16}, {1, 1, 1, 5, 7, 11}, {2, 3, 2, 3, 2, 3}, {1, 1, 1, 1, 0, 5},
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for range 10 {
		var d extent
		for k := range d {
			d[k] = 1 + rng.IntN(4)*rng.IntN(2)
		}
		all = append(all, d)
	}
	return all
}

func total(d extent) int {
	n := 1
	for _, v := range d {
		n *= v
	}
	return n
}

// wholes are small whole numbers, which are exact in every type and often equal.
func wholes(n int, seed uint64) []float64 {
	rng, v := rand.New(rand.NewPCG(seed, 5)), make([]float64, n)
	for i := range v {
		v[i] = float64(1 + rng.IntN(5))
	}
	return v
}

func TestBinary(t *testing.T) {
	const whole = 1<<engine.Rank - 1
	for i, d := range boxes() {
		for j, kept := range [][2]uint{{whole, whole}, {whole, 0}, {whole, 0b111000}, {0b000111, whole}, {0b110011, 0b001100}} {
			op := engine.BinaryOp(3*i+j) % engine.BinaryOps
			compared := engine.Eq + op%(engine.BinaryOps-engine.Eq)
			a, b := spanOf(d, kept[0]), spanOf(d, kept[1])
			x, z := wholes(a.size, 1), wholes(b.size, 2)
			for _, c := range []struct {
				op       engine.BinaryOp
				y, x, z  operand
				exponent bool
			}{
				{op: op, y: output(engine.F32, total(d)), x: reals(x...), z: reals(z...)},
				{op: op, y: output(engine.I32, total(d)), x: ints(x...), z: ints(z...)},
				{op: compared, y: output(engine.F32, total(d)), x: ints(x...), z: ints(z...)},
			} {
				// quotients are rounded once; a power is 8 units in the last place off at most
				parity(t, fmt.Sprintf("%v op %d, %b and %b of %v", c.y.dtype, c.op, kept[0], kept[1], d), check.Tol{Rel: 8 * check.Epsilon},
					[]operand{c.y, c.x, c.z}, func(s engine.Stream, p []engine.Buffer) error {
						return s.Binary(engine.Binary{Op: c.op, Y: p[0], A: p[1], B: p[2], Dims: d, StrideA: a.strides, StrideB: b.strides})
					})
			}
		}
	}
}

// Every function, on values where the engines could disagree.
func TestBinarySpecial(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	x, z := []float64{}, []float64{}
	for _, a := range []float64{0, 1, -1, 2.5, -inf, inf, nan} {
		for _, b := range []float64{0, 1, -1, 2.5, -inf, inf, nan} {
			x, z = append(x, a), append(z, b)
		}
	}
	p, q := []float64{}, []float64{}
	for _, a := range []float64{0, 1, -1, 2, 7, -7, math.MaxInt32, math.MinInt32} {
		for _, b := range []float64{0, 1, -1, 2, -3, math.MaxInt32, math.MinInt32} {
			p, q = append(p, a), append(q, b)
		}
	}
	for op := range engine.BinaryOps {
		for _, c := range [][2]operand{{reals(x...), reals(z...)}, {ints(p...), ints(q...)}} {
			n := len(c[0].values)
			line := extent{5: 1}
			parity(t, fmt.Sprintf("op %d of %v", op, c[0].dtype), check.Tol{Rel: 8 * check.Epsilon, NaN: true},
				[]operand{output(c[0].dtype, n), c[0], c[1]}, func(s engine.Stream, b []engine.Buffer) error {
					return s.Binary(engine.Binary{Op: op, Y: b[0], A: b[1], B: b[2], Dims: extent{1, 1, 1, 1, 1, n}, StrideA: line, StrideB: line})
				})
		}
	}
}

func TestWhere(t *testing.T) {
	for i, d := range boxes() {
		for j, kept := range [][3]uint{{63, 63, 63}, {63, 0, 0b111000}, {0b000111, 63, 63}, {0b010101, 0b110000, 0b001111}} {
			c, a, b := spanOf(d, kept[0]), spanOf(d, kept[1]), spanOf(d, kept[2])
			conds := wholes(c.size, 3)
			for k := range conds {
				conds[k] = max(conds[k]-3, 0)
			}
			x, z := gaussian(a.size, 1), gaussian(b.size, 2)
			for k, cond := range []operand{reals(conds...), ints(conds...), pixels(conds...)} {
				operands := []operand{output(engine.F32, total(d)), cond, reals(x...), reals(z...)}
				if k == 1 {
					operands = []operand{output(engine.U8, total(d)), cond, pixels(wholes(a.size, 1)...), pixels(wholes(b.size, 2)...)}
				}
				if absent := (i + j + k) % 4; absent > 1 {
					operands[absent] = operand{}
				}
				parity(t, fmt.Sprintf("by %v, %b of %v", cond.dtype, kept, d), check.Tol{}, operands, func(s engine.Stream, p []engine.Buffer) error {
					return s.Where(engine.Where{Y: p[0], Cond: p[1], A: p[2], B: p[3], Dims: d, StrideC: c.strides, StrideA: a.strides, StrideB: b.strides})
				})
			}
		}
	}
}

// A box is walked with no more dims than it needs.
func TestBoxJoins(t *testing.T) {
	for _, c := range []struct {
		d     extent
		kept  uint // of the second operand
		first int
		flat  bool
	}{
		{extent{1, 1, 1, 1, 1, 1}, 63, 6, true},
		{extent{2, 1, 3, 1, 4, 5}, 63, 5, true},
		{extent{2, 1, 3, 1, 4, 5}, 0, 5, false},
		{extent{2, 1, 3, 1, 4, 5}, 0b110000, 4, false},
		{extent{2, 1, 3, 1, 4, 5}, 0b100101, 3, false},
	} {
		b := newBroadcast(c.d, spanOf(c.d, 63).strides, spanOf(c.d, c.kept).strides)
		if b.first != c.first || b.flat(2) != c.flat || b.total != total(c.d) {
			t.Errorf("%v with %b: first dim %d, flat %t; want %d, %t", c.d, c.kept, b.first, b.flat(2), c.first, c.flat)
		}
	}
}
