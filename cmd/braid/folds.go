package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/braidml/braid/data"
)

// fold is which of several parts of the data is to test on, written 2/5. Zero is none.
type fold struct{ Number, Of int }

// String is "2/5", or nothing.
func (f fold) String() string {
	if f.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.Number, f.Of)
}

// IsZero reports whether there are no folds.
func (f fold) IsZero() bool { return f == fold{} }

// MarshalText is "2/5".
func (f fold) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads "2/5".
func (f *fold) UnmarshalText(text []byte) error {
	if n, err := fmt.Sscanf(string(text), "%d/%d", &f.Number, &f.Of); err != nil || n != 2 || f.String() != string(text) {
		return fmt.Errorf("%q is no fold: 2/5, the second of five parts, was expected", text)
	}
	return nil
}

// folded divides p into parts of equal size and takes one of them away. Rows of one picture stay together; where each has
// its own, every class keeps its share.
func (p part) folded(f fold, seed uint64) (rest, taken part, err error) {
	if f.Of > len(p.rows) {
		return rest, taken, fmt.Errorf("%d rows cannot be divided into %d folds", len(p.rows), f.Of)
	}
	groups, shared := p.pictures()
	labels := p.classes()
	if shared { // the pictures are divided, and their rows follow
		labels = make([]int32, slices.Max(groups)+1)
		if f.Of > len(labels) {
			return rest, taken, fmt.Errorf("%d pictures cannot be divided into %d folds", len(labels), f.Of)
		}
	}
	in := map[int]bool{}
	for _, i := range data.Folds(labels, f.Of, seed)[f.Number-1] {
		in[i] = true
	}
	var a, b []int
	for i := range p.rows {
		which := i
		if shared {
			which = int(groups[i])
		}
		if in[which] {
			b = append(b, i)
		} else {
			a = append(a, i)
		}
	}
	return p.at(a), p.at(b), nil
}

// folds is result.json of a cross-validation.
type folds struct {
	Mean      scores   `json:"mean"`
	Deviation scores   `json:"deviation"` // standard deviation over the folds
	Folds     []scores `json:"folds"`
	Options   options  `json:"options"`
}

// crossValidate trains once for each fold, in folders of their own, and says what the models have in common. Folds that
// have ended are left alone, and one that was interrupted goes on.
func (c *trainCommand) crossValidate(w *world, set flags) error {
	if c.Folds < 2 || c.Folds > 100 {
		return fmt.Errorf("--folds is %d, want 2 to 100", c.Folds)
	}
	if !c.Options.Fold.IsZero() {
		return errors.New("--folds trains all folds, --fold one of them: leave one of both out")
	}
	dir := c.Out
	if dir == "" {
		dir = freeFolder("runs", c.Options.kind())
	}
	sum := folds{Mean: scores{}, Deviation: scores{}, Options: c.Options}
	for i := range c.Folds {
		one := *c
		one.Options.Fold, one.Folds, one.JSON = fold{i + 1, c.Folds}, 0, ""
		one.Out = filepath.Join(dir, fmt.Sprintf("fold-%d", i+1))
		path := filepath.Join(one.Out, resultFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || !c.Resume {
			_, begun := os.Stat(filepath.Join(one.Out, optionsFile))
			one.Resume = c.Resume && begun == nil
			fmt.Fprintf(w.out, "fold %v\n", one.Options.Fold)
			if err := one.Run(w, set); err != nil {
				if errors.Is(err, errInterrupted) {
					fmt.Fprintf(w.err, "the same command with --resume --out %s goes on with all folds\n", dir)
				}
				return err
			}
		}
		var r result
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		sum.Folds = append(sum.Folds, r.Test)
	}
	for name := range sum.Folds[0] {
		sum.Mean[name], sum.Deviation[name] = spread(sum.Folds, name)
	}
	for _, path := range []string{filepath.Join(dir, resultFile), c.JSON} {
		if path == "" {
			continue
		}
		if err := writeJSON(path, sum); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.out, "%d folds:", c.Folds)
	for _, name := range slices.Sorted(maps.Keys(sum.Mean)) {
		fmt.Fprintf(w.out, " %s %.4f ± %.4f", name, sum.Mean[name], sum.Deviation[name])
	}
	fmt.Fprintf(w.out, "; in %s\n", dir)
	return nil
}

// spread is mean and standard deviation of a value over folds that have it.
func spread(all []scores, name string) (mean, deviation float64) {
	n := 0.0
	for _, s := range all {
		if v, ok := s[name]; ok {
			n++
			mean += v
		}
	}
	mean /= n
	for _, s := range all {
		if v, ok := s[name]; ok {
			deviation += (v - mean) * (v - mean)
		}
	}
	return mean, math.Sqrt(deviation / max(n-1, 1))
}
