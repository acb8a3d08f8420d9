//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// dims is those of a convolution of n maps [h, w, c] with k filters [r, s], with the same stride, padding and dilation
// in both directions.
func dims(n, h, w, c, k, r, s, stride, pad, dil int) engine.ConvDims {
	return unequal(n, h, w, c, k, r, s, [2]int{stride, stride}, [2]int{pad, pad}, [2]int{dil, dil})
}

func unequal(n, h, w, c, k, r, s int, stride, pad, dil [2]int) engine.ConvDims {
	return engine.ConvDims{N: n, H: h, W: w, C: c, K: k, R: r, S: s,
		OutH: (h+2*pad[0]-dil[0]*(r-1)-1)/stride[0] + 1, OutW: (w+2*pad[1]-dil[1]*(s-1)-1)/stride[1] + 1,
		StrideH: stride[0], StrideW: stride[1], PadH: pad[0], PadW: pad[1], DilH: dil[0], DilW: dil[1]}
}

var convShapes = []engine.ConvDims{
	dims(2, 5, 6, 4, 8, 3, 3, 1, 1, 1),
	dims(1, 9, 7, 3, 5, 3, 3, 1, 0, 1),    // first layer: few channels
	dims(2, 8, 8, 8, 12, 3, 3, 2, 1, 1),   // strided
	dims(1, 6, 6, 1, 2, 3, 3, 2, 0, 1),    // a row and a column are left over
	dims(1, 7, 7, 2, 3, 1, 2, 3, 0, 1),    // a stride beyond the kernel leaves pixels that no tap reaches
	dims(1, 8, 9, 4, 4, 3, 2, 1, 1, 2),    // dilated
	dims(1, 11, 10, 4, 3, 3, 3, 2, 2, 2),  // stride and dilation have a common divisor
	dims(1, 11, 10, 4, 3, 3, 3, 4, 1, 6),  // and share only a part of it
	dims(3, 4, 4, 20, 6, 1, 1, 1, 0, 1),   // a plain product
	dims(2, 5, 5, 4, 4, 1, 1, 2, 0, 1),    // one tap, strided
	dims(1, 2, 2, 2, 2, 3, 3, 1, 3, 1),    // padding beyond the map
	dims(1, 3, 4, 2, 2, 3, 4, 1, 0, 1),    // one pixel comes out
	dims(5, 1, 1, 17, 19, 1, 1, 1, 0, 1),  // maps of one pixel
	dims(1, 9, 11, 19, 21, 3, 3, 1, 1, 1), // more than one tile, and nothing divides by four
	unequal(2, 6, 7, 5, 4, 2, 3, [2]int{1, 2}, [2]int{1, 0}, [2]int{2, 1}),
	dims(0, 5, 5, 2, 3, 3, 3, 1, 1, 1), dims(1, 5, 5, 0, 3, 3, 3, 1, 1, 1), dims(1, 5, 5, 2, 0, 3, 3, 1, 1, 1),
}

func mapSize(d engine.ConvDims) int    { return d.N * d.H * d.W * d.C }
func weightSize(d engine.ConvDims) int { return d.K * d.R * d.S * d.C }
func outSize(d engine.ConvDims) int    { return d.N * d.OutH * d.OutW * d.K }

// A convCase is one of the three products, by the seam or as a tiling says.
type convCase struct {
	name     string
	k        func(d engine.ConvDims) int // terms of a sum, at most
	operands func(d engine.ConvDims, values func(n int, seed uint64) operand) []operand
	run      func(d engine.ConvDims, s engine.Stream, b []engine.Buffer, how func(batch, m, n, k int) tiling) error
}

