package tune

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/braidml/braid/internal/atomicfile"
)

// stateFile is the search in its folder.
const stateFile = "trials.json"

const version = 1

// saved is the file. What stands in plan must not change when a search goes on.
type saved struct {
	Version int    `json:"version"`
	Plan    plan   `json:"plan"`
	Trials  Trials `json:"trials"`
}

type plan struct {
	Space    Space      `json:"space"`
	Trials   int        `json:"trials"`
	First    []Settings `json:"first,omitempty"`
	Rungs    []int      `json:"rungs"`
	Factor   int        `json:"factor"`
	Maximize bool       `json:"maximize"`
	Async    bool       `json:"async"`
	Seed     uint64     `json:"seed"`
}

func (c *course) plan() plan {
	return plan{c.Space, c.Search.Trials, c.First, c.rungs, c.Factor, c.Maximize, c.Async, c.Seed}
}

// open begins a search, or reads the one in the folder.
func (s *Search) open() (*course, error) {
	c := &course{Search: s, rungs: s.Rungs(), total: int(min(float64(s.Trials), s.Space.size()))}
	if s.Folder == "" {
		return c, nil
	}
	if err := os.MkdirAll(s.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("tune: %w", err)
	}
	if err := atomicfile.Sweep(s.Folder); err != nil {
		return nil, fmt.Errorf("tune: %w", err)
	}
	path := filepath.Join(s.Folder, stateFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tune: %w", err)
	}
	var f saved
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("tune: %s: %w", path, err)
	}
	if f.Version != version {
		return nil, fmt.Errorf("tune: %s: its version is %d, this program reads version %d", path, f.Version, version)
	}
	if was, is, differ := f.Plan.differs(c.plan()); differ {
		return nil, fmt.Errorf("tune: %s: the search began with %s, this one has %s: go on with the same, or give another folder", path, was, is)
	}
	for i, t := range f.Trials {
		if t == nil || t.Number != i+1 || t.Rung < 0 || t.Rung > len(c.rungs) || len(t.Scores) > s.Max {
			return nil, fmt.Errorf("tune: %s: trial %d is not one that a search can have", path, i+1)
		}
		if t.State == Stopped { // an end that came by a limit of time is none for who goes on
			t.State = Waiting
		}
		t.folder = s.Folder
	}
	c.Trials = f.Trials
	return c, nil
}

// differs shows the first thing that two plans do not share.
func (p plan) differs(other plan) (was, is string, differ bool) {
	a, b := reflect.ValueOf(p), reflect.ValueOf(other)
	for i := range a.NumField() {
		x, y := a.Field(i).Interface(), b.Field(i).Interface()
		if !reflect.DeepEqual(x, y) {
			name := a.Type().Field(i).Tag.Get("json")
			return fmt.Sprintf("%s %v", name, x), fmt.Sprint(y), true
		}
	}
	return "", "", false
}

func (c *course) save() error {
	if c.Folder == "" {
		return nil
	}
	err := atomicfile.Write(filepath.Join(c.Folder, stateFile), 0o644, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(saved{version, c.plan(), c.Trials})
	})
	if err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}
