package tune

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
)

// Every value lies in its range, and the whole of it is drawn from.
func TestDraw(t *testing.T) {
	s := Space{{"rate", LogUniform(1e-4, 1e-1)}, {"share", Uniform(0, 0.5)}, {"width", Integers(1, 4)}, {"wide", Values{Low: 1, High: 1000, Whole: true, Log: true}},
		{"merge", Choice("a", "b", "c")}, {"fixed", Uniform(0.12345, 0.12345)}}
	small := 0.0
	seen := map[string]int{}
	for i := range 600 {
		got := s.draw(uint64(i), nil)
		rate, share, wide := got.Float("rate"), got.Float("share"), got.Int("wide")
		if !(rate >= 1e-4 && rate <= 1e-1 && share >= 0 && share <= 0.5 && wide >= 1 && wide <= 1000) || got.Text("fixed") != "0.12345" {
			t.Fatalf("drawn is %v", got)
		}
		if rate < 1e-2 {
			small++
		}
		seen[got.Text("width")]++
		seen[got.Text("merge")]++
	}
	// Two of three decades lie below 1e-2: 400 of 600, with a standard deviation of 12.
	if !(math.Abs(small-400) < 60) {
		t.Errorf("%v of 600 rates are below 0.01, want about 400", small)
	}
	for value, share := range map[string]float64{"1": 4, "2": 4, "3": 4, "4": 4, "a": 3, "b": 3, "c": 3} {
		if n := float64(seen[value]); !(math.Abs(n-600/share) < 60) {
			t.Errorf("%s was drawn %v times of 600, want about %.0f", value, n, 600/share)
		}
	}
	first, again := s.draw(7, nil), s.draw(7, nil)
	if !maps.Equal(first, again) || maps.Equal(first, s.draw(8, nil)) {
		t.Error("the settings are not a function of the seed")
	}
}

func TestHas(t *testing.T) {
	for _, c := range []struct {
		v        Values
		yes, not string
	}{
		{Choice("a", "b"), "a b", "c A"}, {LogUniform(0.001, 0.1), "0.001 1e-2 0.1", "0.2 0 x NaN"}, {Integers(2, 9), "2 9", "2.5 1 10"},
	} {
		for _, text := range strings.Fields(c.yes) {
			if !c.v.Has(text) {
				t.Errorf("%v does not have %s", c.v, text)
			}
		}
		for _, text := range strings.Fields(c.not) {
			if c.v.Has(text) {
				t.Errorf("%v has %s", c.v, text)
			}
		}
	}
}

// A small space is tried whole, and not twice.
func TestSmallSpace(t *testing.T) {
	r := found(t, search(func(s *Search) {
		s.Space, s.Factor = Space{{"lr", Choice("0.1", "0.001")}, {"merge", Choice("add", "multiply")}, {"width", Integers(1, 2)}}, 0
	}))
	seen := map[string]bool{}
	for _, trial := range r.Trials {
		seen[space.String(trial.Settings)] = true
	}
	if len(r.Trials) != 8 || len(seen) != 8 || space.String(r.Best.Settings)[:23] != "lr=0.001 merge=multiply" {
		t.Errorf("%d trials of %d settings; the best is %v", len(r.Trials), len(seen), r.Best.Settings)
	}
}

func TestRungs(t *testing.T) {
	for want, s := range map[string]Search{
		"[1 3 9]": {Max: 9, Factor: 3}, "[9]": {Max: 9}, "[2 5 15]": {Max: 15, Factor: 3}, "[1 2]": {Max: 2, Factor: 2},
		"[4 8]": {Max: 8, Min: 4, Factor: 2}, "[1]": {Max: 1, Factor: 3}, "[11 33 100]": {Max: 100, Factor: 3}, "[1 4 11 33 100]": {Max: 100, Min: 1, Factor: 3},
	} {
		if got := fmt.Sprint(s.Rungs()); got != want {
			t.Errorf("%+v has the rungs %s, want %s", s, got, want)
		}
	}
}

func TestTables(t *testing.T) {
	r := &Result{Trials: Trials{
		{Number: 1, Settings: Settings{"lr": "0.1", "merge": "add", "width": "9"}, State: Failed, Error: "it, broke"},
		{Number: 2, Settings: Settings{"lr": "0.01", "merge": "multiply", "width": "9"}, State: Done, Scores: []float64{0.25, 0.5}, Seconds: 1.234},
		{Number: 3, Settings: Settings{"lr": "1", "merge": "gated", "width": "9"}, State: Stopped, Scores: []float64{0.9}},
	}}
	var b bytes.Buffer
	if err := r.WriteCSV(&b, space, true); err != nil {
		t.Fatal(err)
	}
	want := `rank,trial,state,budget,score,seconds,lr,merge,width,error
1,2,done,2,0.5,1.23,0.01,multiply,9,
2,3,stopped,1,0.9,0.00,1,gated,9,
3,1,failed,0,,0.00,0.1,add,9,"it, broke"
`
	if b.String() != want {
		t.Errorf("the CSV is\n%s\nwant\n%s", b.String(), want)
	}
	wantTable := strings.TrimLeft(`
rank  trial  state    budget  accuracy  lr    merge     width
1     2      done     2       0.5       0.01  multiply  9
2     3      stopped  1       0.9       1     gated     9
3     1      failed   0       -         0.1   add       9
`, "\n")
	if got := r.Table(space, "accuracy", true); got != wantTable {
		t.Errorf("the table is\n%s\nwant\n%s", got, wantTable)
	}
}
