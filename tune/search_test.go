package tune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var space = Space{{"lr", LogUniform(1e-5, 1)}, {"merge", Choice("add", "multiply")}, {"width", Integers(8, 64)}}

// toy is an accuracy that grows with the budget towards what the settings are worth: best at a rate of 1e-3, and
// better by multiply. It is negative, so that nothing passes by a sign that is lost.
func toy(_ context.Context, t *Trial, budget int) (scores []float64, err error) {
	worth := -math.Abs(math.Log10(t.Settings.Float("lr")) + 3)
	if t.Settings.Text("merge") != "multiply" {
		worth--
	}
	for b := range budget {
		scores = append(scores, worth-3*math.Exp(-float64(b+1)/4))
	}
	return scores, nil
}

func search(change func(*Search)) *Search {
	s := &Search{Space: space, Trials: 27, Min: 1, Max: 9, Factor: 3, Maximize: true, Seed: 5, Try: toy}
	if change != nil {
		change(s)
	}
	return s
}

func found(t *testing.T, s *Search) *Result {
	t.Helper()
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// faults says what is wrong with a search's result: a trial that was given more than one that was better when both stood
// at the same rung, or a best one that is not.
func faults(r *Result, rungs []int, maximize bool) (wrong []string) {
	better := func(a, b float64) bool { return a > b == maximize && a != b }
	for _, budget := range rungs[:len(rungs)-1] {
		for _, up := range r.Trials {
			for _, left := range r.Trials {
				if len(up.Scores) > budget && len(left.Scores) == budget && better(left.Scores[budget-1], up.Scores[budget-1]) {
					wrong = append(wrong, fmt.Sprintf("trial %d rose from %d, trial %d was better", up.Number, budget, left.Number))
				}
			}
		}
	}
	for _, t := range r.Trials {
		if len(t.Scores) == rungs[len(rungs)-1] && better(t.Score(), r.Best.Score()) {
			wrong = append(wrong, fmt.Sprintf("the best is trial %d, trial %d is better", r.Best.Number, t.Number))
		}
	}
	return wrong
}

// Halving finds the region of the best settings, gives more to the better ones only, and spends a third of random search.
func TestHalving(t *testing.T) {
	s := search(nil)
	r := found(t, s)
	if wrong := faults(r, s.Rungs(), true); len(wrong) > 0 {
		t.Error(wrong)
	}
	counts, spent := map[int]int{}, 0
	for _, trial := range r.Trials {
		counts[len(trial.Scores)]++
		spent += len(trial.Scores)
	}
	if want := map[int]int{1: 18, 3: 6, 9: 3}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("so many trials had each budget: %v, want %v", counts, want)
	}
	if lr := r.Best.Settings.Float("lr"); r.Best.State != Done || !(lr > 2e-4 && lr < 5e-3) || r.Best.Settings.Text("merge") != "multiply" {
		t.Errorf("the best is %+v", r.Best)
	}
	random := search(func(s *Search) { s.Factor = 0 })
	all := found(t, random)
	if !fullyTried(all, 9) || all.Best.Number != r.Best.Number || spent*3 > 27*9 {
		t.Errorf("random search finds %+v, halving %+v with a budget of %d", all.Best, r.Best, spent)
	}
	if two := found(t, search(func(s *Search) { s.Trials = 2 })); two.Best.State != Done || len(faults(two, s.Rungs(), true)) > 0 {
		t.Errorf("of two trials the better one has %d of 9", len(two.Best.Scores))
	}
	loss := search(func(s *Search) { s.Maximize, s.Try = false, negated })
	if got := found(t, loss); got.Best.Number != r.Best.Number || len(faults(got, loss.Rungs(), false)) > 0 {
		t.Errorf("as a loss the best is %d, want %d", got.Best.Number, r.Best.Number)
	}
}

func negated(ctx context.Context, t *Trial, budget int) ([]float64, error) {
	scores, err := toy(ctx, t, budget)
	for i := range scores {
		scores[i] = -scores[i]
	}
	return scores, err
}

func fullyTried(r *Result, budget int) bool {
	return !slices.ContainsFunc(r.Trials, func(t *Trial) bool { return len(t.Scores) != budget || t.State != Done })
}

// The check above sees a search that keeps the worse, and a best that is none.
func TestFaultsGoRed(t *testing.T) {
	s := search(func(s *Search) { s.Maximize = false })
	if r := found(t, s); len(faults(r, s.Rungs(), true)) == 0 {
		t.Error("a search that keeps the worst has no faults")
	}
	r := found(t, search(nil))
	r.Best = r.Trials.Ranked(true)[2]
	if wrong := faults(r, s.Rungs(), true); len(wrong) != 2 {
		t.Errorf("the third is the best: %v", wrong)
	}
}

