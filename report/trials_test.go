package report

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/train"
	"github.com/braidml/braid/tune"
)

// count is how many pixels have nearly a colour.
func count(m image.Image, want color.RGBA) (n int) {
	near := func(a uint32, b uint8) bool { return math.Abs(float64(a>>8)-float64(b)) < 12 }
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if r, g, b, _ := m.At(x, y).RGBA(); near(r, want.R) && near(g, want.G) && near(b, want.B) {
				n++
			}
		}
	}
	return n
}

var searched = tune.Space{
	{Name: "lr", Values: tune.LogUniform(1e-4, 1e-1)}, {Name: "merge", Values: tune.Choice("add", "multiply")},
	{Name: "width", Values: tune.Integers(8, 64)}, {Name: "fixed", Values: tune.Uniform(1, 1)},
}

func trial(n int, state tune.State, merge string, scores ...float64) *tune.Trial {
	return &tune.Trial{Number: n, State: state, Scores: scores, Settings: tune.Settings{"lr": "0.001", "merge": merge, "width": "9", "fixed": "1"}}
}

func TestTrials(t *testing.T) {
	r := &tune.Result{Trials: tune.Trials{
		trial(1, tune.Failed, "add"), trial(2, tune.Stopped, "multiply", 0.3), trial(3, tune.Done, "add", 0.2, 0.5, 0.6),
		trial(4, tune.Done, "multiply", 0.2, 0.8, 0.9),
	}}
	r.Best = r.Trials[3]
	for _, space := range []tune.Space{searched, searched[:1]} {
		var b bytes.Buffer
		if err := Trials(&b, "4 trials:", "accuracy", space, r); err != nil {
			t.Fatal(err)
		}
		m := decode(t, &b)
		// A dot has about 30 pixels, and is in each panel; there is a curve, too.
		for _, c := range []color.RGBA{bestColour, doneColour, otherColour} {
			if n, least := count(m, c), 20*(len(space)+1); n < least {
				t.Errorf("%d pixels of %v, want at least %d", n, c, least)
			}
		}
	}
	one := &tune.Result{Trials: tune.Trials{trial(1, tune.Done, "add", 0.5)}}
	one.Best = one.Trials[0]
	var b bytes.Buffer
	if err := Trials(&b, "", "loss", searched, one); err != nil || decode(t, &b) == nil {
		t.Errorf("one trial of one epoch: %v", err)
	}
	one.Best = nil
	if err := Trials(&b, "", "loss", searched, one); err == nil || !strings.Contains(err.Error(), "no trial has a score") {
		t.Errorf("the error is %v", err)
	}
}

func TestRates(t *testing.T) {
	r := &train.Rates{Suggested: 1e-3, Lowest: 1e-2}
	for i := range 50 {
		x := float64(i)/10 - 4
		r.Rate = append(r.Rate, math.Pow(10, x))
		r.Smoothed = append(r.Smoothed, 2-1/(1+math.Exp(-3*(x+3)))+math.Exp(5*x))
		r.Loss = append(r.Loss, r.Smoothed[i]*(1+100*float64(i%2)))
	}
	var b bytes.Buffer
	if err := Rates(&b, "rates", r); err != nil {
		t.Fatal(err)
	}
	m := decode(t, &b)
	if count(m, bestColour) < 50 || count(m, doneColour) < 300 {
		t.Errorf("%d pixels of the mark, %d of the curve", count(m, bestColour), count(m, doneColour))
	}
	if err := Rates(&b, "", &train.Rates{Rate: []float64{1}}); err == nil || !strings.Contains(err.Error(), "fewer than two steps") {
		t.Errorf("the error is %v", err)
	}
}
