package tensor

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mistake runs f and wants the caller's mistake it makes to contain all of parts.
func mistake(t *testing.T, f func(p *Pass), parts ...string) {
	t.Helper()
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Run(Training, func(p *Pass) error { f(p); return nil })
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error with %q", err, parts)
	}
	for _, s := range append(parts, "pass_test.go:") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%v: lacks %q", err, s)
		}
	}
}

func TestMistakesNameTheRule(t *testing.T) {
	x := func(p *Pass, shape ...int) *Tensor { return p.Full(1, shape...) }
	mistake(t, func(p *Pass) { x(p, 64, 128).MatMul(x(p, 64, 10)) }, "tensor: MatMul: [64 128] x [64 10]: inner dimensions differ (128, 64)")
	mistake(t, func(p *Pass) { x(p, 2, 3).Add(x(p, 2, 4)) }, "Add: [2 3] x [2 4]", "3 and 4 cannot be broadcast")
	mistake(t, func(p *Pass) { x(p, 2, 3).Reshape(4, -1) }, "no size fits -1")
	mistake(t, func(p *Pass) { x(p, 2, 3).Sum(0, -2) }, "given twice")
	mistake(t, func(p *Pass) { x(p, 2, 3).Item() }, "6 elements, want 1")
	mistake(t, func(p *Pass) { CrossEntropy(x(p, 2, 3), x(p, 2)) }, "float32, want int32")
	mistake(t, func(p *Pass) { CrossEntropy(x(p, 2, 3), From(p, []int32{0}, 1)) }, "the labels must be [2]")
	mistake(t, func(p *Pass) { MSE(x(p, 2, 3), x(p, 3)) }, "different shapes")
	mistake(t, func(p *Pass) { FocalCrossEntropy(2, nil, 0)(x(p, 2, 3), x(p, 2)) }, "tensor: FocalCrossEntropy", "float32, want int32")
	mistake(t, func(p *Pass) { FocalCrossEntropy(2, []float32{1}, 0)(x(p, 2, 3), From(p, []int32{0, 1}, 2)) }, "the weights must be [3]")
	mistake(t, func(p *Pass) { FocalCrossEntropy(-1, nil, 0) }, "gamma is -1, want at least 0")
	mistake(t, func(p *Pass) { WeightedBCE(nil, 1) }, "the smoothing is 1, want 0 <= smoothing < 1")
	mistake(t, func(p *Pass) { WeightedBCE([]float32{1, 2}, 0)(x(p, 2, 3), x(p, 2, 3)) }, "there are 2 weights")
	mistake(t, func(p *Pass) { FocalBCE(2, nil, 0)(x(p, 2, 3), x(p, 2)) }, "different shapes")
	mistake(t, func(p *Pass) { Conv2D(x(p, 1, 2, 2, 3), x(p, 4, 3, 3, 3), nil, Conv2DOptions{}) }, "3x3 kernel does not fit")
	mistake(t, func(p *Pass) { Conv2D(From(p, make([]uint8, 12), 1, 2, 2, 3), x(p, 4, 1, 1, 3), nil, Conv2DOptions{}) }, "use Float")
	mistake(t, func(p *Pass) { x(p, 1, 4, 4, 1).MaxPool2D(2, 2, 2) }, "impossible window")
	mistake(t, func(p *Pass) { x(p, 3).Rows(From(p, []int32{0}, 1)) }, "the table must be [rows dim]")
	mistake(t, func(p *Pass) { _ = p.Gradients(x(p, 2), x(p, 2)) }, "the loss must be one real number")
	mistake(t, func(p *Pass) { var n *Tensor; x(p, 2).Add(n) }, "an operand is nil")
	mistake(t, func(p *Pass) {
		Gradients(x(p, 2).Sum(), false, false, NewFlat([]*Tensor{NewParam([]float32{1}, 1)}, 0))
	}, "the loss does not depend on [1]")
}

