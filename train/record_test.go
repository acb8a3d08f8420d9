package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
)

// notebook keeps what a Recorder is told.
type notebook struct {
	scalars    map[string][]float64
	steps      []int
	histograms map[string]int
	flushed    int
	full       bool
}

var errFull = errors.New("no space left")

func (n *notebook) Scalar(tag string, step int, v float64) error {
	if n.full {
		return errFull
	}
	n.scalars[tag] = append(n.scalars[tag], v)
	if tag == "loss/training" {
		n.steps = append(n.steps, step)
	}
	return nil
}

func (n *notebook) Histogram(tag string, step int, values []float32) error {
	n.histograms[tag] += len(values)
	return nil
}

func (n *notebook) Flush() error { n.flushed++; return nil }

func TestRecord(t *testing.T) {
	tr := newTrainer(t.TempDir(), 5)
	n := &notebook{scalars: map[string][]float64{}, histograms: map[string]int{}}
	tr.Record = n
	h := fit(t, tr, 3)
	if want := []int{10, 20, 30}; !slices.Equal(n.steps, want) || n.flushed != 3 {
		t.Errorf("recorded at steps %v, flushed %d times", n.steps, n.flushed)
	}
	for i, e := range h {
		got := [...]float64{n.scalars["loss/training"][i], n.scalars["loss/validation"][i], n.scalars["metrics/accuracy"][i], n.scalars["metrics/activation"][i]}
		if want := [...]float64{e.Loss, e.ValidLoss, e.Values["accuracy"], e.Values["activation"]}; got != want {
			t.Errorf("epoch %d: recorded %v, want %v", i+1, got, want)
		}
	}
	if tags := slices.Sorted(maps.Keys(n.scalars)); len(tags) != 6 || !slices.Contains(tags, "learning rate") {
		t.Errorf("scalars %v", tags)
	}
	for name, p := range layers.Params(tr.Model) {
		if n.histograms["parameters/"+name] != 3*p.Len() {
			t.Errorf("%s: %d values of %d in 3 histograms", name, n.histograms["parameters/"+name], p.Len())
		}
	}
}

// A record that cannot be written is an error, of an epoch that is saved all the same.
func TestRecordFails(t *testing.T) {
	tr := newTrainer(t.TempDir(), 5)
	tr.Record = &notebook{full: true}
	h, err := tr.Fit(context.Background(), 2, 0)
	if !errors.Is(err, errFull) || !strings.Contains(fmt.Sprint(err), "epoch 1") || len(h) != 1 {
		t.Fatalf("%d epochs, %v", len(h), err)
	}
	tr.Record = nil
	if h = fit(t, tr, 2); len(h) != 2 || tr.Steps() != 20 {
		t.Errorf("%d epochs in %d steps after the failure", len(h), tr.Steps())
	}
}
