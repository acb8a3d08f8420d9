package cases

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// The recipe of a training to an accuracy, the same for all: AdamW with a weight decay of 1e-4 on matrices, a one-cycle
// rate over all epochs, whole batches in a random order of their own. After each epoch all test questions are answered,
// which is not counted; it ends when the share of right answers is Goal.
const (
	Seeds  = 5
	Epochs = 15
	Batch  = 64
	Peak   = 3e-3
	Decay  = 1e-4
	Goal   = 0.995
)

// Accuracy is the time of training to Goal on easy-VQA (Zhou 2019), from Seeds different first weights, of which each
// sample takes the next. The data are in the folder dir.
func Accuracy(dir string) Case {
	return Case{
		Case: wire.Case{Name: fmt.Sprintf("training to %v on easy-VQA", Goal), Kind: "accuracy", Op: "fusion", Sets: 1, Precision: "fp32",
			Sizes: map[string]int{"seeds": Seeds, "epochs": Epochs, "batch": Batch}},
		Tolerance: each(1e-3), Fresh: true, Once: true, Samples: Seeds,
		Inputs: func(rng *rand.Rand) (Tensors, error) {
			train, test, vocab, err := data.OpenEasyVQA(dir, 32)
			if err != nil {
				return nil, err
			}
			t := Tensors{}
			for part, p := range map[string]*data.Pairs{"train.": train, "test.": test} {
				t[part+"images"], t[part+"text"], t[part+"label"] = p.Images, p.Texts, p.Labels
				t[part+"rows"] = tensor.ArrayOf(p.Rows, len(p.Rows))
			}
			for seed := range Seeds {
				t.parameters(fmt.Sprintf("p%d.", seed), NewFusion(rng, vocab.Len()))
			}
			return t, nil
		},
	}
}

// DataFolder is where data sets lie that are not braid's own: in $BRAID_DATA, or in shared/data beside the repository at
// root. "" if there are none.
func DataFolder(root string) string {
	dir := os.Getenv("BRAID_DATA")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "data")
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return dir
}