var convCases = []convCase{
	{"forward", func(d engine.ConvDims) int { return d.R * d.S * d.C },
		func(d engine.ConvDims, values func(n int, seed uint64) operand) []operand {
			return []operand{output(engine.F32, outSize(d)), values(mapSize(d), 1), values(weightSize(d), 2), values(d.K, 3)}
		},
		func(d engine.ConvDims, s engine.Stream, b []engine.Buffer, how func(batch, m, n, k int) tiling) error {
			o := engine.Conv2D{Y: b[0], X: b[1], W: b[2], Bias: b[3], ConvDims: d, Act: engine.ActLeakyReLU}
			if g, ok := s.(*Stream); ok && how != nil {
				p := forwardProduct(o, d.N*d.OutH*d.OutW)
				return g.convolveBy(d, p, how(p.batch, p.m, p.n, p.k))
			}
			return s.Conv2D(o)
		}},
	{"transposed", func(d engine.ConvDims) int { return d.R * d.S * d.K },
		func(d engine.ConvDims, values func(n int, seed uint64) operand) []operand {
			return []operand{output(engine.F32, mapSize(d)), values(outSize(d), 1), values(weightSize(d), 2), values(d.C, 3)}
		},
		func(d engine.ConvDims, s engine.Stream, b []engine.Buffer, how func(batch, m, n, k int) tiling) error {
			o := engine.Conv2D{Y: b[0], X: b[1], W: b[2], Bias: b[3], ConvDims: d, Act: engine.ActReLU}
			if g, ok := s.(*Stream); ok && how != nil {
				p := transposedProduct(o)
				return g.convolveBy(d, p, how(p.batch, p.m, p.n, p.k))
			}
			return s.ConvTranspose2D(o)
		}},
	{"gradient of the map", func(d engine.ConvDims) int { return d.R * d.S * d.K },
		func(d engine.ConvDims, values func(n int, seed uint64) operand) []operand {
			return []operand{output(engine.F32, mapSize(d)), values(outSize(d), 1), values(weightSize(d), 2)}
		},
		func(d engine.ConvDims, s engine.Stream, b []engine.Buffer, how func(batch, m, n, k int) tiling) error {
			return s.Conv2DBwdData(engine.Conv2DBwd{DX: b[0], DY: b[1], W: b[2], ConvDims: d})
		}},
	{"gradient of the weights", func(d engine.ConvDims) int { return d.N * d.OutH * d.OutW },
		func(d engine.ConvDims, values func(n int, seed uint64) operand) []operand {
			return []operand{output(engine.F32, weightSize(d)), values(outSize(d), 1), values(mapSize(d), 2)}
		},
		func(d engine.ConvDims, s engine.Stream, b []engine.Buffer, how func(batch, m, n, k int) tiling) error {
			o := engine.Conv2DBwd{DW: b[0], DY: b[1], X: b[2], ConvDims: d}
			if g, ok := s.(*Stream); ok && how != nil {
				p := weightsProduct(o, d.R*d.S*d.C, d.N*d.OutH*d.OutW)
				return g.convolveBy(d, p, how(p.batch, p.m, p.n, p.k))
			}
			return s.Conv2DBwdWeights(o)
		}},
}

func TestConv(t *testing.T) {
	g := testDevice(t)
	for _, c := range convCases {
		for _, d := range convShapes {
			parityOn(t, g, fmt.Sprintf("%s of %+v", c.name, d), productTolerance(c.k(d)+1, 0), c.operands(d, gaussianReals),
				func(s engine.Stream, b []engine.Buffer) error { return c.run(d, s, b, nil) })
		}
	}
}

// TestConvTilings runs each kernel, with sums in one part and in several. Whole numbers come out exactly.
func TestConvTilings(t *testing.T) {
	shapes := []engine.ConvDims{dims(2, 9, 8, 8, 12, 3, 3, 2, 1, 1), dims(1, 8, 10, 5, 6, 3, 3, 1, 1, 1)}
	eachPrecision(t, func(t *testing.T, g *Device, rounding float64) {
		for _, c := range convCases {
			for i, d := range shapes {
				for j, side := range []int{smallTile, largeTile} {
					parts := 1 + (i+j)%2*2
					what := fmt.Sprintf("%s of %+v, tiles of %d, parts %d", c.name, d, side, parts)
					parityOn(t, g, what, check.Tol{Abs: 1e-6, Rel: 1e-6}, c.operands(d, whole), func(s engine.Stream, b []engine.Buffer) error {
						return c.run(d, s, b, func(batch, m, n, k int) tiling {
							w := tiling{side: side, tiles: tilesOf(side, m, n) * batch, cores: s.(*Stream).cores()}
							return w.split(parts, k)
						})
					})
				}
			}
		}
		d := shapes[0]
		for _, c := range convCases {
			parityOn(t, g, c.name, productTolerance(c.k(d), rounding), c.operands(d, gaussianReals),
				func(s engine.Stream, b []engine.Buffer) error { return c.run(d, s, b, nil) })
		}
	})
}

// pooledShapes are convolutions whose outputs are pooled.
var pooledShapes = []struct {
	d    engine.ConvDims
	pool int
}{
	{dims(1, 9, 10, 3, 5, 3, 3, 1, 0, 1), 2}, // a row is left over
	{dims(2, 8, 9, 4, 66, 3, 3, 1, 1, 1), 2},
	{dims(1, 11, 11, 2, 3, 2, 2, 1, 0, 1), 3}, // windows of 9 do not fill a band
	{dims(1, 9, 9, 2, 3, 2, 2, 1, 0, 1), 8},
	{dims(1, 6, 6, 2, 3, 3, 3, 1, 0, 1), 1},
	{dims(1, 5, 5, 2, 3, 3, 3, 1, 0, 1), 4}, // nothing comes out
	{dims(3, 6, 7, 4, 4, 1, 1, 1, 0, 1), 2}, // a plain product, but for the pooling
}

