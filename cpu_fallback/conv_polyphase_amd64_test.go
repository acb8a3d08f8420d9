//go:build !purego

package cpu

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func polyphaseCases() (cases []convCase) {
	add := func(i, n, h, w, c, k, padH, padW int) {
		v := convCase{act: engine.Act(i % 5), bias: i%3 != 0, winograd: true}
		v.ConvDims = engine.ConvDims{N: n, H: h, W: w, C: c, K: k, R: 4, S: 4, StrideH: 2, StrideW: 2, PadH: padH, PadW: padW, DilH: 1, DilW: 1}
		v.outputs()
		cases = append(cases, v)
	}
	for i, v := range [][6]int{ // n, h, w, c, k, pad
		{2, 8, 8, 16, 16, 1}, {1, 6, 6, 16, 17, 0}, {3, 9, 7, 17, 33, 1}, {3, 14, 14, 40, 48, 1}, {2, 4, 4, 30, 16, 1},
		{1, 5, 21, 16, 20, 2}, {4, 16, 16, 24, 32, 1}, {1, 7, 6, 140, 40, 1}, {2, 11, 10, 20, 135, 0}, {1, 7, 7, 16, 16, 3},
		{30, 4, 4, 70, 67, 1},
	} {
		add(i, v[0], v[1], v[2], v[3], v[4], v[5], v[5])
	}
	rng := rand.New(rand.NewPCG(8, 8))
	for i := range 20 {
		add(i, rng.IntN(4), 4+rng.IntN(14), 4+rng.IntN(14), 16+rng.IntN(40), 16+rng.IntN(40), rng.IntN(4), rng.IntN(4))
	}
	return cases
}

// evenSmall has F(4x4, 2x2) compute cases of any size until the test ends.
func evenSmall(t *testing.T) {
	worth := polyphaseWorth
	polyphaseWorth = 0
	t.Cleanup(func() { polyphaseWorth = worth })
}

func TestPolyphase(t *testing.T) {
	evenSmall(t)
	eachVectors(t, func(t *testing.T, _ func(func())) {
		eachKernel(func(kernel string) {
			for i, c := range polyphaseCases() {
				if err := compareConv(c, c, uint64(i)); err != nil {
					t.Fatalf("%s kernel: %s: %v", kernel, c, err)
				}
			}
		})
	})
}

// What the mistakes of TestConvCheckGoesRed are to the direct forms, these are to this one.
func TestPolyphaseCheckGoesRed(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	evenSmall(t)
	c := polyphaseCases()[1]
	for name, plant := range map[string]func(*convCase){
		"rows":       func(c *convCase) { c.PadH, c.H = 1, c.H-2 },
		"bias":       func(c *convCase) { c.bias = !c.bias },
		"activation": func(c *convCase) { c.act = engine.ActTanh },
	} {
		wrong := c
		plant(&wrong)
		if compareConv(c, wrong, 1) == nil {
			t.Errorf("a wrong %s is not seen", name)
		}
	}
}

// TestPolyphaseParts: sums of tiles and of channels that do not fit the cache at once.
func TestPolyphaseParts(t *testing.T) {
	evenSmall(t)
	most := polyphaseMost
	polyphaseMost = 1 << 16
	defer func() { polyphaseMost = most }()
	for _, v := range [][3]int{{40, 23, 70}, {20, 110, 20}, {15, 16, 440}} { // n, c, k: the last two have too many channels for a piece
		c := convCase{winograd: true, bias: true, act: engine.ActLeakyReLU}
		c.ConvDims = engine.ConvDims{N: v[0], H: 16, W: 14, C: v[1], K: v[2], R: 4, S: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilH: 1, DilW: 1}
		c.outputs()
		if err := compareConv(c, c, 1); err != nil {
			t.Fatalf("%s: %v", c, err)
		}
	}
}

// TestPolyphaseProcs wants the same bits whatever the number of cores.
func TestPolyphaseProcs(t *testing.T) {
	evenSmall(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, c := range polyphaseCases() {
		var first *convData[float32]
		for _, procs := range []int{1, 2, 7} {
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
					t.Fatalf("%s: buffer %d differs with %d cores", c, k, procs)
				}
			}
		}
	}
}

// TestPolyphaseError measures what the form costs, for 64 channels: see TestWinogradError. The direct forms, too, add up
// in parts, which makes their errors smaller than those of plain sums by less than half.
func TestPolyphaseError(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	c := convCase{}
	c.ConvDims = engine.ConvDims{N: 8, H: 32, W: 32, C: 64, K: 64, R: 4, S: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilH: 1, DilW: 1}
	c.outputs()
	measureLoss(t, c, 2*polyphaseLoss)
}

// TestPolyphaseGains pins what is computed in this form: what was measured to win, and not what lost.
func TestPolyphaseGains(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	for _, o := range []struct {
		n, side, c, k    int
		forward, weights bool
	}{
		{128, 16, 64, 128, true, true}, {128, 8, 128, 256, true, true}, {128, 14, 32, 64, true, true}, {24, 16, 64, 64, true, true},
		{128, 14, 16, 16, false, true}, {1, 16, 64, 128, false, true}, {128, 10, 64, 128, false, false}, {128, 4, 256, 512, false, false},
	} {
		c := convCase{winograd: true}
		c.ConvDims = engine.ConvDims{N: o.n, H: o.side, W: o.side, C: o.c, K: o.k, R: 4, S: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilH: 1, DilW: 1}
		c.outputs()
		d := newConvData[float32](c, 1)
		if got := polyphaseForward(engine.Conv2D{Y: d.y, X: d.x, W: d.w, ConvDims: c.ConvDims}); got != o.forward {
			t.Errorf("%s forward: %t, want %t", c, got, o.forward)
		}
		if got := polyphaseBwdWeights(engine.Conv2DBwd{DW: d.dw, DY: d.dy, X: d.x, ConvDims: c.ConvDims}); got != o.weights {
			t.Errorf("%s weights: %t, want %t", c, got, o.weights)
		}
	}
}

// Of small maps, 7 and 15 pixels wide to 14 and 30, components of a transposed convolution read the same tiles.
func TestPolyphaseShare(t *testing.T) {
	for out, want := range map[int]bool{6: true, 8: false, 14: true, 16: false, 13: true, 30: true, 1: false} {
		p := transposedPhases(out, 1)
		seen := make([]int, out)
		if got := p.share(); got != want {
			t.Errorf("%d pixels: shared: %t, want %t", out, got, want)
		}
		for f := range 2 {
			for i := p.skip[f]; i < p.n[f]; i++ {
				seen[p.out[f]+p.outStep*i]++
			}
		}
		for i, n := range seen {
			if n != 1 {
				t.Errorf("%d pixels: pixel %d is computed %d times", out, i, n)
			}
		}
	}
}
