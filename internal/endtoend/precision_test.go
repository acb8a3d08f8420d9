package endtoend

import (
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

const rows = 64 // the usual batch

// TestPrecision compares loss and gradients of the default model, at its usual batch, with the same in float64.
func TestPrecision(t *testing.T) {
	slow(t)
	pairs, _, vocab := pictures(40, 32)
	var batch data.Pair
	if err := pairs.Read(&batch, every(3), nil); err != nil {
		t.Fatal(err)
	}
	exact, want := gradients(t, tensor.Float64, usual(32, vocab, len(pairs.Classes)), batch)
	loss, got := gradients(t, tensor.Float32, usual(32, vocab, len(pairs.Classes)), batch)
	if len(want) != 21 || len(got) != len(want) {
		t.Fatalf("%d and %d gradients, want 21: those of the whole model", len(got), len(want))
	}
	check.Close(t, "loss", []float64{loss}, []float64{exact}, check.Tolerance(terms("loss"), 4))
	for name, w := range want {
		tol := check.Tolerance(terms(name), 4).Rel
		if d := distance(got[name], w); !(d <= tol) {
			t.Errorf("the gradient of %s is off by %.2g of its norm, want at most %.2g", name, d, tol)
		}
		for i, v := range w {
			if math.Abs(v) == check.Scale(w) {
				w[i] *= 1.01
				break
			}
		}
		if distance(got[name], w) <= tol {
			t.Errorf("%s: an error of 1 %% in the largest element passes", name)
		}
	}
	if d := distance([]float64{math.NaN()}, []float64{1}); d <= 1 {
		t.Errorf("a NaN is off by %v", d)
	}
}

// terms is how many terms are summed in a parameter's gradient: the positions of all pictures for those of a convolution
// and its batch norm, otherwise the words of all texts.
func terms(name string) int {
	for side, layers := range map[int][]string{32: {"image.0.", "image.1."}, 16: {"image.4.", "image.5."}, 8: {"image.8.", "image.9."}} {
		for _, layer := range layers {
			if strings.HasPrefix(name, layer) {
				return rows * side * side
			}
		}
	}
	return rows * 8
}

// distance is the norm of got - want, in units of that of want. A norm and not the worst element, because float32 may
// take the other side of a ReLU or another pixel of a max-pool: a change of a single term that no bound on roundings knows.
func distance(got, want []float64) float64 {
	d, n := 0.0, 0.0
	for i, w := range want {
		d += (got[i] - w) * (got[i] - w)
		n += w * w
	}
	return math.Sqrt(d / n)
}

// every is the rows 0, n, 2n and so on of a batch.
func every(n int) []int {
	list := make([]int, rows)
	for i := range list {
		list[i] = i * n
	}
	return list
}

// gradients computes in the given precision.
func gradients(t *testing.T, kind tensor.DType, m *models.Fusion, batch data.Pair) (loss float64, all map[string][]float64) {
	t.Helper()
	all = map[string][]float64{}
	var names []string
	var params []*tensor.Tensor
	for name, p := range layers.Params(m) {
		if !p.Frozen() {
			names, params = append(names, name), append(params, p)
		}
	}
	err := tensorcheck.Open(t, tensor.Options{Engine: "cpu", Float: kind}).Run(tensor.Training, func(p *tensor.Pass) error {
		l := tensor.CrossEntropy(m.Forward(p.Input(batch.Image), p.Input(batch.Text)), p.Input(batch.Label))
		for i, g := range p.Gradients(l, params...) {
			all[names[i]] = g.Array().Float64s()
		}
		loss = l.Array().Float64s()[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return loss, all
}
