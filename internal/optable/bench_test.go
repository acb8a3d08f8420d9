package optable

import (
	"testing"

	"github.com/braidml/braid/tensor"
)

// BenchmarkRows times each row with its gradients in steady state: what a step costs beyond its arithmetic.
func BenchmarkRows(b *testing.B) {
	dev, err := tensor.Open(&tensor.Options{Engine: "cpu"})
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	for _, row := range Rows {
		b.Run(row.Name, func(b *testing.B) {
			i, xs := row.New(), row.Draw(rng(row.Name, 0), 32)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := i.Run(dev, xs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
