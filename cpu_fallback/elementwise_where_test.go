package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// testWhere leaves out operand absent (1 is A, 2 is B, 0 neither).
func testWhere[T, C number](t *testing.T, b box, absent int) {
	rng := rand.New(rand.NewPCG(uint64(b.total), 9))
	o := engine.Where{Dims: b.dims, StrideC: b.strides[0], StrideA: b.strides[1], StrideB: b.strides[2]}
	conds := make([]C, b.sizes[0])
	for i := range conds {
		conds[i] = C(rng.IntN(2) * (1 + rng.IntN(7)))
	}
	var y, x, z []T
	o.Cond, _ = fenced(t, conds...)
	o.A, x = fenced(t, small[T](b.sizes[1], rng)...)
	o.B, z = fenced(t, small[T](b.sizes[2], rng)...)
	o.Y, y = blank[T](t, b.total)
	if absent == 1 {
		o.A = engine.Buffer{}
		clear(x)
	} else if absent == 2 {
		o.B = engine.Buffer{}
		clear(z)
	}
	must(t, newStream(t).Where(o))
	want := make([]float64, b.total)
	for i := range want {
		want[i] = float64(z[b.index(i, 2)])
		if conds[b.index(i, 0)] != 0 {
			want[i] = float64(x[b.index(i, 1)])
		}
	}
	expect(t, fmt.Sprintf("%v by %v of %v, strides %v", o.Y.DType, o.Cond.DType, b.dims, b.strides), y, want, 0, 0)
}

func TestWhere(t *testing.T) {
	for i, b := range boxes(3) {
		testWhere[float32, uint8](t, b, i%3)
		testWhere[float64, float32](t, b, i%3)
		testWhere[int32, int32](t, b, i%3)
		testWhere[uint8, float64](t, b, i%3)
	}
}

func TestWhereKeepsNaN(t *testing.T) {
	nan := math.NaN()
	o := engine.Where{Dims: shape{1, 1, 1, 1, 1, 3}, StrideC: shape{5: 1}, StrideA: shape{5: 1}}
	var y []float32
	o.Cond, _ = fenced(t, float32(nan), float32(math.Copysign(0, -1)), 1)
	o.A, _ = fenced(t, float32(1), 2, float32(nan))
	o.Y, y = blank[float32](t, 3)
	must(t, newStream(t).Where(o))
	expect(t, "NaN is not 0, and is moved", y, []float64{1, 0, nan}, 0, 0)
}
