package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

var binaryFuncs = map[engine.BinaryOp]func(a, b float64) float64{
	engine.Add:  func(a, b float64) float64 { return a + b },
	engine.Sub:  func(a, b float64) float64 { return a - b },
	engine.Mul:  func(a, b float64) float64 { return a * b },
	engine.Div:  func(a, b float64) float64 { return a / b },
	engine.Max:  math.Max,
	engine.Min:  math.Min,
	engine.Pow2: math.Pow,
	engine.Eq:   func(a, b float64) float64 { return truth(a == b) },
	engine.Ne:   func(a, b float64) float64 { return truth(a != b) },
	engine.Lt:   func(a, b float64) float64 { return truth(a < b) },
	engine.Le:   func(a, b float64) float64 { return truth(a <= b) },
	engine.Gt:   func(a, b float64) float64 { return truth(a > b) },
	engine.Ge:   func(a, b float64) float64 { return truth(a >= b) },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// box is an output shape and a few operands broadcast to it: each keeps some dims, in an order of its own.
type box struct {
	dims    shape
	total   int
	strides []shape
	sizes   []int // elements each operand has
}

func newBox(dims shape, operands int, rng *rand.Rand) box {
	b := box{dims: dims, total: 1}
	for _, d := range dims {
		b.total *= d
	}
	for range operands {
		order, stride, size := []int{5, 4, 3, 2, 1, 0}, shape{}, 1
		if rng.IntN(3) == 0 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		keep := rng.IntN(4) // 0: everything, 1: nothing, else by chance
		for _, d := range order {
			if keep == 0 || keep > 1 && rng.IntN(2) == 0 {
				stride[d] = size
				size *= dims[d]
			}
		}
		b.strides, b.sizes = append(b.strides, stride), append(b.sizes, size)
	}
	return b
}

// index is which element of operand k output i reads, by division alone.
func (b *box) index(i, k int) (at int) {
	for d := len(b.dims) - 1; d >= 0; d-- {
		at += i % b.dims[d] * b.strides[k][d]
		i /= b.dims[d]
	}
	return at
}

// boxes are shapes that take each path of the broadcast, and many at random.
func boxes(operands int) (all []box) {
	rng := rand.New(rand.NewPCG(7, 7))
	fixed := []shape{
		{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 70000}, {1, 1, 1, 1, 3000, 16}, {1, 1, 1, 1, 40, 700}, {1, 1, 1, 1, 5, 2000},
		{1, 1, 4, 3, 7, 11}, {1, 1, 1, 8, 64, 64}, {1, 1, 1, 1, 0, 5}, {1, 1, 1, 1, 20000, 1}, {1, 1, 1, 1, 513, 3}, {1, 1, 1, 1, 9000, 3}, {1, 1, 1, 50, 40, 17},
	}
	for _, f := range fixed {
		for range 10 {
			all = append(all, newBox(f, operands, rng))
		}
	}
	for range 300 {
		dims := shape{}
		for d := range dims {
			dims[d] = 1 + rng.IntN(6)*rng.IntN(2)
			if rng.IntN(60) == 0 {
				dims[d] = 0
			}
		}
		all = append(all, newBox(dims, operands, rng))
	}
	return all
}

func small[T number](n int, rng *rand.Rand) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(1 + rng.IntN(5)) // exact in every type, and often equal
	}
	return x
}

func testBinary[Y, T number](t *testing.T, op engine.BinaryOp, b box) {
	rng := rand.New(rand.NewPCG(uint64(b.total), uint64(op)))
	o := engine.Binary{Op: op, Dims: b.dims, StrideA: b.strides[0], StrideB: b.strides[1]}
	var x, z []T
	var y []Y
	o.A, x = fenced(t, small[T](b.sizes[0], rng)...)
	o.B, z = fenced(t, small[T](b.sizes[1], rng)...)
	o.Y, y = blank[Y](t, b.total)
	must(t, newStream(t).Binary(o))
	want := make([]float64, b.total)
	for i := range want {
		want[i] = binaryFuncs[op](float64(x[b.index(i, 0)]), float64(z[b.index(i, 1)]))
		if o.Y.DType == engine.I32 {
			want[i] = math.Trunc(want[i])
		}
	}
	expect(t, fmt.Sprintf("%d of %v, strides %v", op, b.dims, b.strides), y, want, 0, 4*0x1p-24)
}

