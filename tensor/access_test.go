package tensor

import (
	"errors"
	"slices"
	"testing"
)

// A parameter lends its values, and takes new ones, wherever they lie: on the host, within a Flat, on a device of either
// precision.
func TestViewAndSetFunc(t *testing.T) {
	wide, err := Open(&Options{Engine: "cpu", Float: Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	for name, where := range map[string]func(w *Tensor) error{
		"host":     func(*Tensor) error { return nil },
		"flat":     func(w *Tensor) error { NewFlat([]*Tensor{NewParam([]float32{9, 9}, 2, 1), w}, 1); return nil },
		"default":  func(w *Tensor) error { return standard().Place(w) },
		"cpu":      func(w *Tensor) error { return CPU().Place(w) },
		"float64":  func(w *Tensor) error { return wide.Place(w) },
		"was wide": func(w *Tensor) error { return w.Set(ArrayOf([]float64{1, 2, 3}, 3, 1)) },
	} {
		w := NewParam([]float32{1, 2, 3}, 3, 1)
		if err := where(w); err != nil {
			t.Fatal(err)
		}
		sees := func(want ...float32) {
			t.Helper()
			err := w.View(func(a Array) error {
				if !slices.Equal(a.Floats(), want) || !slices.Equal(a.Shape(), []int{3, 1}) || a.DType() != w.DType() {
					t.Errorf("%s: sees %v of %v, want %v of %v", name, a, a.DType(), want, w.DType())
				}
				return nil
			})
			if err != nil || !slices.Equal(w.Float32s(), want) {
				t.Errorf("%s: holds %v, want %v (%v)", name, w, want, err)
			}
		}
		sees(1, 2, 3)
		set := func(a Array) error { put(a, ArrayOf([]float32{4, 5, 6}, 3, 1)); return nil }
		if err := w.SetFunc(set); err != nil {
			t.Fatal(err)
		}
		sees(4, 5, 6)
		broken := errors.New("broken")
		if fail := func(Array) error { return broken }; w.View(fail) != broken || w.SetFunc(fail) != broken {
			t.Errorf("%s: what f says is lost", name)
		}
		sees(4, 5, 6)
	}
}

// What lies in host memory is not copied.
func TestViewCopiesNothing(t *testing.T) {
	w := NewParam(make([]float32, 1<<18), 1<<18)
	look := func(a Array) error { Values[float32](a)[1]++; return nil }
	for range 2 {
		if got := testing.AllocsPerRun(10, func() { _, _ = w.View(look), w.SetFunc(look) }); got > 10 {
			t.Errorf("%v allocations", got)
		}
		if err := CPU().Place(w); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Float32s()[1]; got != 2*2*11 {
		t.Errorf("%v changes arrived, 44 were made", got)
	}
}

// Values set as float64 before a device of float64 takes them arrive with every bit.
func TestSetKeepsEveryBit(t *testing.T) {
	wide, err := Open(&Options{Engine: "cpu", Float: Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	w, third := NewParam([]float32{1, 2}, 2), 1./3
	if err := w.Set(ArrayOf([]float64{third, 2}, 2)); err != nil {
		t.Fatal(err)
	}
	NewFlat([]*Tensor{NewParam([]float32{5}, 1), w}, 0)
	if err := wide.Place(w); err != nil {
		t.Fatal(err)
	}
	if got := w.Array().Float64s(); got[0] != third || got[1] != 2 {
		t.Errorf("%v, want 1/3 and 2", got)
	}
}
