package metrics

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// The expected numbers are those of testdata/thresholds.py.

// set is labels for the logits of metrics_test.go, of which the last is never set.
func set() tensor.Array {
	v := make([]float32, 12*4)
	for i := range 12 {
		for j := range 3 {
			if (3*i+5*j)%7 < 3 {
				v[4*i+j] = 1
			}
		}
	}
	return tensor.ArrayOf(v, 12, 4)
}

// nearLogits holds for probabilities of logits in float32, which the reference has in float64.
func nearLogits(got, want float64) bool { return math.Abs(got-want) <= 8*0x1p-24 }

func TestThresholds(t *testing.T) {
	several, classes := tensor.ArrayOf(logits, 12, 4), tensor.ArrayOf(labels, 12)
	binary, ints := tensor.ArrayOf(scores, 8), tensor.ArrayOf(truth, 8)
	pairs := make([]float32, 16)
	for i, s := range scores {
		pairs[2*i], pairs[2*i+1] = -s/2, s/2
	}
	two := tensor.ArrayOf(pairs, 8, 2)
	for _, c := range []struct {
		m              Metric
		output, target tensor.Array
		want           float64
	}{
		{AveragePrecision(), several, classes, 0.6797222222222222},
		{AveragePrecision(), binary, ints, 0.8166666666666667},
		{AveragePrecision(), two, ints, 0.8166666666666667},
		{AveragePrecision(), several, set(), 0.5776406926406926},
		{AUC(), several, set(), 0.5714285714285715},
		{&Labels{}, several, set(), 0.4489795918367347},
		{&Calibration{}, several, classes, 0.33146803065014774},
		{&Calibration{Bins: 4}, several, classes, 0.12290747607536123},
		{&Calibration{}, binary, ints, 0.244350174434009},
		{&Calibration{}, two, ints, 0.244350174434009},
		{&Calibration{}, several, set(), 0.35264995410877964},
	} {
		for _, size := range []int{100, 5, 1} {
			if got := measure(c.m, c.output, c.target, size); !nearLogits(got, c.want) {
				t.Errorf("%s of %v and %v in batches of %d is %v, want %v", c.m.Name(), c.output.Shape(), c.target.Shape(), size, got, c.want)
			}
		}
	}
}

func TestAreas(t *testing.T) {
	several, classes := tensor.ArrayOf(logits, 12, 4), tensor.ArrayOf(labels, 12)
	roc, pr := AUC(), AveragePrecision()
	measure(roc, several, classes, 5)
	measure(pr, several, classes, 5)
	for class, want := range [][2]float64{{0.78125, 0.7152777777777778}, {0.7999999999999999, 0.6683333333333333}, {0.7037037037037037, 0.6555555555555554}} {
		if a, p := roc.Area(class), pr.Area(class); !near(a, want[0]) || !near(p, want[1]) {
			t.Errorf("class %d has the areas %v and %v, want %v", class, a, p, want)
		}
	}
	if a, p := roc.Area(3), pr.Area(3); a == a || p == p {
		t.Errorf("a class without samples has the areas %v and %v", a, p)
	}
	measure(roc, tensor.ArrayOf(scores, 8), tensor.ArrayOf(truth, 8), 3)
	if a := [2]float64{roc.Area(0), roc.Area(1)}; !near(a[0], 0.8125) || !near(a[1], 0.8125) {
		t.Errorf("of two classes the areas are %v", a)
	}
	measure(pr, tensor.ArrayOf(scores, 8), tensor.ArrayOf(truth, 8), 3)
	recall, precision := pr.Curve(1)
	wantRecall, wantPrecision := []float64{0, .25, .5, .75, 1, 1, 1}, []float64{1, 1, 1, .6, 2. / 3, 4. / 7, .5}
	if !reflect.DeepEqual(recall, wantRecall) || !reflect.DeepEqual(precision, wantPrecision) {
		t.Errorf("curve %v %v", recall, precision)
	}
}

