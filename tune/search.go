package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/braidml/braid/tensor"
)

// Search tries Trials settings from Space. Set the fields, then call Run.
//
// With Factor η every trial gets the budget Min at first, and of those the best 1/η get η times as much, and so on up to
// Max: successive halving (Jamieson and Talwalkar 2016). Without, every trial gets Max: random search (Bergstra and
// Bengio 2012).
type Search struct {
	Space    Space
	Trials   int        // fewer are tried if Space has fewer settings
	First    []Settings // tried before those that are drawn, such as what is known to be good
	Min, Max int        // budget, such as epochs, of the first rung and of the last; Min 0: Max/η², at least 1
	Factor   int        // η: 3, say; 0 or 1: no halving
	Maximize bool       // scores are better when larger
	Seed     uint64
	Folder   string // keeps the search, and the trials' folders; "": nothing is kept

	// Async promotes a trial as soon as it is among the best 1/η of those that stand at its rung, and does not wait for
	// the others (ASHA, Li et al. 2018): a search that is cut off by Time or Budget has then trained some to the end.
	Async  bool
	Time   time.Duration // begin nothing after so long, counted from the call of Run; 0: no limit
	Budget int           // begin nothing that would take the sum of all budgets above this; 0: no limit

	// Try trains a trial until it has had the budget, and returns the scores after each unit of it, from the first one on.
	// It goes on from what it left in the trial's folder, if there is a folder; otherwise it starts anew. An error is the
	// trial's failure.
	Try func(ctx context.Context, t *Trial, budget int) (scores []float64, err error)

	Report func(t *Trial) // after each call of Try; or nil
}

// Result is what a search found.
type Result struct {
	Best   *Trial // nil if all failed
	Trials Trials // in the order they were drawn
	Cut    bool   // Time or Budget ended the search before every trial had its chance
}

// ErrAllFailed is wrapped by the error of a search of which no trial gave a score.
var ErrAllFailed = errors.New("all trials failed")

// Run searches, or goes on with the search in Folder, which must have the same fields. The same seed tries the same
// settings, and gives the same result unless Time cuts it off. Cancelling ctx ends it with ctx's error; the Result is then
// what there is.
func (s *Search) Run(ctx context.Context) (*Result, error) {
	s.check()
	c, err := s.open()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	for {
		t, fresh := c.next()
		if t == nil {
			break
		}
		budget := c.rungs[t.Rung]
		if s.Time > 0 && time.Since(begun) >= s.Time || s.Budget > 0 && c.spent()+budget-len(t.Scores) > s.Budget {
			c.cut = true
			break
		}
		if fresh {
			c.Trials = append(c.Trials, t)
		}
		if err := c.try(ctx, t, budget); err != nil {
			return c.result(), err
		}
	}
	for _, t := range c.Trials {
		if t.State == Waiting { // one that is still running, and had no room within the limits, is the next one's first
			t.State = Stopped
		}
	}
	if err := c.save(); err != nil {
		return c.result(), err
	}
	r := c.result()
	if r.Best == nil {
		first := "none was begun within the limits"
		if len(c.Trials) > 0 {
			first = fmt.Sprintf("%d of them, the first with: %s", len(c.Trials), c.Trials[0].Error)
		}
		return r, fmt.Errorf("tune: %w: %s", ErrAllFailed, first)
	}
	return r, nil
}

func (s *Search) check() {
	s.Space.check("Search")
	for i, settings := range s.First {
		for _, d := range s.Space {
			settings.text("Search", d.Name)
		}
		if len(settings) != len(s.Space) {
			misuse("Search", "First has %d settings in place %d: the %d of Space are expected", len(settings), i, len(s.Space))
		}
	}
	switch {
	case s.Try == nil:
		misuse("Search", "Try is nil")
	case s.Trials < 1 || s.Max < 1 || s.Min < 0 || s.Min > s.Max:
		misuse("Search", "Trials is %d, Min %d and Max %d: at least 1, and Min not above Max, is expected", s.Trials, s.Min, s.Max)
	case s.Factor < 0 || s.Time < 0 || s.Budget < 0:
		misuse("Search", "Factor is %d, Time %v and Budget %d: none may be negative", s.Factor, s.Time, s.Budget)
	}
}

