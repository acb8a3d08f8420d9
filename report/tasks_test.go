package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// marks is rows with three labels each, set at random, and images that tell them with noise.
func marks(n int, seed uint64) *data.Pairs {
	rng := rand.New(rand.NewPCG(seed, 1))
	images, labels := make([]float32, 3*n), make([]float32, 3*n)
	for i := range labels {
		if rng.Float64() < .3 {
			labels[i] = 1
		}
		images[i] = 2*labels[i] - 1 + float32(rng.NormFloat64())
	}
	return &data.Pairs{Images: tensor.ArrayOf(images, n, 1, 1, 3), Texts: tensor.ArrayOf(make([]float32, 3*n), n, 3), Labels: tensor.ArrayOf(labels, n, 3)}
}

func TestFiguresOfLabels(t *testing.T) {
	const n = 300
	test := marks(n, 1)
	names := []string{"a", "b", "c"}
	r := reported(t, &Study{Task: MultiLabel, Forward: adds, Test: test, Classes: names, Loss: tensor.BCEWithLogits})
	page := pageOf(t, r)
	logits, set := tensor.Values[float32](test.Images), tensor.Values[float32](test.Labels)
	scores := tableOf(t, page, "scores")[1:]
	meanAP, exact := 0.0, 0
	for c := range 3 {
		right, said, is := 0.0, 0.0, 0.0
		for i := c; i < len(set); i += 3 {
			is += float64(set[i])
			if logits[i] > 0 {
				said++
				right += float64(set[i])
			}
		}
		ap := averagePrecision(logits, set, c)
		meanAP += ap / 3
		p, rec := right/said, right/is
		want := []string{names[c], fmt.Sprintf("%.4f", p), fmt.Sprintf("%.4f", rec), fmt.Sprintf("%.4f", 2*p*rec/(p+rec)), scores[c][4], fmt.Sprintf("%.4f", ap), fmt.Sprint(is)}
		if !slices.Equal(scores[c], want) {
			t.Errorf("label %d: %q, want %q", c, scores[c], want)
		}
	}
	sure, at := 0.0, 0
	for i := 0; i < len(set); i += 3 {
		wrong := 0
		for c := range 3 {
			if (logits[i+c] > 0) != (set[i+c] == 1) {
				wrong++
				if far := math.Abs(float64(logits[i+c])); far > sure {
					sure, at = far, i/3
				}
			}
		}
		if wrong == 0 {
			exact++
		}
	}
	top := cards(page)
	if top["mean average precision"] != fmt.Sprintf("%.4f", meanAP) || top["all labels right"] != fmt.Sprintf("%.4f", float64(exact)/n) || r.Wrong != n-exact {
		t.Errorf("%v with %d wrong, want %.4f and %d of %d right", top, r.Wrong, meanAP, exact, n)
	}
	if m := r.Mistakes[0]; m.Row != at || math.Abs(m.Probability-1/(1+math.Exp(-sure))) > 1e-9 || m.About == "" {
		t.Errorf("the worst mistake is %+v, want row %d with %v", m, at, sure)
	}
	// Without looking, average precision is each label's share of the rows.
	base := 0.0
	for _, v := range set {
		base += float64(v) / n / 3
	}
	if got := r.Ablations[len(r.Ablations)-1].Measures[0].Value; math.Abs(got-base) > 1e-12 {
		t.Errorf("the baseline is %v, want %v", got, base)
	}
}

// averagePrecision is the mean, over the rows of a label, of the precision among all rows down to that one.
func averagePrecision(logits, set []float32, c int) float64 {
	total, n := 0.0, 0.0
	for i := c; i < len(set); i += 3 {
		if set[i] == 0 {
			continue
		}
		above, right := 0.0, 0.0
		for j := c; j < len(set); j += 3 {
			if logits[j] >= logits[i] {
				above++
				right += float64(set[j])
			}
		}
		n++
		total += right / above
	}
	return total / n
}

