package cpu

import (
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// BenchmarkConv reports GFLOP/s of the definition's multiply-adds, and of a matrix product of about the same size.
func BenchmarkConv(b *testing.B) {
	for _, o := range []struct {
		name             string
		n, side, c, k, p int
		pool             int
		winograd         bool
	}{
		{"64x32x3-16", 64, 32, 3, 16, 1, 0, false}, {"64x32x3-16pool", 64, 32, 3, 16, 1, 2, false}, {"64x16x16-32", 64, 16, 16, 32, 1, 0, false},
		{"64x16x16-32pool", 64, 16, 16, 32, 1, 2, false}, {"64x8x32-64", 64, 8, 32, 64, 1, 0, false}, {"8x32x64-128", 8, 32, 64, 128, 0, 0, false},
		{"64x4x64-64", 64, 4, 64, 64, 1, 0, false}, {"64x2x64-64", 64, 2, 64, 64, 1, 0, false},
		{"64x16x16-32", 64, 16, 16, 32, 1, 0, true}, {"64x16x16-32pool", 64, 16, 16, 32, 1, 2, true},
		{"64x8x32-64", 64, 8, 32, 64, 1, 0, true}, {"8x32x64-128", 8, 32, 64, 128, 0, 0, true}, {"4x222x64-128", 4, 222, 64, 128, 0, 0, true},
		{"64x4x64-64", 64, 4, 64, 64, 1, 0, true},
	} {
		c := convCase{bias: true, act: engine.ActReLU, pool: o.pool}
		c.ConvDims = engine.ConvDims{N: o.n, H: o.side, W: o.side, C: o.c, K: o.k, R: 3, S: 3,
			StrideH: 1, StrideW: 1, PadH: o.p, PadW: o.p, DilH: 1, DilW: 1}
		c.outputs()
		c.winograd = o.winograd
		d, s := newConvData[float32](c, 1), &Stream{exact: !o.winograd}
		if o.winograd {
			o.name += "winograd"
		}
		bwd := engine.Conv2DBwd{DX: d.dx, DW: d.dw, DY: d.dy, X: d.x, W: d.w, ConvDims: c.ConvDims}
		flops := 2 * float64(c.N*c.OutH*c.OutW*c.K) * float64(c.R*c.S*c.C)
		for _, run := range []struct {
			name string
			f    func() error
		}{
			{"forward", func() error { return d.forward(c) }},
			{"data", func() error { return s.Conv2DBwdData(bwd) }},
			{"weights", func() error { return s.Conv2DBwdWeights(bwd) }},
			{"epilogue", func() error {
				return s.Conv2DBwdEpilogue(engine.Conv2DEpilogue{DZ: d.dz, DBias: d.dbias, DY: d.dp, Y: d.y, Arg: d.arg,
					ConvDims: c.ConvDims, Act: c.act, Pool: c.pool})
			}},
		} {
			if o.pool > 0 && (run.name == "data" || run.name == "weights") {
				continue
			}
			b.Run(o.name+"/"+run.name, func(b *testing.B) {
				for b.Loop() {
					if err := run.f(); err != nil {
						b.Fatal(err)
					}
				}
				if run.name != "epilogue" {
					b.ReportMetric(flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				}
			})
		}
	}
}
