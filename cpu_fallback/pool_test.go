package cpu

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func poolDims(n, h, w, c, r, s, stride, pad, dil int) engine.ConvDims {
	d := engine.ConvDims{N: n, H: h, W: w, C: c, K: c, R: r, S: s, StrideH: stride, StrideW: stride,
		PadH: pad, PadW: pad, DilH: dil, DilW: dil}
	d.OutH, d.OutW = (h+2*pad-(r-1)*dil-1)/stride+1, (w+2*pad-(s-1)*dil-1)/stride+1
	return d
}

var poolTable = []engine.ConvDims{
	poolDims(2, 8, 8, 3, 2, 2, 2, 0, 1), poolDims(2, 7, 9, 16, 2, 2, 2, 0, 1), poolDims(1, 9, 9, 5, 3, 3, 2, 1, 1),
	poolDims(3, 6, 5, 17, 3, 2, 1, 1, 1), poolDims(1, 11, 11, 2, 3, 3, 2, 1, 2), poolDims(1, 8, 8, 1, 2, 2, 3, 0, 1),
	poolDims(0, 4, 4, 2, 2, 2, 2, 0, 1), poolDims(1, 4, 5, 64, 4, 5, 1, 0, 1), poolDims(1, 2, 2, 3, 1, 1, 1, 2, 1),
	poolDims(1, 20, 20, 2, 17, 17, 2, 3, 1),
}

// poolRun is the buffers of both poolings of one shape.
type poolRun[T float] struct {
	guards                         guards
	x, y, mean, arg, dy, dx, dmean engine.Buffer
}

// runPool pools small integers, so that maxima tie and every sum is exact.
func runPool[T float](d engine.ConvDims, seed uint64) (*poolRun[T], error) {
	rng := rand.New(rand.NewPCG(seed, 2))
	b := &poolRun[T]{}
	in, out := d.N*d.H*d.W*d.C, d.N*d.OutH*d.OutW*d.C
	b.x, b.dx, b.dmean = alloc[T](&b.guards, in), alloc[T](&b.guards, in), alloc[T](&b.guards, in)
	b.y, b.mean, b.dy = alloc[T](&b.guards, out), alloc[T](&b.guards, out), alloc[T](&b.guards, out)
	if d.R*d.S <= 256 {
		b.arg = alloc[uint8](&b.guards, out)
	} else {
		b.arg = alloc[int32](&b.guards, out)
	}
	for _, buf := range []engine.Buffer{b.x, b.dy} {
		for i := range view[T](buf) {
			view[T](buf)[i] = T(rng.IntN(9) - 4)
		}
	}
	for i := range view[T](b.x) {
		if rng.IntN(50) == 0 {
			view[T](b.x)[i] = T(math.Inf(-1))
		}
	}
	s := &Stream{}
	return b, errors.Join(
		s.MaxPool2D(engine.Pool2D{Y: b.y, X: b.x, Arg: b.arg, ConvDims: d}),
		s.MaxPool2DBwd(engine.Pool2D{Y: b.dy, X: b.dx, Arg: b.arg, ConvDims: d}),
		s.AvgPool2D(engine.Pool2D{Y: b.mean, X: b.x, ConvDims: d}),
		s.AvgPool2DBwd(engine.Pool2D{Y: b.dy, X: b.dmean, ConvDims: d}),
		b.guards.check())
}