func TestLabels(t *testing.T) {
	l := &Labels{}
	measure(l, tensor.ArrayOf(logits, 12, 4), set(), 5)
	for i, want := range []ClassScore{{1. / 3, .6, 3. / 7, 5}, {5. / 9, 1, 5. / 7, 5}, {.3, .6, .4, 5}, {}} {
		if got := l.Scores()[i]; !near(got.Precision, want.Precision) || !near(got.Recall, want.Recall) || !near(got.F1, want.F1) || got.Support != want.Support {
			t.Errorf("label %d is %v, want %v", i, got, want)
		}
	}
	if e := l.Exact(); e != 0 {
		t.Errorf("%v of the samples have all labels right, want 0", e)
	}
	for m, want := range map[Metric]float64{LabelF1(): (3./7 + 5./7 + .4) / 4, ExactMatch(): 0} {
		if got := measure(m, tensor.ArrayOf(logits, 12, 4), set(), 5); !near(got, want) {
			t.Errorf("%s is %v, want %v", m.Name(), got, want)
		}
	}
	l.Classes = []string{"red", "a long label", "x", "dog"}
	if want := `              precision    recall  f1-score   support

         red       0.33      0.60      0.43         5
a long label       0.56      1.00      0.71         5
           x       0.30      0.60      0.40         5
         dog       0.00      0.00      0.00         0

   micro avg       0.32      0.73      0.45        15
   macro avg       0.30      0.55      0.39        15
weighted avg       0.40      0.73      0.51        15
`; l.Report() != want {
		t.Errorf("report\n%s\nwant\n%s", l.Report(), want)
	}
	l.Reset()
	l.Observe(tensor.ArrayOf([]float32{1, -1, -1, 2, -3, 0}, 3, 2), tensor.ArrayOf([]float32{1, 0, 1, 1, 0, 0}, 3, 2))
	if e := l.Exact(); !near(e, 2./3) {
		t.Errorf("%v of the samples have all labels right, want 2/3", e)
	}
}

func TestReliability(t *testing.T) {
	// Confidences 0.5 (in the bin it ends), 0.75 and 1, of two logits each.
	odds := func(p float64) float32 { return float32(math.Log(p / (1 - p))) }
	c := &Calibration{Bins: 4}
	c.Observe(tensor.ArrayOf([]float32{0, 0, 0, odds(.8), 90, 0, 0, 90}, 4, 2), tensor.ArrayOf([]int32{0, 0, 0, 0}, 4))
	want := []Bin{
		{0, .25, 0, math.NaN(), math.NaN()}, {.25, .5, 1, .5, 1}, {.5, .75, 0, math.NaN(), math.NaN()},
		{.75, 1, 3, (.8 + 1 + 1) / 3, 1. / 3},
	}
	same := func(a, b float64) bool { return nearLogits(a, b) || a != a && b != b }
	for i, got := range c.Reliability() {
		w := want[i]
		if got.Low != w.Low || got.High != w.High || got.Count != w.Count || !same(got.Confidence, w.Confidence) || !same(got.Accuracy, w.Accuracy) {
			t.Errorf("bin %d is %v, want %v", i, got, w)
		}
	}
	c.Reliability()[0].Count = 9
	if c.Reliability()[0].Count != 0 {
		t.Error("a change of Reliability changed the metric")
	}
}

func TestThresholdsOfNothing(t *testing.T) {
	nan := float32(math.NaN())
	for _, m := range []Metric{AveragePrecision(), &Labels{}, &Calibration{}} {
		if v := m.Value(); v == v {
			t.Errorf("%s of nothing is %v, want NaN", m.Name(), v)
		}
	}
	for _, m := range []Metric{AveragePrecision(), &Calibration{}} {
		m.Observe(tensor.ArrayOf([]float32{nan, 1, 2}, 3), tensor.ArrayOf([]float32{0, 1, 1}, 3))
		if v := m.Value(); v == v {
			t.Errorf("%s with a NaN is %v, want NaN", m.Name(), v)
		}
	}
	pr := AveragePrecision()
	pr.Observe(tensor.ArrayOf([]float32{1, 2}, 2), tensor.ArrayOf([]int32{0, 0}, 2))
	if v := pr.Value(); v == v {
		t.Errorf("without samples of class 1 the average precision is %v", v)
	}
}

func TestLabelMistakes(t *testing.T) {
	good, half := set(), set()
	tensor.Values[float32](half)[5] = .5
	out := tensor.ArrayOf(logits, 12, 4)
	for _, c := range []struct {
		m              Metric
		output, target tensor.Array
		rule           string
	}{
		{&Labels{}, out, half, "label 1 of row 1 is 0.5, 0 or 1"},
		{AUC(), out, half, "label 1 of row 1 is 0.5"},
		{&Labels{}, out, tensor.ArrayOf(labels, 12), "[n, labels]"},
		{&Labels{}, tensor.Array{}, good, "[n, labels]"},
		{&Calibration{}, tensor.ArrayOf(make([]int32, 48), 12, 4), good, "real logits"},
		{&Calibration{Bins: -1}, out, good, "Bins is -1"},
	} {
		err := tensor.Try(func() error { c.m.Observe(c.output, c.target); return nil })
		if e, ok := errors.AsType[*tensor.Error](err); !ok || !strings.Contains(e.Rule, c.rule) {
			t.Errorf("%s: %v, want an error that says %q", c.m.Name(), err, c.rule)
		}
	}
	pr := AveragePrecision()
	pr.Observe(out, good)
	for _, then := range []func(){
		func() { pr.Observe(tensor.ArrayOf(scores, 8), tensor.ArrayOf(truth, 8)) },
		func() { pr.Curve(4) },
		func() { pr.Area(-1) },
	} {
		if err := tensor.Try(func() error { then(); return nil }); err == nil {
			t.Error("no error")
		}
	}
}
