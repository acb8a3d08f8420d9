package cpu

import (
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// BenchmarkConvFew is convolutions with few channels on one side, and GFLOP/s of the definition's multiply-adds.
func BenchmarkConvFew(b *testing.B) {
	for _, o := range []struct {
		name                     string
		n, side, c, k, r, stride int
		pad                      int
	}{
		{"first4x224x3-64", 4, 224, 3, 64, 3, 1, 0}, {"7x7by2", 4, 224, 3, 64, 7, 2, 3}, {"fusion64x32x3-16", 64, 32, 3, 16, 3, 1, 1},
		{"dcgan32x32x3-64", 32, 32, 3, 64, 4, 2, 1}, {"auto128x28x1-32", 128, 28, 1, 32, 4, 2, 1}, {"auto128x28x1-16", 128, 28, 1, 16, 3, 1, 1},
		{"last64x32x32-3", 64, 32, 32, 3, 3, 1, 1},
	} {
		c := convCase{}
		c.ConvDims = engine.ConvDims{N: o.n, H: o.side, W: o.side, C: o.c, K: o.k, R: o.r, S: o.r,
			StrideH: o.stride, StrideW: o.stride, PadH: o.pad, PadW: o.pad, DilH: 1, DilW: 1}
		c.outputs()
		d, s, exact := newConvData[float32](c, 1), &Stream{}, &Stream{exact: true}
		bwd := engine.Conv2DBwd{DX: d.dx, DW: d.dw, DY: d.dy, X: d.x, W: d.w, ConvDims: c.ConvDims}
		flops := 2 * float64(c.N*c.OutH*c.OutW*c.K) * float64(c.R*c.S*c.C)
		for _, run := range []struct {
			name string
			f    func() error
		}{
			{"forward", func() error { return d.forward(c) }},
			{"data", func() error { return s.Conv2DBwdData(bwd) }},
			{"weights", func() error { return s.Conv2DBwdWeights(bwd) }},
			{"weights exact", func() error { return exact.Conv2DBwdWeights(bwd) }},
		} {
			b.Run(o.name+"/"+run.name, func(b *testing.B) {
				for b.Loop() {
					if err := run.f(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
