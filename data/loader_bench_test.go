package data

import (
	"testing"

	"github.com/braidml/braid/tensor"
)

// BenchmarkLoader is what a loader yields with nobody else at work: samples/s of 32x32 colour pictures in memory.
func BenchmarkLoader(b *testing.B) {
	const rows = 4096
	p := &Pairs{
		Images: tensor.ArrayOf(make([]uint8, rows*32*32*3), rows, 32, 32, 3),
		Texts:  tensor.ArrayOf(make([]int32, rows*8), rows, 8),
		Labels: tensor.ArrayOf(make([]int32, rows), rows),
	}
	benchmarkLoader(b, p)
}

func benchmarkLoader(b *testing.B, s Source[Pair]) {
	l := &Loader[Pair]{Source: s, BatchSize: 64, Shuffle: true, Seed: 1, Workers: 1}
	epoch := 0
	for b.Loop() {
		for _, err := range l.Batches(b.Context(), Cursor{Epoch: epoch}) {
			if err != nil {
				b.Fatal(err)
			}
		}
		epoch++
	}
	b.ReportMetric(float64(b.N*s.Len())/b.Elapsed().Seconds(), "samples/s")
}
