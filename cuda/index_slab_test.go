//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// drawSlab is a box that lies in Y without touching itself: dimensions in a random order, with gaps, some of them
// backwards; the same in X, where some also repeat. It returns the elements that Y and X have.
func drawSlab(rng *rand.Rand, most int) (op engine.Slab, sizeY, sizeX int) {
	for d := range op.Dims {
		op.Dims[d] = 1
		if rng.IntN(2) == 0 {
			op.Dims[d] = rng.IntN(most + 1)
		}
	}
	place := func(stride *[engine.Rank]int, repeat bool) (off, size int) {
		size = 1
		for _, d := range rng.Perm(engine.Rank) {
			if repeat && rng.IntN(4) == 0 {
				continue
			}
			stride[d] = size
			size *= max(1, op.Dims[d])
			if rng.IntN(4) == 0 {
				size += stride[d] * rng.IntN(3) // a slice of something wider
			}
			if rng.IntN(4) == 0 {
				off += stride[d] * (max(1, op.Dims[d]) - 1)
				stride[d] = -stride[d]
			}
		}
		gap := rng.IntN(3)
		return off + gap, size + 2*gap
	}
	op.OffY, sizeY = place(&op.StrideY, false)
	op.OffX, sizeX = place(&op.StrideX, true)
	return op, sizeY, sizeX
}

// slabParity copies a box of elements of type t into a Y that is full of something else.
func slabParity(t *testing.T, what string, op engine.Slab, dtype engine.DType, sizeY, sizeX int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 8))
	whole := func(n int) operand {
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(rng.IntN(100))
		}
		return operand{dtype, v, true}
	}
	parity(t, what, check.Tol{}, []operand{whole(sizeY), whole(sizeX)}, func(s engine.Stream, b []engine.Buffer) error {
		op.Y, op.X = b[0], b[1]
		return s.Slab(op)
	})
}

func TestSlab(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 300 {
		most := 4
		if i%10 == 0 {
			most = 9
		}
		op, sizeY, sizeX := drawSlab(rng, most)
		dtype := []engine.DType{engine.F32, engine.I32, engine.U8}[i%3]
		op.Accumulate = dtype == engine.F32 && rng.IntN(2) == 0
		slabParity(t, fmt.Sprintf("%v %+v", dtype, op), op, dtype, sizeY, sizeX)
	}
}

// six is a box of up to six dimensions, or strides of one.
func six(v ...int) (d [engine.Rank]int) {
	for i := range d {
		d[i] = 1
	}
	copy(d[:], v)
	return d
}

// slabShapes read all of a dense X and write all of a dense Y, but for broadcast: the paths for long runs and tiles.
var slabShapes = []struct {
	name string
	op   engine.Slab
}{
	{"copy", engine.Slab{Dims: six(3001), StrideY: six(1), StrideX: six(1)}},
	{"transpose", engine.Slab{Dims: six(70, 33), StrideY: six(33, 1), StrideX: six(1, 70)}},
	{"batched transpose", engine.Slab{Dims: six(3, 17, 40), StrideY: six(680, 40, 1), StrideX: six(680, 1, 17)}},
	{"transpose of a slice", engine.Slab{Dims: six(2, 20, 16), StrideY: six(330, 16, 1), StrideX: six(440, 1, 22), OffY: 3,
		OffX: 1}},
	{"nchw to nhwc", engine.Slab{Dims: six(2, 8, 8, 3), StrideY: six(192, 24, 3, 1), StrideX: six(192, 8, 1, 64)}},
	{"flip", engine.Slab{Dims: six(2, 6, 8, 3), StrideY: six(144, 24, 3, 1), StrideX: six(144, 24, -3, 1), OffX: 21}},
	{"reverse", engine.Slab{Dims: six(700), StrideY: six(1), StrideX: six(-1), OffX: 699}},
	{"broadcast rows", engine.Slab{Dims: six(30, 20), StrideY: six(20, 1), StrideX: six(0, 1)}},
	{"broadcast columns", engine.Slab{Dims: six(30, 20), StrideY: six(20, 1), StrideX: six(1, 0)}},
	{"concat by vectors", engine.Slab{Dims: six(5, 48), StrideY: six(80, 1), StrideX: six(48, 1), OffY: 32}},
	{"concat by elements", engine.Slab{Dims: six(5, 50), StrideY: six(83, 1), StrideX: six(50, 1), OffY: 33}},
	{"nothing", engine.Slab{Dims: six(5, 0), StrideY: six(1, 1), StrideX: six(1, 1)}},
	{"one", engine.Slab{Dims: six(1), OffX: 2, OffY: 1}},
}

func TestSlabShapes(t *testing.T) {
	for _, c := range slabShapes {
		y, x := c.op.OffY+1, c.op.OffX+1
		for d, n := range c.op.Dims {
			y += max(0, (n-1)*c.op.StrideY[d])
			x += max(0, (n-1)*c.op.StrideX[d])
		}
		for _, dtype := range []engine.DType{engine.F32, engine.U8} {
			slabParity(t, fmt.Sprintf("%s of %v", c.name, dtype), c.op, dtype, y, x)
		}
		c.op.Accumulate = true
		slabParity(t, c.name+", accumulated", c.op, engine.F32, y, x)
	}
}

func TestSlabRefusesTypes(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	f32, f64, i32 := memory(t, d, engine.F32, 1), memory(t, d, engine.F64, 1), memory(t, d, engine.I32, 1)
	for _, op := range []engine.Slab{{Y: f32, X: i32}, {Y: f64, X: f64}, {Y: i32, X: i32, Accumulate: true}} {
		op.Dims = six(1)
		if err := s.Slab(op); err != engine.ErrUnsupported {
			t.Errorf("%v into %v, accumulating %t: got %v, want ErrUnsupported", op.X.DType, op.Y.DType, op.Accumulate, err)
		}
	}
}
