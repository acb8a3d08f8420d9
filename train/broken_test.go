package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// TestNotFinite puts a NaN into one row. The error must name the step that met it, though the loss is read later, and
// the checkpoint must be from before.
func TestNotFinite(t *testing.T) {
	dir := t.TempDir()
	fit(t, newTrainer(dir, 8), 1)
	want, wantBest := bits(t, dir, "last"), bits(t, dir, "best")
	tr := newTrainer(dir, 8)
	tr.Train.Source = points{n: 157, nan: 77}
	step := 0
	for b, err := range tr.Train.Batches(context.Background(), data.Cursor{Epoch: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		step++
		if x := b.X.Floats(); hasNaN(x) {
			break
		}
	}
	h, err := tr.Fit(context.Background(), 3, 0)
	if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), fmt.Sprintf("epoch 2, step %d:", step)) {
		t.Errorf("error %v, want one about epoch 2, step %d", err, step)
	}
	if len(h) != 1 {
		t.Errorf("%d epochs in the history beside the error, want 1", len(h))
	}
	sameRun(t, bits(t, dir, "last"), want)
	sameRun(t, bits(t, dir, "best"), wantBest)

	tr.Train.Source = points{n: 157} // the same trainer, its parameters broken: it goes back to the checkpoint
	fit(t, tr, 3)
	whole := t.TempDir()
	fit(t, newTrainer(whole, 8), 3)
	sameRun(t, bits(t, dir, "last"), bits(t, whole, "last"))
}

func hasNaN(x []float32) bool {
	for _, v := range x {
		if v != v {
			return true
		}
	}
	return false
}

// TestBrokenParameter: the loss is finite, a parameter is not.
func TestBrokenParameter(t *testing.T) {
	dir := t.TempDir()
	tr := newTrainer(dir, 2)
	spare := tensor.NewParam([]float32{1}, 1)
	tr.Model = &struct {
		Net   any
		Spare *tensor.Tensor
	}{tr.Model, spare}
	fit(t, tr, 1)
	want := bits(t, dir, "last")
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(-1))} {
		fit(t, tr, 1) // goes back to the checkpoint after an error
		if err := spare.Set(tensor.ArrayOf([]float32{v}, 1)); err != nil {
			t.Fatal(err)
		}
		_, err := tr.Fit(context.Background(), 2, 0)
		if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "spare") {
			t.Errorf("error %v, want one about spare", err)
		}
		sameRun(t, bits(t, dir, "last"), want)
	}
}

// TestAnother resumes with everything that does not fit; nothing on the disk may change.
func TestAnother(t *testing.T) {
	dir := t.TempDir()
	fit(t, newTrainer(dir, 8), 1)
	want := bits(t, dir, "last")
	cases := map[string]func() *Trainer[batch]{
		"hidden.weight is [8 2], [9 2] was expected": func() *Trainer[batch] { return newTrainer(dir, 9) },
		"slot1.hidden.weight is unknown": func() *Trainer[batch] {
			tr := newTrainer(dir, 8)
			tr.Optimizer = optim.New(layers.Params(tr.Model), optim.SGD{Momentum: 0.9})
			return tr
		},
		"has nothing of the optimizer model.OptA": func() *Trainer[batch] {
			tr := newTrainer(dir, 8)
			m := newTwoNets()
			tr.Model = m
			return tr
		},
		"LoaderSeed:4": func() *Trainer[batch] { tr := newTrainer(dir, 8); tr.Train.Seed = 4; return tr },
		"Rows:156":     func() *Trainer[batch] { tr := newTrainer(dir, 8); tr.Train.Source = points{n: 156}; return tr },
	}
	for rule, build := range cases {
		_, err := build().Fit(context.Background(), 2, 0)
		if err == nil || !strings.Contains(err.Error(), rule) || !strings.Contains(err.Error(), filepath.Join(dir, "last")) {
			t.Errorf("error %v, want one about %s that says %q", err, dir, rule)
		}
		sameRun(t, bits(t, dir, "last"), want)
	}
}

