package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// weights are all numbers that training changes, in order.
func weights(t *testing.T, tr *Trainer[batch]) (all []float32) {
	t.Helper()
	for _, p := range layers.Params(tr.Model) {
		all = append(all, p.Float32s()...)
	}
	state, err := tr.Optimizer.Save()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Optimizer.Params() {
		all = append(all, state["slot0."+p.Name()].Floats()...)
		all = append(all, state["slot1."+p.Name()].Floats()...)
	}
	return append(all, float32(tr.Optimizer.Steps()))
}

// A range test leaves everything as it was: before a training, and in the midst of one.
func TestRangeRestores(t *testing.T) {
	plain, tested := newTrainer("", 8), newTrainer("", 8)
	for epochs := range 3 {
		if epochs > 0 {
			fit(t, plain, epochs)
			fit(t, tested, epochs)
		}
		before := weights(t, tested)
		r, err := tested.RangeTest(context.Background(), RateRange{Steps: 25})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Rate) == 0 || len(r.Loss) != len(r.Rate) || len(r.Smoothed) != len(r.Rate) {
			t.Fatalf("%d rates, %d losses", len(r.Rate), len(r.Loss))
		}
		if !slices.Equal(before, weights(t, tested)) || tested.Optimizer.LR() != plain.Optimizer.LR() {
			t.Fatalf("after %d epochs: the test changed something", epochs)
		}
	}
	fit(t, plain, 4)
	fit(t, tested, 4)
	if !slices.Equal(weights(t, plain), weights(t, tested)) {
		t.Error("a training after range tests has other bits")
	}
}

// The rates rise by one factor, from the first to the last; a rate that is far too large ends the test.
func TestRangeDiverges(t *testing.T) {
	tr := newTrainer("", 8)
	r, err := tr.RangeTest(context.Background(), RateRange{Low: 1e-4, High: 1e-2, Steps: 31})
	if err != nil {
		t.Fatal(err)
	}
	last := len(r.Rate) - 1
	if last != 30 || r.Diverged || r.Rate[0] != 1e-4 || !(math.Abs(r.Rate[last]-1e-2) < 1e-12) || !(math.Abs(r.Rate[15]/r.Rate[14]-r.Rate[1]/r.Rate[0]) < 1e-9) {
		t.Errorf("%d rates from %v to %v, diverged %v", len(r.Rate), r.Rate[0], r.Rate[last], r.Diverged)
	}
	// Without normalisation and with a loss without bounds, large rates break the model.
	tr = newTrainer("", 8)
	m := tr.Model.(*net)
	tr.Optimizer.Unused = true
	tr.Forward = func(p *tensor.Pass, b batch) (output, target *tensor.Tensor) {
		y := m.Out.Forward(m.Hidden.Forward(p.Input(b.X)))
		return y, p.Input(b.Y).OneHot(2)
	}
	tr.Loss = tensor.MSE
	before := weights(t, tr)
	r, err = tr.RangeTest(context.Background(), RateRange{Low: 1e-3, High: 1e30})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Diverged || len(r.Rate) == 100 || !(r.Suggested > 0 && r.Suggested < r.Lowest) {
		t.Errorf("diverged %v after %d steps, suggested %v, lowest at %v", r.Diverged, len(r.Rate), r.Suggested, r.Lowest)
	}
	if !slices.Equal(before, weights(t, tr)) {
		t.Error("a broken model was not restored")
	}
}

// The suggestion is where the loss falls fastest, and the bias of the first means is taken out.
func TestSuggest(t *testing.T) {
	r := &Rates{}
	for i := range 61 {
		x := float64(i)/10 - 5 // the exponent, from -5 to 1
		rate := math.Pow(10, x)
		r.Rate = append(r.Rate, rate)
		r.Smoothed = append(r.Smoothed, 2-1/(1+math.Exp(-5*(x+3)))+math.Exp(8*(x+0.5))) // falls fastest at 1e-3
	}
	r.suggest(0.9)
	if !(math.Abs(math.Log10(r.Suggested)+3) < 0.11) || !(r.Lowest > 1e-3 && r.Lowest < 1) {
		t.Errorf("suggested is %v, lowest at %v", r.Suggested, r.Lowest)
	}
	noisy := &Rates{Rate: r.Rate, Smoothed: append([]float64{9, 5, 2}, r.Smoothed[3:]...)} // the first losses are of few samples
	if noisy.suggest(0.9); noisy.Suggested != r.Suggested {
		t.Errorf("with chance at the beginning %v is suggested, without %v", noisy.Suggested, r.Suggested)
	}
	flat := &Rates{Rate: []float64{1, 2, 3}, Smoothed: []float64{1, 1, 1}}
	if flat.suggest(0); flat.Suggested != 0 {
		t.Errorf("a flat loss suggests %v", flat.Suggested)
	}
	tr := newTrainer("", 8)
	measured, err := tr.RangeTest(context.Background(), RateRange{Low: 1e-12, High: 1e-11, Steps: 12})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range measured.Smoothed { // nothing is learnt, so the mean is that of the losses
		if least, most := slices.Min(measured.Loss), slices.Max(measured.Loss); !(v >= least && v <= most) {
			t.Errorf("step %d: the running mean is %v of losses between %v and %v", i, v, least, most)
		}
	}
}

func TestRangeErrors(t *testing.T) {
	for want, o := range map[string]RateRange{
		"the rates are 1 to 0.1": {Low: 1, High: 0.1}, "the rates are -1 to 10": {Low: -1}, "Steps is 1": {Steps: 1}, "Smooth is 1": {Smooth: 1},
	} {
		if _, err := newTrainer("", 8).RangeTest(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
	tr := newTrainer("", 8)
	tr.Loss = nil
	if _, err := tr.RangeTest(context.Background(), RateRange{}); err == nil || !strings.Contains(err.Error(), "expected Train with data") {
		t.Errorf("the error is %v", err)
	}
	tr = newTrainer("", 8)
	tr.Train = &data.Loader[batch]{Source: points{n: 64, fail: 40}, BatchSize: 8}
	before := weights(t, tr)
	if _, err := tr.RangeTest(context.Background(), RateRange{}); !errors.Is(err, errRow) {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newTrainer("", 8).RangeTest(ctx, RateRange{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if !slices.Equal(before, weights(t, tr)) {
		t.Error("a test that failed was not taken back")
	}
}