// sizes is rows with two numbers, which the images tell with an error of tenths and of tens.
func sizes(n int, seed uint64) *data.Pairs {
	rng := rand.New(rand.NewPCG(seed, 2))
	images, labels := make([]float32, 2*n), make([]float32, 2*n)
	for i := range n {
		labels[2*i], labels[2*i+1] = float32(rng.Float64()), float32(100*rng.NormFloat64())
		images[2*i], images[2*i+1] = labels[2*i]+float32(.1*rng.NormFloat64()), labels[2*i+1]+float32(20*rng.NormFloat64())
	}
	return &data.Pairs{Images: tensor.ArrayOf(images, n, 1, 1, 2), Texts: tensor.ArrayOf(make([]float32, 2*n), n, 2), Labels: tensor.ArrayOf(labels, n, 2)}
}

func TestFiguresOfNumbers(t *testing.T) {
	const n = 400
	test, training := sizes(n, 1), sizes(200, 2)
	names := []string{"share", "height"}
	r := reported(t, &Study{Task: Regression, Forward: adds, Loss: tensor.MSE, Test: test, Train: training, Classes: names, Mistakes: 5})
	page := pageOf(t, r)
	said, labels := tensor.Values[float32](test.Images), tensor.Values[float32](test.Labels)
	rows := tableOf(t, page, "numbers")[1:]
	for c := range 2 {
		mean, squares, absolute, variance := 0.0, 0.0, 0.0, 0.0
		for i := c; i < len(labels); i += 2 {
			mean += float64(labels[i]) / n
		}
		for i := c; i < len(labels); i += 2 {
			e := float64(said[i]) - float64(labels[i])
			squares, absolute, variance = squares+e*e, absolute+math.Abs(e), variance+(float64(labels[i])-mean)*(float64(labels[i])-mean)
		}
		want := []string{names[c], figure(1 - squares/variance), figure(absolute / n), figure(math.Sqrt(squares / n))}
		if !slices.Equal(rows[c], want) {
			t.Errorf("output %d: %q, want %q", c, rows[c], want)
		}
	}
	if len(r.Mistakes) != 5 || !strings.Contains(page, "Largest errors") || r.Mistakes[0].Probability < r.Mistakes[4].Probability {
		t.Errorf("%d mistakes, the first with %v", len(r.Mistakes), r.Mistakes[0].Probability)
	}
	// The mean of the training rows explains nothing.
	if base := r.Ablations[len(r.Ablations)-1].Measures[0].Value; base > 0 || base < -.1 {
		t.Errorf("the baseline's R² is %v", base)
	}
	if got := tableOf(t, page, "parts"); len(got) != 5 || got[3][0] != "share: least, mean, most" {
		t.Errorf("the parts are described by %q", got)
	}
}

// Two classes come as one logit or two, and as whole or real labels.
func TestTwoClasses(t *testing.T) {
	const n = 80
	two := whatIs(n, 2, 1)
	images, texts, labels := tensor.Values[float32](two.Images), tensor.Values[float32](two.Texts), tensor.Values[int32](two.Labels)
	one, reals := make([]float32, n), make([]float32, n)
	for i := range n {
		one[i] = images[2*i+1] + texts[2*i+1] - images[2*i] - texts[2*i]
		reals[i] = float32(labels[i])
	}
	single := &data.Pairs{Images: tensor.ArrayOf(one, n, 1, 1, 1), Texts: tensor.ArrayOf(make([]float32, n), n, 1), Labels: tensor.ArrayOf(reals, n)}
	names := []string{"no", "yes"}
	a := reported(t, &Study{Forward: adds, Test: two, Classes: names})
	b := reported(t, &Study{Forward: adds, Test: single, Classes: names})
	for _, id := range []string{"scores", "counts", "confusions"} {
		if x, y := tableOf(t, pageOf(t, a), id), tableOf(t, pageOf(t, b), id); fmt.Sprint(x) != fmt.Sprint(y) {
			t.Errorf("%s: two logits give %q, one gives %q", id, x, y)
		}
	}
	if x, y := a.Mistakes[0], b.Mistakes[0]; x.Row != y.Row || x.Said != y.Said || math.Abs(x.Probability-y.Probability) > 1e-6 {
		t.Errorf("two logits are wrong with %+v, one with %+v", x, y)
	}
	x, y := a.Ablations[len(a.Ablations)-1], b.Ablations[len(b.Ablations)-1]
	if fmt.Sprint(x) != fmt.Sprint(y) || x.Note != "always “yes”" {
		t.Errorf("baselines %+v and %+v", x, y)
	}
}