func TestBinaryBroadcast(t *testing.T) {
	for i, b := range boxes(2) {
		testBinary[float32, float32](t, engine.Sub, b)
		op := engine.BinaryOp(i) % engine.BinaryOps
		testBinary[float32, float32](t, op, b)
		testBinary[float64, float64](t, op, b)
		testBinary[int32, int32](t, op, b)
		testBinary[float64, int32](t, engine.Eq+op%(engine.BinaryOps-engine.Eq), b)
		testBinary[float64, float32](t, engine.Eq+op%(engine.BinaryOps-engine.Eq), b)
	}
}

func TestBinaryInPlace(t *testing.T) {
	n := lightGrain + 3
	a, x := fenced(t, small[float32](n, rand.New(rand.NewPCG(1, 1)))...)
	row, _ := fenced[float32](t, 10)
	want := make([]float64, n)
	for i, v := range x {
		want[i] = 10 - float64(v)
	}
	o := engine.Binary{Op: engine.Sub, Y: a, A: row, B: a, Dims: shape{1, 1, 1, 1, 1, n}, StrideB: shape{0, 0, 0, 0, 0, 1}}
	must(t, newStream(t).Binary(o))
	expect(t, "Y is B", x, want, 0, 0)
}

func binaryOf[T number](t *testing.T, op engine.BinaryOp, a, b []T) []T {
	o := engine.Binary{Op: op, Dims: shape{1, 1, 1, 1, 1, len(a)}, StrideA: shape{5: 1}, StrideB: shape{5: 1}}
	o.A, _ = fenced(t, a...)
	o.B, _ = fenced(t, b...)
	var y []T
	o.Y, y = blank[T](t, len(a))
	must(t, newStream(t).Binary(o))
	return y
}

func TestBinarySpecialValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	a, b := []float64{nan, 1, nan, inf, -1}, []float64{1, nan, nan, inf, 0}
	for op, want := range map[engine.BinaryOp][]float64{
		engine.Max: {nan, nan, nan, inf, 0},
		engine.Min: {nan, nan, nan, inf, -1},
		engine.Div: {nan, nan, nan, nan, -inf},
		engine.Eq:  {0, 0, 0, 1, 0},
		engine.Ne:  {1, 1, 1, 0, 1},
		engine.Lt:  {0, 0, 0, 0, 1},
		engine.Le:  {0, 0, 0, 1, 1},
		engine.Gt:  {0, 0, 0, 0, 0},
		engine.Ge:  {0, 0, 0, 1, 0},
	} {
		expect(t, fmt.Sprint("float64 ", op), binaryOf(t, op, a, b), want, 0, 0)
		expect(t, fmt.Sprint("float32 ", op), binaryOf(t, op, to32(a), to32(b)), want, 0, 0)
	}
	ints := []int32{7, -7, 5, math.MinInt32, 2, 1, -1, -1, 0}
	by := []int32{2, 2, 0, -1, -1, -5, -5, -4, -1}
	expect(t, "integer quotients", binaryOf(t, engine.Div, ints, by), []float64{3, -3, 0, math.MinInt32, -2, 0, 0, 0, 0}, 0, 0)
	expect(t, "integer powers", binaryOf(t, engine.Pow2, ints, by), []float64{49, 49, 1, 0, 0, 1, -1, 1, 0}, 0, 0)
}

func TestBinaryGoesRed(t *testing.T) {
	b := box{dims: shape{1, 1, 1, 1, 3, 5}, total: 15, strides: []shape{{4: 1, 5: 3}}}
	if b.index(1, 0) != 3 || b.index(5, 0) != 1 {
		t.Error("the reference does not walk a transposed operand")
	}
	if disagrees(binaryOf(t, engine.Sub, []float64{1}, []float64{2}), []float64{1}, 0, 0) < 0 {
		t.Error("b - a passes for a - b")
	}
}
