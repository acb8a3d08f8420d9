package optim

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

var rules = []Rule{SGD{LR: 0.1}, SGD{LR: 0.1, Momentum: 0.9}, Adam{LR: 0.1}, RMSProp{LR: 0.1, Momentum: 0.5}}

// A run that is saved and restored in the middle, with gradients pending, goes on as the one that was not.
func TestSaveRestore(t *testing.T) {
	for _, r := range rules {
		dev := tensorcheck.Open(t, tensor.Options{}) // bits count
		l := newLine()
		o := l.optimizer(r, Group{Match: "b"})
		o.Accumulate = 2
		for i := range 5 {
			step(t, dev, o, l.loss(i, i+2))
		}
		state, err := o.Save()
		if err != nil {
			t.Fatal(err)
		}
		other := newLine()
		n := other.optimizer(r) // other groups, so other vectors: the names are those of parameters
		n.Accumulate = 2
		for i, p := range []*tensor.Tensor{other.w, other.b} {
			if err := p.Set([]*tensor.Tensor{l.w, l.b}[i].Array()); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Restore(state); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			step(t, dev, o, l.loss(i, i+2))
			step(t, dev, n, other.loss(i, i+2))
		}
		if n.Steps() != 5 || !slices.Equal(l.values(), other.values()) {
			t.Errorf("%T: %v after %d steps, want %v after 5", r, other.values(), n.Steps(), l.values())
		}
		again, err := n.Save()
		if err != nil || len(again) == 0 {
			t.Fatalf("saving again: %v", err)
		}
	}
}

func TestSaveKeys(t *testing.T) {
	dev := open(t)
	l := newLine()
	o := l.optimizer(Adam{})
	o.Accumulate = 2
	step(t, dev, o, l.loss(0, 8))
	state, err := o.Save()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"grad.b", "grad.w", "lr", "pending", "slot0.b", "slot0.w", "slot1.b", "slot1.w", "steps"}
	if got := slices.Sorted(maps.Keys(state)); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	if got := state["slot1.w"].Shape(); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("slot1.w is %v, want the parameter's shape", got)
	}
}

// All that is wrong stands in one error, and nothing changes.
func TestRestoreErrors(t *testing.T) {
	dev := open(t)
	l := newLine()
	o := l.optimizer(Adam{})
	step(t, dev, o, l.loss(0, 8))
	good, err := o.Save()
	if err != nil {
		t.Fatal(err)
	}
	bad := maps.Clone(good)
	bad["steps"] = tensor.ArrayOf([]int32{-1}, 1)
	bad["lr"] = tensor.ArrayOf([]float32{1}, 1)
	bad["slot0.w"] = tensor.ArrayOf(make([]float64, 3), 3)
	bad["slot1.b"] = tensor.ArrayOf(make([]int32, 1), 1)
	bad["slot7.w"] = good["slot0.w"]
	delete(bad, "slot0.b")
	err = o.Restore(bad)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"steps is [1] -1, one int32 of at least 0 was expected", "lr is [1] 1, one float64",
		"slot0.w is [3], [1 3] was expected", "slot1.b is int32", "slot0.b is missing", "slot7.w is unknown",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q, want %q in it", err, want)
		}
	}
	after, err := o.Save()
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range after {
		if !slices.Equal(a.Float64s(), good[name].Float64s()) {
			t.Errorf("%s changed", name)
		}
	}
	if err := o.Restore(nil); err == nil || !strings.Contains(err.Error(), "pending is missing") {
		t.Errorf("an empty state: error %v", err)
	}
}