// What is known comes first, and a search is no worse than that.
func TestFirst(t *testing.T) {
	known := []Settings{{"lr": "0.001", "merge": "multiply", "width": "9"}, {"lr": "1", "merge": "add", "width": "9"}}
	s := search(func(s *Search) { s.First = known })
	r := found(t, s)
	if fmt.Sprint(r.Trials[0].Settings) != fmt.Sprint(known[0]) || fmt.Sprint(r.Trials[1].Settings) != fmt.Sprint(known[1]) || r.Best.Number != 1 || len(r.Trials) != 27 {
		t.Errorf("the first are %v and %v, the best is %+v", r.Trials[0].Settings, r.Trials[1].Settings, r.Best)
	}
	if drawn := found(t, search(nil)); fmt.Sprint(drawn.Trials[5].Settings) != fmt.Sprint(r.Trials[5].Settings) {
		t.Error("what comes first changes what is drawn later")
	}
}

// The asynchronous search promotes before all have stood, so that a limit finds some at the end of their way.
func TestAsync(t *testing.T) {
	cut := func(async bool) *Result {
		return found(t, search(func(s *Search) { s.Async, s.Budget = async, 30 }))
	}
	sync, async := cut(false), cut(true)
	if !sync.Cut || !async.Cut || len(sync.Best.Scores) == 9 || len(async.Best.Scores) != 9 || len(async.Trials) >= 27 {
		t.Errorf("cut off, the best of the synchronous search had %d, of the asynchronous one %d", len(sync.Best.Scores), len(async.Best.Scores))
	}
	whole := found(t, search(func(s *Search) { s.Async = true }))
	if want := found(t, search(nil)); whole.Best.Number != want.Best.Number || whole.Cut {
		t.Errorf("the best is %+v, want %+v", whole.Best, want.Best)
	}
}

// text is what a search leaves, without times.
func text(t *testing.T, r *Result) string {
	t.Helper()
	for _, trial := range r.Trials {
		trial.Seconds = 0
	}
	b, err := json.Marshal(r.Trials)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A search that was killed while any trial ran, or was cancelled there, ends as one that was not.
func TestResume(t *testing.T) {
	for _, async := range []bool{false, true} {
		here := func(s *Search) { s.Trials, s.Async = 9, async }
		want := text(t, found(t, search(here)))
		calls := 0
		counted := search(func(s *Search) {
			here(s)
			s.Try = func(ctx context.Context, t *Trial, budget int) ([]float64, error) {
				calls++
				return toy(ctx, t, budget)
			}
		})
		found(t, counted)
		for stop := 1; stop <= calls; stop += 4 {
			folder, killed, call := t.TempDir(), t.TempDir(), 0
			ctx, cancel := context.WithCancel(context.Background())
			s := search(func(s *Search) {
				here(s)
				s.Folder = folder
				s.Try = func(ctx context.Context, trial *Trial, budget int) ([]float64, error) {
					if call++; call == stop {
						copyAll(t, folder, killed) // what a kill would leave now
						cancel()
						return nil, ctx.Err()
					}
					return toy(ctx, trial, budget)
				}
			})
			if _, err := s.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("the error is %v", err)
			}
			for _, left := range []string{folder, killed} {
				again := found(t, search(func(s *Search) { here(s); s.Folder = left }))
				if got := text(t, again); got != want {
					t.Fatalf("async %v, stopped in call %d: the search went on to\n%s\nwant\n%s", async, stop, got, want)
				}
			}
		}
	}
}

func copyAll(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
}

// A limit that ends a search is no end for who goes on with a larger one.
func TestBudgetGoesOn(t *testing.T) {
	folder := t.TempDir()
	first := found(t, search(func(s *Search) { s.Folder, s.Budget = folder, 20 }))
	states := map[State]int{}
	for _, trial := range first.Trials {
		states[trial.State]++
	}
	if !first.Cut || states[Stopped] != 20 {
		t.Errorf("cut %v, states %v", first.Cut, states)
	}
	ctx, cancel := context.WithCancel(context.Background())
	broken := search(func(s *Search) {
		s.Folder = folder
		s.Try = func(context.Context, *Trial, int) ([]float64, error) { cancel(); return nil, ctx.Err() }
	})
	if _, err := broken.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v", err)
	}
	if again := found(t, search(func(s *Search) { s.Folder, s.Budget = folder, 20 })); !again.Cut || again.Trials[20].State != Running {
		t.Errorf("a trial that was interrupted and has no room is %s", again.Trials[20].State)
	}
	if got, want := text(t, found(t, search(func(s *Search) { s.Folder = folder }))), text(t, found(t, search(nil))); got != want {
		t.Errorf("it went on to\n%s\nwant\n%s", got, want)
	}
}