// TestDamaged flips and cuts the files of a checkpoint.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	fit(t, newTrainer(dir, 2), 1)
	for _, name := range []string{modelFile, optimFile, stateFile} {
		path := filepath.Join(dir, "last", name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		refuse := func(b []byte, what string) {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := newTrainer(dir, 2).Fit(context.Background(), 2, 0)
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: error %v, want one that names the file", name, what, err)
			}
			if left, _ := os.ReadFile(path); string(left) != string(b) {
				t.Errorf("%s %s: it was overwritten", name, what)
			}
		}
		for i := range 20 {
			at := i * (len(whole) - 2) / 19 // not the newline behind the state
			flipped := []byte(string(whole))
			flipped[at] ^= 0x81 // no letter becomes its other case
			refuse(flipped, fmt.Sprintf("flipped at %d", at))
			refuse(whole[:at], fmt.Sprintf("cut at %d", at))
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := newTrainer(dir, 2).Fit(context.Background(), 2, 0); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s removed: %v", name, err)
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fit(t, newTrainer(dir, 2), 2)
}

// TestStateDamage flips every byte of a state: an error, or the same state (a key in another case, a space).
func TestStateDamage(t *testing.T) {
	b := exampleState(t)
	want, err := parseState(b)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range b {
		for _, mask := range []byte{0x01, 0x20, 0x80, 0xff} {
			c := []byte(string(b))
			c[i] ^= mask
			got, err := parseState(c)
			if err != nil {
				continue
			}
			if same++; timeless(got) != timeless(want) {
				t.Errorf("byte %d (%q) flipped to %q: read something else", i, b[i], c[i])
			}
		}
		if _, err := parseState(b[:i]); err == nil && i < len(b)-1 {
			t.Errorf("cut at %d, and read", i)
		}
	}
	if same > 20 {
		t.Errorf("%d flips were not noticed", same)
	}
	other := strings.Replace(string(b), `"version":2`, `"version":3`, 1)
	other = strings.Replace(other, digest(body(b)), digest(body([]byte(other))), 1)
	if _, err := parseState([]byte(other)); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("another version: %v", err)
	}
}

func exampleState(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "s")
	s := state{Version: version, Epoch: 1, Batch: 3, Step: 13, Seconds: 0.25, History: History{{
		Number: 1, Loss: math.NaN(), ValidLoss: math.Inf(1), Values: map[string]float64{"accuracy": 0.1},
	}}}
	s.Sums.List = []savedSum{{"loss", 0.1, 3}}
	if err := writeState(path, s); err != nil {
		t.Fatal(err)
	}
	got, err := readState(path)
	if err != nil || timeless(got) != timeless(s) || !math.IsNaN(got.History[0].Loss) || got.elapsed() != s.elapsed() {
		t.Fatalf("read %+v (%v), want %+v", got, err, s)
	}
	b, _ := os.ReadFile(path)
	return b
}

// body is the part of a state file that the checksum is of.
func body(b []byte) []byte {
	_, s, _ := strings.Cut(strings.TrimSuffix(string(b), "}\n"), `"state":`)
	return []byte(s)
}

// FuzzState checks that nothing panics, and that a state that is read can be written and read again. The checksum is put
// right, so that what lies behind it is reached.
func FuzzState(f *testing.F) {
	f.Add(string(body(exampleState(f))))
	f.Add(`{"version":2}`)
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = parseState([]byte(s))
		got, err := parseState([]byte(`{"sha256":"` + digest([]byte(s)) + `","state":` + s + `}`))
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "s")
		if err := writeState(path, got); err != nil {
			t.Fatal(err)
		}
		again, err := readState(path)
		if err != nil || !reflect.DeepEqual(timeless(again), timeless(got)) {
			t.Errorf("%s: read again %+v (%v)", s, again, err)
		}
	})
}
