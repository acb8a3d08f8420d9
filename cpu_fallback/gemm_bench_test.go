package cpu

import (
	"fmt"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// BenchmarkGemm reports GFLOP/s of C = A·B, both row-major, and of C = A·Bᵀ, the order of dense layers.
func BenchmarkGemm(b *testing.B) {
	shapes := [][3]int{{256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {32, 256, 1000}, {64, 512, 512},
		{2048, 2048, 2048}, {1, 1024, 1024}, {1024, 1, 1024}, {1021, 1021, 1021},
		{48400, 128, 576}, {49284, 64, 27}, {251, 509, 127}, {64, 128, 576}, {64, 16, 128}, {12, 1024, 1024}, {32, 1024, 1024}}
	for _, s := range shapes {
		for _, trans := range []bool{true, false} {
			op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2], TransB: trans}
			fill := func(i int) float32 { return float32(i%17-8) / 8 }
			op.A, op.B = buffer(op.M*op.K, engine.F32, fill), buffer(op.N*op.K, engine.F32, fill)
			op.C = buffer(op.M*op.N, engine.F32, fill)
			name := fmt.Sprintf("%dx%dx%d/NT", s[0], s[1], s[2])
			if trans {
				name = name[:len(name)-2] + "NN"
			}
			b.Run(name, func(b *testing.B) { benchMatMul(b, op) })
		}
	}
	// Gradients of weights: C = Aᵀ·B, those of convolutions long in k.
	for _, s := range [][3]int{{64, 576, 16384}, {128, 256, 6272}, {64, 147, 50176}, {10, 1024, 128}, {1024, 1024, 1024}} {
		op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2], TransA: true, TransB: true}
		one := func(int) float32 { return 1 }
		op.A, op.B = buffer(op.M*op.K, engine.F32, one), buffer(op.N*op.K, engine.F32, one)
		op.C = buffer(op.M*op.N, engine.F32, one)
		b.Run(fmt.Sprintf("%dx%dx%d/TN", s[0], s[1], s[2]), func(b *testing.B) { benchMatMul(b, op) })
	}
}

func benchMatMul(b *testing.B, op engine.MatMul) {
	var s Stream
	b.ReportAllocs()
	for b.Loop() {
		if err := s.MatMul(op); err != nil {
			b.Fatal(err)
		}
	}
	flops := 2 * float64(op.M) * float64(op.N) * float64(op.K) * float64(b.N)
	b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
