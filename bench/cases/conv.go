package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
)

// convShape is a convolution of n images h x h with c channels, by k filters r x r.
type convShape struct {
	what                       string
	n, h, c, k, r, stride, pad int
	transposed                 bool
}

// convShapes are first layers, 3x3 inside of a network, 1x1, strided ones, and transposed ones of a generator.
var convShapes = []convShape{
	{"first layer", 4, 224, 3, 64, 3, 1, 0, false},
	{"3x3 large", 4, 222, 64, 128, 3, 1, 0, false},
	{"3x3", 8, 32, 64, 128, 3, 1, 0, false},
	{"3x3 same", 64, 16, 16, 32, 3, 1, 1, false},
	{"1x1", 8, 28, 256, 128, 1, 1, 0, false},
	{"4x4 stride 2", 32, 32, 64, 128, 4, 2, 1, false},
	{"7x7 stride 2", 4, 224, 3, 64, 7, 2, 3, false},
	{"transposed", 32, 8, 256, 128, 4, 2, 1, true},
	{"transposed to 3", 32, 16, 64, 3, 4, 2, 1, true},
}

// out is the side of the output.
func (s convShape) out() int {
	if s.transposed {
		return (s.h-1)*s.stride - 2*s.pad + s.r
	}
	return (s.h+2*s.pad-s.r)/s.stride + 1
}

// convolutions are each shape's three passes: x [n,h,h,c], w [k,r,r,c] (transposed: [c,r,r,k]) and y [n,o,o,k]. Forward
// gives y, data dx from dy and w, filter dw from x and dy.
func convolutions(precision string) (all []Case) {
	for _, s := range convShapes {
		o := s.out()
		in, out, weights := s.n*s.h*s.h*s.c, s.n*o*o*s.k, s.k*s.r*s.r*s.c
		pixels := o * o
		if s.transposed {
			pixels = s.h * s.h
		}
		x, y, w := []int{s.n, s.h, s.h, s.c}, []int{s.n, o, o, s.k}, []int{s.k, s.r, s.r, s.c}
		if s.transposed {
			w = []int{s.c, s.r, s.r, s.k}
		}
		sizes := map[string]int{"n": s.n, "h": s.h, "c": s.c, "k": s.k, "r": s.r, "stride": s.stride, "pad": s.pad, "out": o}
		if s.transposed {
			sizes["transposed"] = 1
		}
		for _, pass := range []struct {
			name   string
			length int // of the sums
			inputs map[string][]int
		}{
			{"forward", s.r * s.r * s.c, map[string][]int{"x": x, "w": w}},
			{"data", s.r * s.r * s.k, map[string][]int{"dy": y, "w": w}},
			{"filter", s.n * pixels, map[string][]int{"x": x, "dy": y}},
		} {
			if s.what == "transposed" && pass.name == "filter" || s.what == "transposed to 3" && pass.name != "forward" {
				continue // they are the passes of the convolution that it transposes
			}
			name := fmt.Sprintf("conv %s %dx%dx%dx%d to %d %s", s.what, s.n, s.h, s.h, s.c, s.k, pass.name)
			all = append(all, Case{
				Case:      wire.Case{Name: name, Kind: "conv2d", Pass: pass.name, Sizes: sizes},
				Flops:     2 * float64(s.n) * float64(pixels) * float64(weights),
				Bytes:     4 * float64(in+out+weights),
				Tolerance: Rounding(precision, pass.length),
				Memory:    24 * int64(in+out),
				Quick:     s.what == "3x3" && pass.name == "forward",
				Inputs: func(rng *rand.Rand) (Tensors, error) {
					t := Tensors{}
					for _, name := range []string{"x", "w", "dy"} { // in an order of their own, so that numbers are the same each time
						if shape := pass.inputs[name]; shape != nil {
							t[name] = Reals(rng, shape...)
						}
					}
					return t, nil
				},
			})
		}
	}
	return all
}