// A label that is no class is a mistake that the CPU finds; a GPU does not look at values, and its loss is NaN.
func TestLabelOfNoClass(t *testing.T) {
	for want, loss := range map[string]func(logits, label *Tensor) *Tensor{"label 3 of row 1": CrossEntropy, "3": FocalCrossEntropy(2, nil, 0)} {
		f := func(p *Pass) float32 { return loss(p.Full(1, 2, 3), From(p, []int32{0, 3}, 2)).Item() }
		if defaultEngine == "cpu" {
			mistake(t, func(p *Pass) { f(p) }, want)
			continue
		}
		err := standard().Run(Training, func(p *Pass) error {
			if v := f(p); v == v {
				t.Errorf("the loss is %v, want NaN", v)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestLostParameter(t *testing.T) {
	w := NewParam([]float32{1}, 1)
	old := NewFlat([]*Tensor{w}, 0)
	NewFlat([]*Tensor{w}, 0)
	mistake(t, func(p *Pass) { Gradients(p.Use(w).Sum(), false, false, old) }, "moved to another Flat")
	mistake(t, func(p *Pass) { old.SGD(p.Scalar(1), 0, 0, false, Clip{}) }, "SGD", "moved to another Flat")
}

// TestFlatKeepsEveryBit: values for a float64 model survive the host.
func TestFlatKeepsEveryBit(t *testing.T) {
	d, err := Open(&Options{Engine: "cpu", Float: Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := NewParam([]float32{0}, 1)
	if err := w.Set(ArrayOf([]float64{1. / 3}, 1)); err != nil {
		t.Fatal(err)
	}
	NewFlat([]*Tensor{w}, 0)
	if err := d.Place(w); err != nil {
		t.Fatal(err)
	}
	if got := Values[float64](w.Array())[0]; got != 1./3 {
		t.Errorf("got %v", got)
	}
}

func TestStaleTensorsPanic(t *testing.T) {
	var old *Tensor
	d := standard()
	if err := d.Run(Inference, func(p *Pass) error { old = p.Full(1, 2); return nil }); err != nil {
		t.Fatal(err)
	}
	err := d.Run(Inference, func(p *Pass) error { p.Full(1, 2).Add(old); return nil })
	if err == nil || !strings.Contains(err.Error(), "of an earlier step") {
		t.Error(err)
	}
	p, q := d.Pass(Inference), d.Pass(Inference)
	defer p.Close()
	defer q.Close()
	err = Try(func() error { p.Full(1, 2).Add(q.Full(1, 2)); return nil })
	if err == nil || !strings.Contains(err.Error(), "another pass") {
		t.Error(err)
	}
}

func TestGradientAfterUpdate(t *testing.T) {
	w := NewParam([]float32{1, 2}, 1, 2)
	f := NewFlat([]*Tensor{w}, 0)
	err := standard().Run(Training, func(p *Pass) error {
		x := p.Full(1, 3, 2)
		y := x.Linear(w, nil)
		Gradients(y.Sum(), false, false, f)
		f.SGD(p.Scalar(.1), 0, 0, false, Clip{})
		p.Gradients(y.Sum(), x)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "after its parameter [1 2] was updated") {
		t.Error(err)
	}
	if got := w.Float32s(); !slices.Equal(got, []float32{1, 2}) {
		t.Errorf("the failed step changed the weights: %v", got)
	}
}

// TestSharedGradient: the gradient of a sum is one buffer for both operands until one of them gets more.
func TestSharedGradient(t *testing.T) {
	err := standard().Run(Training, func(p *Pass) error {
		a, b := From(p, []float32{1, 2}, 2), From(p, []float32{3, 4}, 2)
		u, v := a.Scale(1), b.Scale(1)
		loss := u.Add(v).Add(u).Add(u.Mul(v)).Sum()
		for _, loss := range []*Tensor{loss, u.Mul(v).Add(u.Add(v).Add(u)).Sum()} {
			g := append(p.Gradients(loss, a, b), p.Gradients(loss, u)...)
			for i, want := range [][]float32{{5, 6}, {2, 3}, {5, 6}} {
				if got := g[i].Float32s(); !slices.Equal(got, want) {
					t.Errorf("gradient %d: %v, want %v", i, got, want)
				}
			}
		}
		if p.Gradients(loss.Detach(), a)[0] != nil {
			t.Error("a gradient through Detach")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOperandsCompared(t *testing.T) {
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 4 {
		err := d.Run(Inference, func(p *Pass) error {
			a, b := p.Scalar(5), p.Scalar(3)
			want := float32(2)
			if i%2 == 1 {
				a, b, want = b, a, -2
			}
			if got := a.Sub(b).Item(); got != want {
				t.Errorf("step %d: %v, want %v", i, got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDropoutDrawsAnew(t *testing.T) {
	draw := func(d *Device, step uint64) []float32 {
		var v []float32
		err := d.Run(Training, func(p *Pass) error {
			p.Seed(3, step)
			v = p.Full(1, 64).Dropout(.5).Float32s()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a, b, c := draw(d, 1), draw(d, 2), draw(d, 1)
	if slices.Equal(a, b) || !slices.Equal(a, c) {
		t.Errorf("steps 1, 2, 1:\n%v\n%v\n%v", a, b, c)
	}
}

func TestManyGoroutinesInfer(t *testing.T) {
	w := NewParam([]float32{1, 2, 3, 4}, 2, 2)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				err := standard().Run(Inference, func(p *Pass) error {
					x := float32(g*100 + i)
					if got := p.Full(x, 1, 2).Linear(w, nil).Sum().Item(); got != 10*x {
						return fmt.Errorf("got %v, want %v", got, 10*x)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestFailedRunDropsAndUndoes(t *testing.T) {
	w := NewParam([]float32{1}, 1)
	undone := 0
	boom := errors.New("boom")
	err := standard().Run(Training, func(p *Pass) error {
		w.Assign(p.Full(5, 1))
		p.OnFailure(func() { undone++ })
		return boom
	})
	if !errors.Is(err, boom) || undone != 1 || w.Item() != 1 {
		t.Errorf("%v, undone %d, w %v", err, undone, w)
	}
	err = standard().Run(Inference, func(p *Pass) error { w.Assign(p.Full(5, 1)); return nil })
	if err == nil || !strings.Contains(err.Error(), "read only") {
		t.Error(err)
	}
}

func TestZeroSizes(t *testing.T) {
	w := NewParam(make([]float32, 6), 2, 3)
	err := standard().Run(Training, func(p *Pass) error {
		x := p.Full(1, 0, 3)
		y := x.Linear(w, nil).ReLU()
		if !slices.Equal(y.Shape(), []int{0, 2}) || len(y.Float32s()) != 0 {
			t.Errorf("%v", y.Shape())
		}
		g := p.Gradients(y.Sum(), x, w)
		if len(g[0].Float32s()) != 0 || !slices.Equal(g[1].Float32s(), make([]float32, 6)) {
			t.Errorf("%v %v", g[0], g[1])
		}
		if m := y.Mean().Item(); !math.IsNaN(float64(m)) {
			t.Errorf("the mean of nothing is %v", m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestShapesOnly(t *testing.T) {
	err := Shapes(Inference, func(p *Pass) error {
		y := Conv2D(p.Full(0, 1, 224, 224, 3), NewParam(make([]float32, 27*64), 64, 3, 3, 3), nil, Conv2DOptions{}).MaxPool2D(2, 0, 0)
		if !slices.Equal(y.Shape(), []int{1, 111, 111, 64}) {
			t.Error(y.Shape())
		}
		y.Array()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "no values within Shapes") {
		t.Error(err)
	}
}
