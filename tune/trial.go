package tune

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
)

// State is what became of a trial.
type State string

// A trial waits for more budget until the search has ended: it is then stopped, or done if it had all.
const (
	Waiting State = "waiting"
	Running State = "running" // or the search was killed then
	Stopped State = "stopped"
	Done    State = "done"
	Failed  State = "failed"
)

// Trial is one drawn assignment of settings, and what it gave.
type Trial struct {
	Number   int       `json:"trial"` // from 1
	Settings Settings  `json:"settings"`
	State    State     `json:"state"`
	Rung     int       `json:"rung"`   // budgets it was given so far
	Scores   []float64 `json:"scores"` // after each unit of its budget
	Seconds  float64   `json:"seconds"`
	Error    string    `json:"error,omitempty"`

	folder string
}

// Folder is where the trial's own files belong, such as its checkpoints; "" if the search has none.
func (t *Trial) Folder() string {
	if t.folder == "" {
		return ""
	}
	return filepath.Join(t.folder, "trial-"+pad(t.Number))
}

func pad(n int) string {
	s := strconv.Itoa(n)
	for len(s) < 3 {
		s = "0" + s
	}
	return s
}

// Score is the one after all the budget that the trial had; NaN if it had none or failed.
func (t *Trial) Score() float64 {
	if len(t.Scores) == 0 || t.State == Failed {
		return math.NaN()
	}
	return t.Scores[len(t.Scores)-1]
}

// Trials are those of a search.
type Trials []*Trial

// Ranked is the best first: those of the largest budget before others, however good those looked; failed ones last.
func (ts Trials) Ranked(maximize bool) Trials {
	list := slices.Clone(ts)
	slices.SortStableFunc(list, func(a, b *Trial) int {
		if a.State == Failed || b.State == Failed {
			return order(a.State == Failed, b.State == Failed)
		}
		if len(a.Scores) != len(b.Scores) {
			return len(b.Scores) - len(a.Scores)
		}
		return compare(a.Score(), b.Score(), maximize)
	})
	return list
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// compare puts the better score first.
func compare(a, b float64, maximize bool) int {
	if maximize {
		a, b = b, a
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
