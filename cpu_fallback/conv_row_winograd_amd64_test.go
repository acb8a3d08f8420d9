//go:build !purego

package cpu

import (
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func rowCases() (cases []convCase) {
	rng := rand.New(rand.NewPCG(16, 4))
	for i := range 60 {
		c := convCase{winograd: true}
		c.ConvDims = engine.ConvDims{N: 1 + rng.IntN(3), H: 5 + rng.IntN(20), W: 8 + rng.IntN(20), C: 3 + rng.IntN(7), K: 16 + rng.IntN(80),
			R: 1 + rng.IntN(5), S: 3, StrideH: 1 + rng.IntN(2), StrideW: 1, PadH: rng.IntN(3), PadW: rng.IntN(3), DilH: 1 + rng.IntN(2), DilW: 1}
		if i == 0 { // rows of several blocks
			c.N, c.H, c.W, c.C, c.K, c.R, c.DilH = 1, 3, 303, 3, 300, 3, 1
		}
		for c.outputs(); c.OutH < 1 || c.OutW < 8; c.outputs() {
			c.H, c.W = c.H+4, c.W+4
		}
		cases = append(cases, c)
	}
	return cases
}

func TestWinogradRow(t *testing.T) {
	eachVectors(t, func(t *testing.T, _ func(func())) {
		eachKernel(func(kernel string) {
			if pixelKernel() == nil {
				return
			}
			for i, c := range rowCases() {
				d := newConvData[float32](c, uint64(i))
				op := engine.Conv2DBwd{DW: d.dw, DY: d.dy, X: d.x, ConvDims: c.ConvDims}
				if got, want := winogradRowBwdWeights(op), 3*c.C <= pixelKernel().spots; got != want {
					t.Fatalf("%s kernel: %s: computed so: %t", kernel, c, got)
				}
				if err := compareConv(c, c, uint64(i)); err != nil {
					t.Fatalf("%s kernel: %s: %v", kernel, c, err)
				}
			}
		})
	})
}
