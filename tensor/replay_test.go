package tensor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFusion(t *testing.T) {
	w, b := NewParam(make([]float32, 18), 2, 3, 3, 1), NewParam(make([]float32, 2), 2)
	v := NewParam(make([]float32, 24), 3, 8)
	ops := func(f func(p *Pass, x *Tensor)) []string {
		p := standard().Pass(Training)
		defer p.Close()
		f(p, p.Full(1, 1, 6, 6, 1))
		return p.Ops()[1:]
	}
	conv := func(x *Tensor) *Tensor { return Conv2D(x, w, b, Conv2DOptions{}) }
	for _, c := range []struct {
		name string
		f    func(p *Pass, x *Tensor)
		want []string
	}{
		{"conv relu pool", func(p *Pass, x *Tensor) { conv(x).ReLU().MaxPool2D(2, 0, 0) },
			[]string{"conv2d+relu+maxpool2 [1 6 6 1] -> [1 2 2 2]"}},
		{"dense", func(p *Pass, x *Tensor) { conv(x).ReLU().MaxPool2D(2, 0, 0).Flatten().Linear(v, nil).Tanh() },
			[]string{"conv2d+relu+maxpool2 [1 6 6 1] -> [1 2 2 2]", "linear+tanh [1 8] -> [1 3]"}},
		{"residual", func(p *Pass, x *Tensor) { y := conv(x); y.ReLU().Add(y) },
			[]string{"conv2d [1 6 6 1] -> [1 4 4 2]", "relu [1 4 4 2] -> [1 4 4 2]", "add [1 4 4 2] [1 4 4 2] -> [1 4 4 2]"}},
		{"print in the middle", func(p *Pass, x *Tensor) { y := conv(x); _ = fmt.Sprint(y); y.ReLU() },
			[]string{"conv2d [1 6 6 1] -> [1 4 4 2]", "relu [1 4 4 2] -> [1 4 4 2]"}},
		{"read afterwards", func(p *Pass, x *Tensor) { y := conv(x); y.ReLU().Array(); y.Array() },
			[]string{"conv2d+relu [1 6 6 1] -> [1 4 4 2]", "conv2d [1 6 6 1] -> [1 4 4 2]"}},
	} {
		if got := ops(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestSteadyState(t *testing.T) {
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	g := newProgram(3)
	step := func(i int) {
		err := d.Run(Training, func(p *Pass) error {
			x := From(p, make([]float32, 64), 2, 4, 4, 2)
			y := Conv2D(x, g.weights[0], g.weights[1], Conv2DOptions{}).ReLU()
			Gradients(y.Mean(), false, false, g.flats[0])
			g.flats[0].SGD(p.Scalar(1/float32(i+1)), .9, 0, false, Clip{})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		step(i)
	}
	s := d.Stats()
	for i := range 20 {
		step(i)
	}
	after := d.Stats()
	if after.Allocs != s.Allocs || after.Ops != s.Ops || after.Replays != s.Replays+20 {
		t.Errorf("from %+v to %+v in 20 steps", s, after)
	}
}

func TestBranchesAreBounded(t *testing.T) {
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 500 { // a constant that differs each step, as a naive schedule would have it
		err := d.Run(Inference, func(p *Pass) error {
			x := p.Full(1, 1+i%10).Scale(float32(i))
			if got := x.Sum().Item(); got != float32(i*(1+i%10)) {
				t.Errorf("step %d: %v", i, got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p := d.Pass(Inference)
	defer p.Close()
	plans := 0
	var walk func(e *entry)
	walk = func(e *entry) {
		if e.plan != nil {
			plans++
		}
		if len(e.kids) > maxKids {
			t.Errorf("%d kids", len(e.kids))
		}
		for _, k := range e.kids {
			walk(k)
		}
	}
	walk(p.root)
	if plans != p.plans || plans > maxPlans {
		t.Errorf("%d plans, counted %d, at most %d", plans, p.plans, maxPlans)
	}
}

func TestMovedParameter(t *testing.T) {
	d, err := Open(&Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := NewParam([]float32{1, 2}, 2)
	sum := func(want float32) {
		t.Helper()
		err := d.Run(Inference, func(p *Pass) error {
			if got := p.Use(w).Square().Sum().Item(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sum(5)
	sum(5)
	f := NewFlat([]*Tensor{w, NewParam([]float32{7}, 1, 1)}, 0)
	sum(5)
	if err := f.Value.Set(ArrayOf(append(make([]float32, 16), 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 32)); err != nil {
		t.Fatal(err)
	}
	sum(25)
	other, err := Open(&Options{Engine: "cpu", Float: Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Place(w); err != nil {
		t.Fatal(err)
	}
	err = d.Run(Inference, func(p *Pass) error { p.Use(w).Sum(); return nil })
	if err == nil || !strings.Contains(err.Error(), "Device.Place") {
		t.Errorf("a parameter of another device: %v", err)
	}
}
