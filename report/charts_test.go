package report

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func TestWilson(t *testing.T) {
	// statsmodels 0.14: proportion_confint(8, 10, method="wilson") and (0, 20).
	if low, high := wilson(.8, 10); math.Abs(low-.4901625) > 1e-6 || math.Abs(high-.9433178) > 1e-6 {
		t.Errorf("8 of 10: %v to %v", low, high)
	}
	if low, high := wilson(0, 20); low != 0 || math.Abs(high-.1611252) > 1e-6 {
		t.Errorf("0 of 20: %v to %v", low, high)
	}
}

func TestTicks(t *testing.T) {
	labels := func(p interface {
		Ticks(low, high float64) []plot.Tick
	}, low, high float64) string {
		var all []string
		for _, one := range p.Ticks(low, high) {
			all = append(all, one.Label)
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		by interface {
			Ticks(low, high float64) []plot.Tick
		}
		low, high float64
		want      string
	}{
		{even{}, 0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{even{}, .73, 1.001, "0.75 0.80 0.85 0.90 0.95 1.00"},
		{even{}, -3e3, 3e3, "-3000 -2000 -1000 0 1000 2000 3000"},
		{even{true}, 1, 3, "1 2 3"},
		{even{true}, 1, 40, "10 20 30 40"},
		{even{}, 2, 2, ""},
		{decades{}, .03, 3, "0.05 0.1 0.2 0.5 1 2"},
		{decades{}, .0003, 3, "0.001 0.01 0.1 1"},
	} {
		if got := labels(c.by, c.low, c.high); got != c.want {
			t.Errorf("%+v from %v to %v: %s, want %s", c.by, c.low, c.high, got, c.want)
		}
	}
}

func TestThin(t *testing.T) {
	var x, y []float64
	for i := range 2000 {
		x, y = append(x, float64(i)), append(y, math.Sin(float64(i)/150))
	}
	x, y = append(x, 2000), append(y, math.NaN())
	points := thin(x, y)
	if len(points) > 200 || len(points) < 20 {
		t.Errorf("%d points are left", len(points))
	}
	// Between the points that are left, the line is where it was.
	next := 0
	for i := range 2000 {
		for points[next+1].X < x[i] {
			next++
		}
		a, b := points[next], points[next+1]
		if d := math.Abs(a.Y + (b.Y-a.Y)*(x[i]-a.X)/(b.X-a.X) - y[i]); !(d < .02) {
			t.Fatalf("at %v the line is off by %v", x[i], d)
		}
	}
	if p := thin([]float64{0, 0, 0, .5, 1}, []float64{0, .5, 1, 1, 1}); len(p) != 3 {
		t.Errorf("a corner is %v", p)
	}
	if p := thin(nil, nil); len(p) != 0 {
		t.Errorf("nothing is %v", p)
	}
	if p := thin([]float64{3}, []float64{4}); len(p) != 1 {
		t.Errorf("a point is %v", p)
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{.5: "0.5000", 0: "0.0000", 1: "1.0000", -4.4e-16: "0.0000", 12.3456: "12.35", 15.8: "15.80", -1.2e-6: "-1.2e-06", 123456: "123456", 2e9: "2e+09"} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) is %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{.5: "50.0 %", 1: "100.0 %", .99999: "> 99.9 %", .0001: "< 0.1 %", 0: "0.0 %"} {
		if got := percent(v); got != want {
			t.Errorf("percent(%v) is %s, want %s", v, got, want)
		}
	}
	if figure(math.NaN()) != "–" || percent(math.NaN()) != "–" {
		t.Error("NaN is shown")
	}
	if got := lengths([]int{1, 0, 3, 1}); got != "0, 2, 3" {
		t.Errorf("lengths are %s", got)
	}
}