// checkPool compares with a scatter over the windows of d, written without regard to speed.
func checkPool[T float](b *poolRun[T], d engine.ConvDims) error {
	x, dy := view[T](b.x), view[T](b.dy)
	dx, dmean := make([]T, len(x)), make([]T, len(x))
	arg := func(at int) int {
		if b.arg.DType == engine.I32 {
			return int(view[int32](b.arg)[at])
		}
		return int(view[uint8](b.arg)[at])
	}
	for at := range dy {
		k, j, i, n := at%d.C, at/d.C%d.OutW, at/d.C/d.OutW%d.OutH, at/d.C/d.OutW/d.OutH
		best, won, from, sum := T(math.Inf(-1)), 0, -1, T(0)
		for tap := range d.R * d.S {
			h, w := i*d.StrideH-d.PadH+tap/d.S*d.DilH, j*d.StrideW-d.PadW+tap%d.S*d.DilW
			if h < 0 || h >= d.H || w < 0 || w >= d.W {
				continue
			}
			p := ((n*d.H+h)*d.W+w)*d.C + k
			sum += x[p]
			dmean[p] += dy[at]
			if from < 0 || x[p] > best {
				best, won, from = x[p], tap, p
			}
		}
		if from >= 0 {
			dx[from] += dy[at]
		}
		if y := view[T](b.y)[at]; y != best || arg(at) != won {
			return fmt.Errorf("maximum %d is %g of place %d, want %g of %d", at, y, arg(at), best, won)
		}
		if got, want := view[T](b.mean)[at], sum/T(d.R*d.S); got != want {
			return fmt.Errorf("mean %d is %g, want %g", at, got, want)
		}
	}
	for p := range dmean {
		dmean[p] /= T(d.R * d.S)
	}
	if !slices.Equal(dx, view[T](b.dx)) {
		return fmt.Errorf("gradient of maxima %v, want %v", view[T](b.dx), dx)
	}
	if !slices.Equal(dmean, view[T](b.dmean)) {
		return fmt.Errorf("gradient of means %v, want %v", view[T](b.dmean), dmean)
	}
	return nil
}

func TestPool(t *testing.T) {
	for i, d := range poolTable {
		a, err := runPool[float32](d, uint64(i))
		b, err64 := runPool[float64](d, uint64(i))
		if err := errors.Join(err, err64, checkPool(a, d), checkPool(b, d)); err != nil {
			t.Errorf("%+v: %v", d, err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 200 {
		d := poolDims(rng.IntN(3), 5+rng.IntN(9), 5+rng.IntN(9), 1+rng.IntN(20), 1+rng.IntN(4), 1+rng.IntN(4), 1+rng.IntN(3), rng.IntN(3), 1)
		b, err := runPool[float32](d, uint64(i))
		if err := errors.Join(err, checkPool(b, d)); err != nil {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

func TestPoolCheckGoesRed(t *testing.T) {
	d := poolTable[2]
	b, err := runPool[float32](d, 1)
	if err != nil {
		t.Fatal(err)
	}
	wrong := d
	wrong.PadW = 0
	if checkPool(b, wrong) == nil {
		t.Error("a wrong padding is not seen")
	}
	view[uint8](b.arg)[3] ^= 1
	if checkPool(b, d) == nil {
		t.Error("a wrong winner is not seen")
	}
}

func TestMaxPoolNaN(t *testing.T) {
	nan := float32(math.NaN())
	var g guards
	d := poolDims(1, 1, 6, 1, 1, 3, 3, 0, 1)
	x, y, arg, bare := alloc[float32](&g, 6), alloc[float32](&g, 2), alloc[uint8](&g, 2), alloc[float32](&g, 2)
	copy(view[float32](x), []float32{9, nan, nan, nan, float32(math.Inf(1)), 0})
	s := &Stream{}
	err := errors.Join(s.MaxPool2D(engine.Pool2D{Y: y, X: x, Arg: arg, ConvDims: d}), s.MaxPool2D(engine.Pool2D{Y: bare, X: x, ConvDims: d}), g.check())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range view[float32](y) {
		if v == v || view[float32](bare)[i] == view[float32](bare)[i] {
			t.Errorf("maximum %d is %g, want NaN", i, v)
		}
	}
	if !bytes.Equal(view[uint8](arg), []uint8{1, 0}) {
		t.Errorf("winners %v, want [1 0]", view[uint8](arg))
	}
}

func TestPoolProcs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	d := poolDims(4, 40, 40, 24, 3, 3, 2, 1, 1)
	var first *poolRun[float32]
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		b, err := runPool[float32](d, 1)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		for i := range b.guards {
			if !bytes.Equal(b.guards[i].Mem.Host, first.guards[i].Mem.Host) {
				t.Errorf("buffer %d differs with %d cores", i, procs)
			}
		}
	}
}