func TestConvPooled(t *testing.T) {
	eachPrecision(t, func(t *testing.T, g *Device, rounding float64) {
		for i, c := range pooledShapes {
			d := c.d
			n := d.N * (d.OutH / c.pool) * (d.OutW / c.pool) * d.K
			values := gaussianReals
			if i%2 == 1 || rounding > 0x1p-20 {
				values = whole // ties, and winners that rounding does not change
			}
			operands := []operand{output(engine.F32, n), values(mapSize(d), 1), values(weightSize(d), 2), optional(i%3 != 2, values(d.K, 3)),
				optional(i != 1, output(engine.U8, n))}
			for act, side := range []int{engine.ActNone: smallTile, engine.ActReLU: largeTile} {
				parityOn(t, g, fmt.Sprintf("%+v, tiles of %d", c, side), productTolerance(d.R*d.S*d.C, 0), operands, func(s engine.Stream, b []engine.Buffer) error {
					o := engine.Conv2D{Y: b[0], X: b[1], W: b[2], Bias: b[3], Arg: b[4], ConvDims: d, Act: engine.Act(act), Pool: c.pool}
					if gpu, ok := s.(*Stream); ok && side == largeTile && n > 0 {
						return gpu.convolveBy(d, forwardProduct(o, n/d.K), tiling{side: side, cores: gpu.cores()}) // its windows make the tiles
					}
					return s.Conv2D(o)
				})
			}
		}
	})
}

// TestConvPooledNaN has a NaN, and two, in windows.
func TestConvPooledNaN(t *testing.T) {
	d := dims(1, 4, 6, 1, 1, 1, 1, 1, 0, 1)
	x := gaussian(24, 1)
	nan := output(engine.F32, 1).values[0]
	x[7], x[8], x[3] = nan, nan, nan
	parityOn(t, testDevice(t), "NaN", check.Tol{NaN: true}, []operand{output(engine.F32, 6), reals(x...), reals(1), output(engine.U8, 6)},
		func(s engine.Stream, b []engine.Buffer) error {
			return s.Conv2D(engine.Conv2D{Y: b[0], X: b[1], W: b[2], Arg: b[3], ConvDims: d, Pool: 2})
		})
}

func TestConvEpilogue(t *testing.T) {
	g := testDevice(t)
	for i, c := range append(pooledShapes, []struct {
		d    engine.ConvDims
		pool int
	}{{dims(2, 7, 5, 1, 37, 1, 1, 1, 0, 1), 0}, {dims(1, 3, 3, 1, 3, 1, 1, 1, 0, 1), 0}, {dims(0, 3, 3, 1, 3, 1, 1, 1, 0, 1), 0}}...) {
		d, side := c.d, max(c.pool, 1)
		n := d.N * (d.OutH / side) * (d.OutW / side) * d.K
		for _, act := range normActs {
			y, won := gaussian(n, 1), gaussian(n, 2)
			for j := range won {
				won[j] = float64(int(won[j]*1e6) & 0xffff % (side * side))
			}
			operands := []operand{output(engine.F32, outSize(d)), optional(i%3 != 1, output(engine.F32, d.K)), gaussianReals(n, 3),
				optional(act != engine.ActNone, reals(y...)), optional(c.pool > 0, pixels(won...))}
			parityOn(t, g, fmt.Sprintf("%+v act %d", c, act), productTolerance(4*d.N*d.OutH*d.OutW, 0), operands, func(s engine.Stream, b []engine.Buffer) error {
				return s.Conv2DBwdEpilogue(engine.Conv2DEpilogue{DZ: b[0], DBias: b[1], DY: b[2], Y: b[3], Arg: b[4], ConvDims: d, Act: act, Pool: c.pool})
			})
		}
	}
}

// TestConvRepeats asks for the same bits from run to run where sums are cut in parts.
func TestConvRepeats(t *testing.T) {
	g, d := testDevice(t), dims(3, 16, 16, 3, 5, 3, 3, 1, 1, 1)
	c := convCases[3]
	var want [][]float64
	for range 3 {
		got, err := compute(g, c.operands(d, gaussianReals), 0, func(s engine.Stream, b []engine.Buffer) error { return c.run(d, s, b, nil) })
		must(t, err)
		if want != nil && !slices.Equal(got[0], want[0]) {
			t.Fatal("another result in another run")
		}
		want = got
	}
	if w := chooseTiling(1, d.K, d.R*d.S*d.C, d.N*d.OutH*d.OutW, false, cores{}); w.parts < 2 {
		t.Error("the sum is not in parts")
	}
}

// TestConvRefuses has sizes that no kernel takes: nothing is touched, and package tensor does without the fusion.
func TestConvRefuses(t *testing.T) {
	s := newStream(t, testDevice(t))
	d := dims(1, 40, 40, 1, 1, 3, 3, 1, 1, 1)
	x, y := memory(t, s.dev, engine.F32, 1600), memory(t, s.dev, engine.F32, 1600)
	if err := s.Conv2D(engine.Conv2D{Y: y, X: x, W: x, ConvDims: d, Pool: 9}); !errors.Is(err, engine.ErrUnsupported) {
		t.Errorf("windows of 81: %v", err)
	}
	d.N = 1 << 28
	if err := s.Conv2D(engine.Conv2D{Y: y, X: x, W: x, ConvDims: d}); !errors.Is(err, engine.ErrUnsupported) {
		t.Errorf("2^28 maps: %v", err)
	}
	x.DType, y.DType = engine.F64, engine.F64
	if err := s.ConvTranspose2D(engine.Conv2D{Y: y, X: x, W: x, ConvDims: d}); !errors.Is(err, engine.ErrUnsupported) {
		t.Errorf("float64: %v", err)
	}
}
