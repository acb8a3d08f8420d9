package metrics_test

import (
	"fmt"

	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/tensor"
)

// Metrics see logits and labels, batch by batch.
func Example() {
	confusion := &metrics.Confusion{Classes: []string{"cat", "dog"}}
	all := []metrics.Metric{metrics.Accuracy(), metrics.F1(), confusion}
	for _, batch := range []struct {
		logits []float32
		labels []int32
	}{
		{[]float32{2, 1 /* cat */, 0, 3 /* dog */}, []int32{0, 1}},
		{[]float32{1, 4 /* dog */, 2, 5 /* dog */}, []int32{0, 1}},
	} {
		for _, m := range all {
			m.Observe(tensor.ArrayOf(batch.logits, 2, 2), tensor.ArrayOf(batch.labels, 2))
		}
	}
	for _, m := range all {
		fmt.Printf("%s %.3f\n", m.Name(), m.Value())
	}
	fmt.Println(confusion.Counts())
	// Output:
	// accuracy 0.750
	// f1_macro 0.733
	// confusion 0.750
	// [[1 1] [0 2]]
}
