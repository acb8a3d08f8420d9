package cpu

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// TestConvByHand pins the definition to numbers worked out on paper: a 3x3 map, stride 2, padding 1.
func TestConvByHand(t *testing.T) {
	c := convCase{bias: true}
	c.ConvDims = engine.ConvDims{N: 1, H: 3, W: 3, C: 1, K: 1, R: 2, S: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilH: 1, DilW: 1}
	if !c.outputs() || c.OutH != 2 || c.OutW != 2 {
		t.Fatalf("output %dx%d, want 2x2", c.OutH, c.OutW)
	}
	b := newConvData[float64](c, 1)
	copy(view[float64](b.x), []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	copy(view[float64](b.w), []float64{1, 10, 100, 1000, 1e4, 1e5}) // one decimal place for each tap
	copy(view[float64](b.dy), []float64{1, 2, 3, 4})
	copy(view[float64](b.dp), []float64{1, 2, 3, 4})
	view[float64](b.bias)[0], view[float64](b.bias2)[0] = 0.5, 0.25
	if err := errors.Join(b.forward(c), b.backward(c), b.guards.check()); err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		name      string
		got, want []float64
	}{
		{"y", view[float64](b.y), []float64{210000.5, 32000.5, 870540.5, 98065.5}},
		{"dx", view[float64](b.dx), []float64{1e4, 102000, 2e4, 30, 304, 40, 3e4, 304000, 4e4}},
		{"transpose", view[float64](b.up), []float64{10000.25, 102000.25, 20000.25, 30.25, 304.25, 40.25, 30000.25, 304000.25, 40000.25}},
		{"dw", view[float64](b.dw), []float64{20, 36, 15, 4 + 32, 1 + 6 + 21 + 36, 2 + 24}},
		{"dbias", view[float64](b.dbias), []float64{10}},
	} {
		for i, v := range o.want {
			if math.Abs(o.got[i]-v) > 1e-9 || len(o.got) != len(o.want) {
				t.Errorf("%s = %v, want %v", o.name, o.got, o.want)
				break
			}
		}
	}
}

// TestConvAdjoint checks <conv(x, w), dy> = <x, bwdData(dy, w)> = <w, bwdWeights(dy, x)>, in both precisions.
func TestConvAdjoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 40 {
		c := randomConv(rng)
		c.act, c.pool, c.bias, c.integer = engine.ActNone, 0, false, false
		checkAdjoint[float64](t, c, uint64(i), 0x1p-53)
		checkAdjoint[float32](t, c, uint64(i), 0x1p-24)
	}
}

func checkAdjoint[T float](t *testing.T, c convCase, seed uint64, eps float64) {
	t.Helper()
	b := newConvData[T](c, seed)
	if err := errors.Join(b.forward(c), b.backward(c)); err != nil {
		t.Fatal(err)
	}
	dot := func(a, b engine.Buffer) (sum, size float64) {
		for i, v := range view[T](a) {
			p := float64(v) * float64(view[T](b)[i])
			sum += p
			size += math.Abs(p)
		}
		return sum, size
	}
	y, size := dot(b.y, b.dy)
	dx, _ := dot(b.x, b.dx)
	dw, _ := dot(b.w, b.dw)
	tol := 64 * eps * size
	if !(math.Abs(y-dx) <= tol) || !(math.Abs(y-dw) <= tol) {
		t.Errorf("%s: <y,dy> = %g, <x,dx> = %g, <w,dw> = %g, tolerance %g", c, y, dx, dw, tol)
	}
}

// TestConvProcs wants the same bits whatever the number of cores.
func TestConvProcs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	cases := convTable()
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		cases = append(cases, randomConv(rng))
	}
	for i, c := range cases {
		c.integer = false
		var first *convData[float32]
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			b := newConvData[float32](c, uint64(i))
			if err := errors.Join(b.forward(c), b.backward(c)); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = b
			}
			for k, g := range b.guards {
				if !bytes.Equal(g.Mem.Host, first.guards[k].Mem.Host) {
					t.Errorf("%s: buffer %d differs with %d cores", c, k, procs)
				}
			}
		}
	}
}

// TestConvEpilogueSpecials: NaN takes its window, ties go to the first, dropped rows have no gradient.
func TestConvEpilogueSpecials(t *testing.T) {
	nan := math.NaN()
	c := convCase{pool: 2, act: engine.ActReLU}
	c.ConvDims = engine.ConvDims{N: 1, H: 2, W: 7, C: 1, K: 1, R: 1, S: 1, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1}
	c.outputs()
	for _, special := range []float64{nan, 5} {
		b := newConvData[float32](c, 1)
		x := view[float32](b.x)
		copy(x, []float32{1, float32(special), 3, 3, -1, -2, 9, 5, float32(special), 2, 3, -3, -4, 9})
		copy(view[float32](b.w), []float32{1})
		copy(view[float32](b.dp), []float32{10, 20, 30})
		if err := errors.Join(b.forward(c), b.backward(c)); err != nil {
			t.Fatal(err)
		}
		if got, want := view[uint8](b.arg), []uint8{1, 0, 0}; !bytes.Equal(got, want) {
			t.Errorf("winners %v, want %v", got, want)
		}
		if y := view[float32](b.y); (y[0] == y[0]) != (special == special) || y[1] != 3 || y[2] != 0 {
			t.Errorf("y = %v with %g", y, special)
		}
		want := []float32{0, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		for i, v := range view[float32](b.dz) {
			if v != want[i] {
				t.Errorf("dz = %v, want %v", view[float32](b.dz), want)
				break
			}
		}
		if got := view[float32](b.dbias)[0]; got != 30 {
			t.Errorf("dbias = %g, want 30", got)
		}
	}
}
