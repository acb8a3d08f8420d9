package cpu

import (
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func benchNorm(b *testing.B, run func(s *Stream, f engine.Norm, d engine.NormBwd) error) {
	const rows, c = 65536, 16
	var g guards
	rng := rand.New(rand.NewPCG(1, 1))
	x := realBuffer[float32](&g, float32Values(rng, rows*c, 1, 0))
	mean, invstd := alloc[float32](&g, c), alloc[float32](&g, c)
	f := engine.Norm{Y: alloc[float32](&g, rows*c), X: x, Mean: mean, InvStd: invstd, Rows: rows, C: c, Eps: 1e-5,
		Training: true, Act: engine.ActReLU}
	d := engine.NormBwd{DX: alloc[float32](&g, rows*c), DGamma: alloc[float32](&g, c), DBeta: alloc[float32](&g, c), DY: x,
		X: x, Y: f.Y, Mean: mean, InvStd: invstd, Rows: rows, C: c, Training: true, Act: engine.ActReLU}
	s := &Stream{}
	if err := s.BatchNorm(f); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(rows * c * 4)
	b.ReportAllocs()
	for b.Loop() {
		if err := run(s, f, d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBatchNorm(b *testing.B) {
	benchNorm(b, func(s *Stream, f engine.Norm, _ engine.NormBwd) error { return s.BatchNorm(f) })
}

func BenchmarkBatchNormBwd(b *testing.B) {
	benchNorm(b, func(s *Stream, _ engine.Norm, d engine.NormBwd) error { return s.BatchNormBwd(d) })
}

func BenchmarkLayerNorm(b *testing.B) {
	benchNorm(b, func(s *Stream, f engine.Norm, _ engine.NormBwd) error {
		f.Rows, f.C, f.Mean, f.InvStd = f.Rows/16, 256, engine.Buffer{}, engine.Buffer{}
		return s.LayerNorm(f)
	})
}
