package cpu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// randomSlab draws a box that lies in Y without touching itself: dimensions in a random order, with gaps, some of them
// backwards; the same in X, where some also repeat. It returns the elements that Y and X have.
func randomSlab(rng *rand.Rand, most int) (op engine.Slab, sizeY, sizeX int) {
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
				stride[d] = 0
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

// runSlab fills X and Y, runs op, and returns Y with what it should be.
func runSlab[T number](op engine.Slab, sizeY, sizeX int, rng *rand.Rand) (got, want []T, err error) {
	var g guards
	op.Y, op.X = alloc[T](&g, sizeY), alloc[T](&g, sizeX)
	y, x := view[T](op.Y), view[T](op.X)
	for i := range x {
		x[i] = T(rng.IntN(100))
	}
	for i := range y {
		y[i] = T(100 + rng.IntN(100))
	}
	want = slices.Clone(y)
	total := 1
	for _, n := range op.Dims {
		total *= n
	}
	for i := range total {
		atY, atX := op.OffY, op.OffX
		for d, rest := engine.Rank-1, i; d >= 0; d-- {
			atY += rest % op.Dims[d] * op.StrideY[d]
			atX += rest % op.Dims[d] * op.StrideX[d]
			rest /= op.Dims[d]
		}
		if op.Accumulate {
			want[atY] += x[atX]
		} else {
			want[atY] = x[atX]
		}
	}
	if err = (&Stream{}).Slab(op); err == nil {
		err = g.check()
	}
	return slices.Clone(y), want, err
}

func checkSlab[T number](op engine.Slab, sizeY, sizeX int, rng *rand.Rand) error {
	got, want, err := runSlab[T](op, sizeY, sizeX, rng)
	if err != nil {
		return err
	}
	for i, w := range want {
		if got[i] != w {
			return fmt.Errorf("y[%d] is %v, want %v", i, got[i], w)
		}
	}
	return nil
}

func TestSlab(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 3000 {
		most := 5
		if i%10 == 0 {
			most = 13
		}
		op, sizeY, sizeX := randomSlab(rng, most)
		check := []func(engine.Slab, int, int, *rand.Rand) error{checkSlab[float32], checkSlab[float64], checkSlab[int32],
			checkSlab[uint8]}[i%4]
		op.Accumulate = i%4 < 2 && rng.IntN(3) == 0
		if err := check(op, sizeY, sizeX, rng); err != nil {
			t.Fatalf("%+v: %v", op, err)
		}
	}
}

// dims is a box of up to six dimensions, or strides of one.
func dims(v ...int) (d [engine.Rank]int) {
	for i := range d {
		d[i] = 1
	}
	copy(d[:], v)
	return d
}

// slabShapes are boxes of several pieces; each reads all of a dense X and writes all of a dense Y, but for broadcast.
var slabShapes = []struct {
	name string
	op   engine.Slab
}{
	{"copy", engine.Slab{Dims: dims(100000), StrideY: dims(1), StrideX: dims(1)}},
	{"transpose", engine.Slab{Dims: dims(700, 300), StrideY: dims(300, 1), StrideX: dims(1, 700)}},
	{"batched transpose", engine.Slab{Dims: dims(20, 70, 90), StrideY: dims(6300, 90, 1), StrideX: dims(6300, 1, 70)}},
	{"nchw to nhwc", engine.Slab{Dims: dims(8, 64, 64, 3), StrideY: dims(12288, 192, 3, 1), StrideX: dims(12288, 64, 1, 4096)}},
	{"flip", engine.Slab{Dims: dims(8, 64, 64, 3), StrideY: dims(12288, 192, 3, 1), StrideX: dims(12288, 192, -3, 1), OffX: 189}},
	{"reverse", engine.Slab{Dims: dims(70000), StrideY: dims(1), StrideX: dims(-1), OffX: 69999}},
	{"broadcast rows", engine.Slab{Dims: dims(300, 200), StrideY: dims(200, 1), StrideX: dims(0, 1)}},
	{"broadcast columns", engine.Slab{Dims: dims(300, 200), StrideY: dims(200, 1), StrideX: dims(1, 0)}},
	{"concat", engine.Slab{Dims: dims(500, 100), StrideY: dims(164, 1), StrideX: dims(100, 1), OffY: 64}},
}

// sizes are the elements that op's Y and X must have.
func sizes(op engine.Slab) (y, x int) {
	y, x = op.OffY+1, op.OffX+1
	for d, n := range op.Dims {
		y += (n - 1) * max(0, op.StrideY[d])
		x += (n - 1) * max(0, op.StrideX[d])
	}
	return y, x
}

func TestSlabShapes(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, s := range slabShapes {
		y, x := sizes(s.op)
		if err := checkSlab[float32](s.op, y, x, rng); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		s.op.Accumulate = true
		if err := checkSlab[float64](s.op, y, x, rng); err != nil {
			t.Errorf("%s, accumulated: %v", s.name, err)
		}
	}
}

// TestSlabGoesRed plants a wrong stride, offset and size in what the engine gets, but not in what is wanted.
func TestSlabGoesRed(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	right := engine.Slab{Dims: dims(6, 5), StrideY: dims(5, 1), StrideX: dims(1, 6)}
	for _, spoil := range []func(*engine.Slab){
		func(op *engine.Slab) { op.StrideX = dims(5, 1) },
		func(op *engine.Slab) { op.OffX = 1; op.Dims[0] = 5 },
		func(op *engine.Slab) { op.Dims[1] = 4 },
		func(op *engine.Slab) { op.Accumulate = true },
	} {
		wrong := right
		spoil(&wrong)
		got, _, err := runSlab[float32](wrong, 30, 30, rand.New(rand.NewPCG(9, 9)))
		if err != nil {
			t.Fatal(err)
		}
		_, want, err := runSlab[float32](right, 30, 30, rand.New(rand.NewPCG(9, 9)))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(got, want) {
			t.Errorf("%+v cannot be told from %+v", wrong, right)
		}
	}
	if err := checkSlab[float32](right, 30, 30, rng); err != nil {
		t.Error(err)
	}
}

func TestSlabRefusesTypes(t *testing.T) {
	var g guards
	f32, f64, i32 := alloc[float32](&g, 1), alloc[float64](&g, 1), alloc[int32](&g, 1)
	bf16 := engine.Buffer{Mem: f32.Mem, Off: f32.Off, Len: 1, DType: engine.BF16}
	for _, op := range []engine.Slab{{Y: f32, X: f64}, {Y: i32, X: i32, Accumulate: true}, {Y: bf16, X: bf16}} {
		op.Dims = dims(1)
		if (&Stream{}).Slab(op) != engine.ErrUnsupported {
			t.Errorf("%s into %s, accumulating %t, is not refused", op.X.DType, op.Y.DType, op.Accumulate)
		}
	}
}

func BenchmarkSlab(b *testing.B) {
	for _, s := range append(slabShapes[:len(slabShapes):len(slabShapes)], struct {
		name string
		op   engine.Slab
	}{"transpose 1024", engine.Slab{Dims: dims(1024, 1024), StrideY: dims(1024, 1), StrideX: dims(1, 1024)}}) {
		b.Run(s.name, func(b *testing.B) {
			var g guards
			y, x := sizes(s.op)
			s.op.Y, s.op.X = alloc[float32](&g, y), alloc[float32](&g, x)
			stream := &Stream{}
			b.SetBytes(int64(4 * y))
			b.ReportAllocs()
			for b.Loop() {
				if err := stream.Slab(s.op); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
