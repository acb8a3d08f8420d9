package metrics

import (
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// The data and the expected numbers are those of testdata/reference.py.
var (
	logits = []float32{
		2.0, 1.0, 0.5, -1.0,
		0.1, 1.2, 0.3, 0.0,
		1.5, 0.2, 1.4, -2.0,
		0.0, 0.3, 0.2, 0.9,
		3.0, -1.0, 2.0, 0.0,
		-0.5, 0.6, 0.1, 0.2,
		0.7, 0.65, -0.3, 0.1,
		1.1, 2.2, 0.9, -0.4,
		0.25, 0.5, 0.45, 0.4,
		-1.0, -2.0, -1.5, -3.0,
		0.8, 0.9, 0.6, 0.7,
		2.5, 0.0, 1.0, 0.5,
	}
	labels = []int32{0, 1, 2, 1, 0, 1, 1, 0, 2, 0, 1, 2}
	scores = []float32{-1.5, 0.2, 0.2, 2.0, -0.3, 0.8, 0.2, -2.0}
	truth  = []int32{0, 1, 0, 1, 1, 1, 0, 0}
)

// measure shows m the arrays in batches of size rows and returns its value.
func measure(m Metric, output, target tensor.Array, size int) float64 {
	m.Reset()
	n := output.Shape()[0]
	for i := 0; i < n; i += size {
		j := min(i+size, n)
		m.Observe(output.Slice(i, j), target.Slice(i, j))
	}
	return m.Value()
}

// near holds for values that are sums of a dozen terms of about 1.
func near(got, want float64) bool { return math.Abs(got-want) <= 16*0x1p-52 }

func TestNear(t *testing.T) {
	for _, v := range []float64{math.NaN(), 0.5 + 1e-12, math.Inf(1)} {
		if near(v, 0.5) || near(0.5, v) {
			t.Errorf("%v passes for 0.5", v)
		}
	}
}

func TestClassification(t *testing.T) {
	several, classes := tensor.ArrayOf(logits, 12, 4), tensor.ArrayOf(labels, 12)
	binary, column := tensor.ArrayOf(scores, 8), tensor.ArrayOf(scores, 8, 1)
	ints := tensor.ArrayOf(truth, 8)
	reals := tensor.ArrayOf([]float32{0, 1, 0, 1, 1, 1, 0, 0}, 8, 1)
	pairs := make([]float32, 16) // the same scores as differences of two logits
	for i, s := range scores {
		pairs[2*i], pairs[2*i+1] = -s/2, s/2
	}
	wider := make([]float32, 12*5) // a fifth class that never occurs
	for i := range 12 {
		copy(wider[5*i:], logits[4*i:4*i+4])
		wider[5*i+4] = -9
	}
	five, two := tensor.ArrayOf(wider, 12, 5), tensor.ArrayOf(pairs, 8, 2)
	cases := []struct {
		m              Metric
		output, target tensor.Array
		want           float64
	}{
		{Accuracy(), several, classes, 0.5},
		{&Confusion{}, several, classes, 0.5},
		{TopK(1), several, classes, 0.5},
		{TopK(2), several, classes, 1},
		{F1(), several, classes, 0.3},
		{F1(), five, classes, 0.3},
		{Precision(), several, classes, 0.275},
		{Precision(), five, classes, 0.275},
		{Recall(), several, classes, 0.3375},
		{AUC(), several, classes, 0.7616512345679012},
		{AUC(), binary, ints, 0.8125},
		{AUC(), column, reals, 0.8125},
		{AUC(), two, ints, 0.8125},
		{F1(), binary, reals, 0.6190476190476191},
		{F1(), column, ints, 0.6190476190476191},
		{F1(), two, ints, 0.6190476190476191},
		{Accuracy(), column, reals, 0.625},
	}
	for _, c := range cases {
		for _, size := range []int{100, 5, 1} {
			if got := measure(c.m, c.output, c.target, size); !near(got, c.want) {
				t.Errorf("%s of %v in batches of %d is %v, want %v", c.m.Name(), c.output.Shape(), size, got, c.want)
			}
		}
	}
}

func TestRegression(t *testing.T) {
	y := tensor.ArrayOf([]float32{1, 10, 2, 30, 4, 20, 3.5, 25}, 4, 2)
	p := tensor.ArrayOf([]float32{1.5, 12, 1.75, 25, 4.5, 22.5, 3, 30}, 4, 2)
	y1 := tensor.ArrayOf([]float32{1, 2, 4, 3.5}, 4)
	p1 := tensor.ArrayOf([]float64{1.5, 1.75, 4.5, 3}, 4, 1)
	same := tensor.ArrayOf([]float32{2, 2, 2}, 3)
	off := tensor.ArrayOf([]float32{2, 2, 3}, 3)
	cases := []struct {
		m              Metric
		output, target tensor.Array
		want           float64
	}{
		{MeanSquaredError(), p, y, 7.6328125},
		{MeanAbsoluteError(), p, y, 2.03125},
		{R2(), p, y, 0.7908571428571429},
		{&Fit{}, p, y, 0.7908571428571429},
		{MeanSquaredError(), p1, y1, 0.203125},
		{MeanAbsoluteError(), p1, y1, 0.4375},
		{R2(), p1, y1, 0.8571428571428572},
		{R2(), same, same, 1},
		{R2(), off, same, 0},
	}
	for _, c := range cases {
		for _, size := range []int{100, 1} {
			if got := measure(c.m, c.output, c.target, size); !near(got, c.want) {
				t.Errorf("%s of %v in batches of %d is %v, want %v", c.m.Name(), c.output.Shape(), size, got, c.want)
			}
		}
	}
}

// TestFit has numbers of easy arithmetic: errors 1 and -1 of a column around 3, none in the other.
func TestFit(t *testing.T) {
	f := &Fit{Columns: []string{"area", "count"}}
	measure(f, tensor.ArrayOf([]float32{2, 7, 4, 8}, 2, 2), tensor.ArrayOf([]float32{1, 7, 5, 8}, 2, 2), 1)
	want := `value         R2          MAE         RMSE         mean    deviation

 area     0.7500            1            1            3            2
count     1.0000            0            0          7.5          0.5
`
	if got := f.Report(); got != want {
		t.Errorf("report\n%s\nwant\n%s", got, want)
	}
}

func TestConfusion(t *testing.T) {
	file, err := os.ReadFile("testdata/report.txt")
	if err != nil {
		t.Fatal(err)
	}
	named, numbered, _ := strings.Cut(string(file), "---\n")
	for want, names := range map[string][]string{named: {"circle", "square", "a long class name", "star"}, numbered: nil} {
		c := &Confusion{Classes: names}
		measure(c, tensor.ArrayOf(logits, 12, 4), tensor.ArrayOf(labels, 12), 5)
		if got := c.Report(); got != want {
			t.Errorf("report\n%s\nscikit-learn writes\n%s", got, want)
		}
		counts := [][]int{{3, 1, 0, 0}, {1, 3, 0, 1}, {2, 1, 0, 0}, {0, 0, 0, 0}}
		if got := c.Counts(); !reflect.DeepEqual(got, counts) {
			t.Errorf("counts %v, want %v", got, counts)
		}
		c.Counts()[0][0] = 99
		if !near(c.Value(), 0.5) {
			t.Error("a change of Counts changed the metric")
		}
	}
}

func TestCurve(t *testing.T) {
	r := AUC()
	measure(r, tensor.ArrayOf(scores, 8), tensor.ArrayOf(truth, 8), 3)
	fpr, tpr := r.Curve(1)
	if !reflect.DeepEqual(fpr, []float64{0, 0, 0, 0.5, 0.5, 0.75, 1}) || !reflect.DeepEqual(tpr, []float64{0, 0.25, 0.5, 0.75, 1, 1, 1}) {
		t.Errorf("curve %v %v", fpr, tpr)
	}
	// Large logits: under softmax both samples of class 0 would score 1, a tie.
	sharp := tensor.ArrayOf([]float32{90, 0, 0, 80, 0, 0, 85, 0, 0}, 3, 3)
	measure(r, sharp, tensor.ArrayOf([]int32{0, 1, 0}, 3), 3)
	if fpr, tpr := r.Curve(0); !reflect.DeepEqual(fpr, []float64{0, 0, 0, 1}) || !reflect.DeepEqual(tpr, []float64{0, 0.5, 1, 1}) {
		t.Errorf("curve of large logits %v %v", fpr, tpr)
	}
	if fpr, _ := r.Curve(2); fpr != nil {
		t.Errorf("a class without samples has the curve %v", fpr)
	}
}

func TestNothing(t *testing.T) {
	nan := float32(math.NaN())
	for _, m := range []Metric{Accuracy(), F1(), Precision(), Recall(), TopK(2), AUC(), &Confusion{}, MeanSquaredError(), MeanAbsoluteError(), R2()} {
		if v := m.Value(); v == v {
			t.Errorf("%s of nothing is %v, want NaN", m.Name(), v)
		}
	}
	for _, m := range []Metric{Accuracy(), F1(), TopK(2), AUC(), &Confusion{}} {
		m.Observe(tensor.ArrayOf([]float32{}, 0, 3), tensor.ArrayOf([]int32{}, 0))
		if v := m.Value(); v == v {
			t.Errorf("%s of an empty batch is %v, want NaN", m.Name(), v)
		}
	}
	for _, m := range []Metric{AUC(), MeanSquaredError(), MeanAbsoluteError(), R2()} {
		m.Observe(tensor.ArrayOf([]float32{nan, 1, 2}, 3), tensor.ArrayOf([]float32{0, 1, 1}, 3))
		if v := m.Value(); v == v {
			t.Errorf("%s with a NaN is %v, want NaN", m.Name(), v)
		}
	}
	// A row of NaN chooses the first of them, and is right only by that.
	broken := tensor.ArrayOf([]float32{0, nan, 9, nan, nan, nan}, 2, 3)
	if got := measure(Accuracy(), broken, tensor.ArrayOf([]int32{1, 1}, 2), 2); got != 0.5 {
		t.Errorf("accuracy with NaN is %v, want 0.5", got)
	}
	if got := measure(TopK(1), broken, tensor.ArrayOf([]int32{1, 1}, 2), 2); got != 0.5 {
		t.Errorf("top 1 with NaN is %v, want 0.5", got)
	}
}

func TestMistakes(t *testing.T) {
	zeros := func(shape ...int) tensor.Array {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return tensor.ArrayOf(make([]float32, n), shape...)
	}
	ints := func(v ...int32) tensor.Array { return tensor.ArrayOf(v, len(v)) }
	cases := []struct {
		m              Metric
		output, target tensor.Array
		rule           string
	}{
		{Accuracy(), zeros(2, 3), ints(0), "a target [2]"},
		{Accuracy(), zeros(2, 3), zeros(2), "Int32 classes"},
		{Accuracy(), zeros(2, 3), ints(0, 3), "the target of row 1 is 3, a class from 0 to 2"},
		{F1(), zeros(2, 3), ints(-1, 0), "row 0 is -1"},
		{Precision(), zeros(2), tensor.ArrayOf([]float32{0, 0.5}, 2), "row 1 is 0.5"},
		{Accuracy(), zeros(2, 3, 4), ints(0, 0), "[n, classes]"},
		{Accuracy(), zeros(), ints(0), "[n, classes]"},
		{Accuracy(), ints(1, 2), ints(0, 0), "real logits"},
		{AUC(), tensor.Array{}, ints(0), "an output and a target"},
		{TopK(2), zeros(2), ints(0, 1), "[n, classes]"},
		{&Confusion{Classes: []string{"a"}}, zeros(2, 3), ints(0, 1), "1 classes have names"},
		{MeanSquaredError(), zeros(2, 3), zeros(3, 2), "[n] or [n, d]"},
		{R2(), zeros(2), zeros(2, 2), "[n] or [n, d]"},
		{MeanAbsoluteError(), zeros(2), tensor.Array{}, "[n] or [n, d]"},
	}
	for _, c := range cases {
		err := tensor.Try(func() error { c.m.Observe(c.output, c.target); return nil })
		var e *tensor.Error
		if !errors.As(err, &e) || !strings.Contains(e.Rule, c.rule) {
			t.Errorf("%s: %v, want an error that says %q", c.m.Name(), err, c.rule)
		}
	}
	for _, m := range []Metric{Accuracy(), AUC(), R2()} {
		err := tensor.Try(func() error {
			first, second := ints(0, 1), ints(0, 1)
			if m.Name() == "r2" {
				first, second = zeros(2, 4), zeros(2, 5)
				m.Observe(first, first)
				m.Observe(second, second)
			}
			m.Observe(zeros(2, 4), first)
			m.Observe(zeros(2, 5), second)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "the batches before") {
			t.Errorf("%s: %v, want an error about the batches before", m.Name(), err)
		}
	}
}
