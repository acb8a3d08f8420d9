package optim

import (
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// exact is for float64 results that differ by a few roundings.
var exact = check.Tol{Abs: 1e-12, Rel: 1e-12}

// A linear model y = x·w + b on fixed data.
type line struct {
	w, b *tensor.Tensor
	x, y tensor.Array
}

func newLine() *line {
	x, y := make([]float64, 8*3), make([]float64, 8)
	for i := range x {
		x[i] = float64((i*7)%11)/5 - 1
	}
	for i := range y {
		y[i] = float64((i*5)%7)/3 - 1
	}
	return &line{
		w: tensor.NewParam([]float32{0.5, -1, 2}, 1, 3), b: tensor.NewParam([]float32{0.25}, 1),
		x: tensor.ArrayOf(x, 8, 3), y: tensor.ArrayOf(y, 8, 1),
	}
}

func (l *line) loss(from, to int) func(p *tensor.Pass) *tensor.Tensor {
	return func(p *tensor.Pass) *tensor.Tensor {
		return tensor.MSE(p.Input(l.x.Slice(from, to)).Linear(l.w, l.b), p.Input(l.y.Slice(from, to)))
	}
}

func (l *line) values() []float64 {
	return append(slices.Clone(l.w.Array().Float64s()), l.b.Array().Float64s()...)
}

func (l *line) optimizer(r Rule, g ...Group) *Optimizer {
	return New(named("w", l.w, "b", l.b), r, g...)
}

// Four batches of 2 accumulated are one batch of 8.
func TestAccumulate(t *testing.T) {
	dev := open(t)
	whole, parts := newLine(), newLine()
	o, a := whole.optimizer(Adam{LR: 0.1}), parts.optimizer(Adam{LR: 0.1})
	a.Accumulate = 4
	a.ClipNorm, o.ClipNorm = 0.5, 0.5 // of the mean, not of each part
	for range 3 {
		step(t, dev, o, whole.loss(0, 8))
		for i := range 4 {
			before := parts.values()
			step(t, dev, a, parts.loss(2*i, 2*i+2))
			if i < 3 && !slices.Equal(before, parts.values()) {
				t.Fatalf("call %d of 4 updates", i+1)
			}
		}
	}
	check.Close(t, "parameters", parts.values(), whole.values(), exact)
	if o.Steps() != 3 || a.Steps() != 3 {
		t.Errorf("%d and %d steps, want 3", o.Steps(), a.Steps())
	}
}

func TestClipping(t *testing.T) {
	dev := open(t)
	for _, c := range []struct {
		norm, value float64
		want        []float64
	}{
		{0, 0, []float64{-3, -4}},
		{2.5, 0, []float64{-1.5, -2}},
		{100, 0, []float64{-3, -4}},
		{0, 3.5, []float64{-3, -3.5}},
		{2.5, 1.75, []float64{-1.5, -1.75}}, // the norm first
	} {
		// Two groups: the norm is taken over both.
		a, b := tensor.NewParam([]float32{0}, 1), tensor.NewParam([]float32{0}, 1)
		o := New(named("a", a, "b", b), SGD{LR: 1}, Group{Match: "b"})
		o.ClipNorm, o.ClipValue = c.norm, c.value
		step(t, dev, o, func(p *tensor.Pass) *tensor.Tensor { return p.Use(a).Scale(3).Add(p.Use(b).Scale(4)).Sum() })
		got := append(a.Array().Float64s(), b.Array().Float64s()...)
		// The scale is norm/(norm + 1e-6), as in PyTorch.
		check.Close(t, "step", got, c.want, check.Tol{Rel: 1e-6})
	}
	o := newLine().optimizer(SGD{})
	o.ClipNorm = -1
	if err := tryStep(dev, o, newLine().loss(0, 8)); err == nil || !strings.Contains(err.Error(), "ClipNorm is -1") {
		t.Errorf("error %v, want one about ClipNorm", err)
	}
}

func TestGroups(t *testing.T) {
	dev := open(t)
	params := map[string]*tensor.Tensor{}
	var list []any
	for _, name := range []string{"image.0.weight", "text.embed.weight", "text.rnn.bias", "head.weight"} {
		params[name] = tensor.NewParam([]float32{1}, 1, 1)
		list = append(list, name, params[name])
	}
	o := New(named(list...), SGD{LR: 0.1},
		Group{Match: "text.embed.*", Rate: 0.5, Rule: SGD{WeightDecay: 1}}, Group{Match: "text.*", Rate: 0.1})
	step(t, dev, o, func(p *tensor.Pass) *tensor.Tensor {
		sum := p.Full(0, 1, 1)
		for i := 1; i < len(list); i += 2 {
			sum = sum.Add(list[i].(*tensor.Tensor))
		}
		return sum.Sum()
	})
	for name, want := range map[string]float64{
		"image.0.weight": 0.9, "head.weight": 0.9, "text.embed.weight": 1 - 0.05*2, "text.rnn.bias": 0.99,
	} {
		check.Close(t, name, params[name].Array().Float64s(), []float64{want}, check.Tol{Abs: 1e-8})
	}
	var order []string
	for _, p := range o.Params() {
		order = append(order, p.Name())
	}
	if want := []string{"image.0.weight", "text.embed.weight", "text.rnn.bias", "head.weight"}; !slices.Equal(order, want) {
		t.Errorf("Params are %q, want %q", order, want)
	}
	wantMistake(t, `no parameter matches the group "txt.*"`, func() { newLine().optimizer(SGD{}, Group{Match: "txt.*"}) })
	wantMistake(t, `the group "[" is no pattern`, func() { newLine().optimizer(SGD{}, Group{Match: "["}) })
	wantMistake(t, `the group "w" has rate -1`, func() { newLine().optimizer(SGD{}, Group{Match: "w", Rate: -1}) })
}

func TestFrozen(t *testing.T) {
	dev := open(t)
	l := newLine()
	l.b.Freeze()
	o := l.optimizer(SGD{LR: 0.1})
	if len(o.Params()) != 1 {
		t.Fatalf("%d parameters, want the one that is not frozen", len(o.Params()))
	}
	before := l.values()
	step(t, dev, o, l.loss(0, 8))
	if after := l.values(); after[3] != before[3] || after[0] == before[0] {
		t.Errorf("values went from %v to %v: the frozen last one alone should stay", before, after)
	}
	l.w.Freeze()
	if err := tryStep(dev, o, l.loss(0, 8)); err == nil || !strings.Contains(err.Error(), "w was frozen after New") {
		t.Errorf("error %v, want one that names w", err)
	}
}

func TestUnused(t *testing.T) {
	dev := open(t)
	l, spare := newLine(), tensor.NewParam([]float32{1, 2}, 2)
	o := New(named("w", l.w, "b", l.b, "spare.weight", spare), SGD{LR: 0.1})
	before := l.values()
	if err := tryStep(dev, o, l.loss(0, 8)); err == nil || !strings.Contains(err.Error(), "spare.weight") {
		t.Fatalf("error %v, want one that names spare.weight", err)
	}
	if o.Steps() != 0 || !slices.Equal(before, l.values()) {
		t.Errorf("a step that failed counts (%d) or changes values", o.Steps())
	}
	o.Unused = true
	step(t, dev, o, l.loss(0, 8))
	if got := spare.Float32s(); !slices.Equal(got, []float32{1, 2}) || o.Steps() != 1 {
		t.Errorf("the unused parameter is %v after %d steps, want as before after 1", got, o.Steps())
	}
}

// A pass that fails undoes what it counted.
func TestFailure(t *testing.T) {
	dev := open(t)
	for _, calls := range []int{1, 3, 4, 5, 9} {
		l, ref := newLine(), newLine()
		o, r := l.optimizer(Adam{}), ref.optimizer(Adam{})
		o.Accumulate, r.Accumulate = 4, 4
		step(t, dev, o, l.loss(0, 4))
		step(t, dev, r, ref.loss(0, 4))
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			for range calls {
				o.Minimize(l.loss(0, 8)(p))
			}
			return errBroken
		})
		if err != errBroken {
			t.Fatalf("error %v, want the function's", err)
		}
		if o.Steps() != 0 {
			t.Errorf("%d steps after a failed pass of %d calls, want 0", o.Steps(), calls)
		}
		for i := range 7 {
			step(t, dev, o, l.loss(i, i+1))
			step(t, dev, r, ref.loss(i, i+1))
		}
		if !slices.Equal(l.values(), ref.values()) || o.Steps() != r.Steps() {
			t.Errorf("a failed pass of %d calls leaves a trace: %v, want %v", calls, l.values(), ref.values())
		}
	}
}

func TestRate(t *testing.T) {
	dev := open(t)
	l := newLine()
	o := l.optimizer(SGD{LR: 0.5})
	if o.LR() != 0.5 {
		t.Errorf("rate %v, want the rule's", o.LR())
	}
	o.Schedule = StepDecay(1, 0.5, 1)
	step(t, dev, o, l.loss(0, 8))
	if o.LR() != 0.5 || o.Steps() != 1 {
		t.Errorf("rate %v at step %d, want 0.5 at 1", o.LR(), o.Steps())
	}
	o.SetLR(0.125)
	if o.LR() != 0.125 {
		t.Errorf("rate %v, want what SetLR set", o.LR())
	}
	before := l.values()
	o.SetLR(0)
	step(t, dev, o, l.loss(0, 8))
	if !slices.Equal(before, l.values()) {
		t.Error("a step at rate 0 changes parameters")
	}
	wantMistake(t, "optim.SetLR: lr is -1", func() { o.SetLR(-1) })
}