// Rungs are the budgets of successive halving, the first to the last.
func (s *Search) Rungs() []int {
	if s.Factor <= 1 {
		return []int{s.Max}
	}
	least := s.Min
	if least == 0 {
		least = max(1, int(math.Round(float64(s.Max)/float64(s.Factor*s.Factor))))
	}
	rungs := []int{s.Max}
	for part := float64(s.Max); ; {
		part /= float64(s.Factor)
		budget := int(math.Round(part))
		if budget < least || budget >= rungs[0] {
			return rungs
		}
		rungs = slices.Insert(rungs, 0, budget)
	}
}

// course is a search under way.
type course struct {
	*Search
	Trials Trials
	total  int // trials to draw
	rungs  []int
	cut    bool
}

// next is the trial to give more budget: one that was interrupted; the best one that may rise, from the highest rung
// down; or a new one. nil: none is left.
func (c *course) next() (t *Trial, fresh bool) {
	for _, t := range c.Trials {
		if t.State == Running {
			return t, false
		}
	}
	whole := len(c.Trials) == c.total // no other trial will come to this rung
	for rung := range len(c.rungs) - 1 {
		rising := c.rising(rung, whole)
		if rising != nil && (whole || c.Async) {
			t = rising
		}
		whole = whole && rising == nil
	}
	if n := len(c.Trials); t == nil && n < c.total {
		t = &Trial{Number: n + 1, folder: c.Folder}
		if n < len(c.First) {
			t.Settings = maps.Clone(c.First[n])
		} else {
			t.Settings = c.Space.draw(c.Seed, c.Trials)
		}
		return t, true
	}
	return t, false
}

// rising is the best trial at a rung that belongs to the better share and has not risen yet.
func (c *course) rising(rung int, whole bool) *Trial {
	var stood Trials // all that had the rung's budget, those that failed in it too
	for _, t := range c.Trials {
		if t.Rung > rung {
			stood = append(stood, t)
		}
	}
	share := len(stood) / c.Factor
	if whole { // of a rung that is too small to be divided the best one rises
		share = max(share, 1)
	}
	slices.SortStableFunc(stood, func(a, b *Trial) int { return c.compareAt(a, b, c.rungs[rung]) })
	for _, t := range stood[:min(share, len(stood))] {
		if t.Rung == rung+1 && t.State == Waiting {
			return t
		}
	}
	return nil
}

// compareAt puts the trial first that was better after a budget. One that failed before comes last.
func (c *course) compareAt(a, b *Trial, budget int) int {
	if lacks := order(len(a.Scores) < budget, len(b.Scores) < budget); lacks != 0 || len(a.Scores) < budget {
		return lacks
	}
	return compare(a.Scores[budget-1], b.Scores[budget-1], c.Maximize)
}

// spent is the sum of all budgets so far.
func (c *course) spent() (sum int) {
	for _, t := range c.Trials {
		sum += len(t.Scores)
	}
	return sum
}

// try gives t a budget and records what came of it.
func (c *course) try(ctx context.Context, t *Trial, budget int) error {
	t.State = Running
	if err := c.save(); err != nil {
		return err
	}
	begun := time.Now()
	var scores []float64
	err := tensor.Try(func() (err error) {
		if folder := t.Folder(); folder != "" {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		scores, err = c.Try(ctx, t, budget)
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err() // the trial is still running: that is how the next Run finds it
	}
	if err == nil && len(scores) != budget {
		misuse("Search", "Try returned %d scores for a budget of %d", len(scores), budget)
	}
	t.Seconds += time.Since(begun).Seconds()
	for i, v := range scores {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if err == nil {
				err = fmt.Errorf("the score is %v after %d of %d", v, i+1, budget)
			}
			scores = scores[:i]
			break
		}
	}
	t.Scores = append([]float64{}, scores...)
	switch {
	case err != nil:
		t.State, t.Error = Failed, err.Error()
	case budget == c.Max:
		t.State = Done
	default:
		t.State = Waiting
	}
	t.Rung++
	if err := c.save(); err != nil {
		return err
	}
	if c.Report != nil {
		c.Report(t)
	}
	return nil
}

func (c *course) result() *Result {
	r := &Result{Trials: c.Trials, Cut: c.cut}
	if ranked := c.Trials.Ranked(c.Maximize); len(ranked) > 0 && ranked[0].State != Failed && len(ranked[0].Scores) > 0 {
		r.Best = ranked[0]
	}
	return r
}