// Trials that fail in any way are recorded, and the others go on.
func TestFailures(t *testing.T) {
	s := search(func(s *Search) {
		s.Folder = t.TempDir()
		s.Try = func(ctx context.Context, t *Trial, budget int) ([]float64, error) {
			scores, err := toy(ctx, t, budget)
			switch t.Number % 6 {
			case 0:
				return nil, errors.New("out of order")
			case 1:
				scores[budget-1] = math.NaN()
			case 2:
				t.Settings.Float("depth") // a setting that is not there: a panic
			}
			if t.Number == 3 && budget > 1 {
				return scores[:budget-1], errors.New("broke later")
			}
			return scores, err
		}
	})
	reports := 0
	s.Report = func(*Trial) { reports++ }
	r := found(t, s)
	for _, trial := range r.Trials {
		want := map[int]string{0: "out of order", 1: "the score is NaN after 1 of 1", 2: `there is no setting "depth"`}[trial.Number%6]
		if (trial.State == Failed) != (want != "") && trial.Number != 3 || want != "" && !strings.Contains(trial.Error, want) {
			t.Errorf("trial %d is %s: %q, want %q", trial.Number, trial.State, trial.Error, want)
		}
	}
	if wrong := faults(r, s.Rungs(), true); len(wrong) > 0 || r.Best.State != Done || reports < 27 {
		t.Errorf("the best is %+v; %v; %d reports", r.Best, wrong, reports)
	}
	again := found(t, search(func(other *Search) { other.Folder, other.Try = s.Folder, exhausted }))
	if text(t, again) != text(t, r) {
		t.Error("a search that has ended is tried again")
	}
	none := search(func(s *Search) {
		s.Try = func(context.Context, *Trial, int) ([]float64, error) { return nil, errors.New("no luck") }
	})
	if r, err := none.Run(context.Background()); !errors.Is(err, ErrAllFailed) || !strings.Contains(err.Error(), "27 of them, the first with: no luck") || r.Best != nil {
		t.Errorf("the error is %v", err)
	}
}

func exhausted(context.Context, *Trial, int) ([]float64, error) {
	return nil, errors.New("nothing was left to try")
}

func TestSearchErrors(t *testing.T) {
	for want, change := range map[string]func(*Search){
		"Try is nil":                  func(s *Search) { s.Try = nil },
		`there is no setting "width"`: func(s *Search) { s.First = []Settings{{"lr": "1", "merge": "add"}} },
		"First has 4 settings":        func(s *Search) { s.First = []Settings{{"lr": "1", "merge": "add", "width": "1", "x": "1"}} },
		"Trials is 0":                 func(s *Search) { s.Trials = 0 },
		"Min 10 and Max 9":            func(s *Search) { s.Min = 10 },
		"none may be negative":        func(s *Search) { s.Factor = -1 },
		"lr begins at 0":              func(s *Search) { s.Space = Space{{"lr", LogUniform(0, 1)}} },
		"lr lies between 1 and 0":     func(s *Search) { s.Space = Space{{"lr", Uniform(1, 0)}} },
		"lies between NaN":            func(s *Search) { s.Space = Space{{"lr", Uniform(math.NaN(), 0)}} },
		`two settings are named "lr"`: func(s *Search) { s.Space = append(Space{{"lr", Choice("1")}}, space...) },
		"2 scores for a budget of 1":  func(s *Search) { s.Try = twice },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), want) {
					t.Errorf("the panic is %v, want %q in it", r, want)
				}
			}()
			_, err := search(change).Run(context.Background())
			t.Errorf("%s: no panic, %v", want, err)
		}()
	}
	folder := t.TempDir()
	found(t, search(func(s *Search) { s.Folder, s.Budget = folder, 2 }))
	for want, change := range map[string]func(*Search){
		"began with seed 5, this one has 6":                                   func(s *Search) { s.Seed = 6 },
		"began with trials 27, this one has 28":                               func(s *Search) { s.Trials = 28 },
		"began with space [{lr 1e-05..1} {merge add,multiply} {width 8..64}]": func(s *Search) { s.Space = space[1:] },
	} {
		if _, err := search(func(s *Search) { s.Folder = folder; change(s) }).Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
	for _, broken := range []string{"{", `{"version": 9}`, `{"version": 1, "plan": {}}`} {
		if err := os.WriteFile(filepath.Join(folder, stateFile), []byte(broken), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := search(func(s *Search) { s.Folder = folder }).Run(context.Background()); err == nil || !strings.Contains(err.Error(), stateFile) {
			t.Errorf("%s: the error is %v", broken, err)
		}
	}
}

func twice(context.Context, *Trial, int) ([]float64, error) { return []float64{1, 2}, nil }
