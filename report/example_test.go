package report_test

import (
	"context"
	"fmt"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/tensor"
)

// A model that adds what the image and the text say, on rows where the image says it all.
func ExampleStudy() {
	rows := &data.Pairs{
		Images:  tensor.ArrayOf([]float32{3, 0, 3, 0, 0, 3, 3, 0}, 4, 1, 1, 2),
		Texts:   tensor.ArrayOf([]float32{0, 1, 1, 0, 0, 1, 0, 1}, 4, 2),
		Labels:  tensor.ArrayOf([]int32{0, 0, 1, 0}, 4),
		Classes: []string{"cat", "dog"},
	}
	s := &report.Study{
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return p.Input(b.Image).Reshape(-1, 2).Add(p.Input(b.Text)), p.Input(b.Label)
		},
		Test: rows, Classes: rows.Classes, Seed: 1,
	}
	r, err := s.Report(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range r.Ablations {
		fmt.Printf("%s: %s %.2f\n", a.Name, a.Measures[0].Name, a.Measures[0].Value)
	}
	// Save(dir) writes report.html, confusion.png and roc.png.

	// Output:
	// image and text: accuracy 1.00
	// image only: accuracy 1.00
	// text only: accuracy 0.75
	// image shuffled: accuracy 0.50
	// text shuffled: accuracy 1.00
	// most frequent class: accuracy 0.75
}
