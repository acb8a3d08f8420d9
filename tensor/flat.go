package tensor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/engine"
)

// Flat lays parameters out in one vector, so that an update is one operation and an all-reduce one call.
// Optimizers are built on it; a rule of one's own is a few lines:
//
//	p := loss.Pass()
//	tensor.Gradients(loss, false, false, f)
//	f.Value.Assign(p.Use(f.Value).Sub(p.Use(f.Grad).Mul(p.Scalar(rate))))
//
// Each parameter begins at a multiple of 16 elements; the gaps stay zero in all vectors.
type Flat struct {
	Value, Grad *Tensor   // [n]; the parameters are windows of Value
	Slots       []*Tensor // [n] each: the rule's state
	Steps       *Tensor   // [1]: updates so far, counted on the device; saved and restored with the slots

	params  []*Tensor
	decayed int        // elements of the parameters of two or more dimensions, which come first
	sets    []*flatSet // groups of Flats that begin with this one
}

// flatSet gives a list of Flats an identity that the tape can compare.
type flatSet struct{ flats []*Flat }

const gap = 16 // elements

// NewFlat moves params into one vector, with zeroed slots beside it. Parameters of two or more dimensions come first:
// weight decay applies to them alone. A parameter lives in one Flat at a time; the last NewFlat wins.
func NewFlat(params []*Tensor, slots int) *Flat {
	f := &Flat{params: slices.Clone(params)}
	slices.SortStableFunc(f.params, func(a, b *Tensor) int { return min(b.Rank(), 2)/2 - min(a.Rank(), 2)/2 })
	n := 0
	offs := make([]int, len(f.params))
	for i, t := range f.params {
		if t.param == nil {
			fail("NewFlat", "not a parameter", t.Shape())
		}
		offs[i] = n
		n += (t.Len() + gap - 1) &^ (gap - 1)
		if t.Rank() >= 2 {
			f.decayed = n
		}
	}
	kind := engine.F32
	arrays := make([]Array, len(f.params))
	for i, t := range f.params {
		a, err := t.param.exact()
		if err != nil {
			panic(&Error{Op: "NewFlat", Shapes: [][]int{t.Shape()}, Err: err})
		}
		if arrays[i] = a; a.DType() == Float64 {
			kind = engine.F64
		}
	}
	vector := func(kind engine.DType, n int) *Tensor {
		values, _ := host(kind, []int{n})
		return &Tensor{param: &param{shape: []int{n}, host: values, frozen: true, flat: f, whole: true}}
	}
	f.Value, f.Grad, f.Steps = vector(kind, n), vector(engine.F32, n), vector(engine.F32, 1)
	for range slots {
		f.Slots = append(f.Slots, vector(engine.F32, n))
	}
	for i, a := range arrays {
		put(f.Value.param.host.Slice(offs[i], offs[i]+a.Len()), a)
	}
	for i, t := range f.params {
		t.param.move(f, offs[i])
	}
	return f
}

// move makes q a window of f.
func (q *param) move(f *Flat, off int) {
	old := q.root()
	old.mu.Lock()
	defer old.mu.Unlock()
	if old.dev != nil {
		old.dev.moves.Add(1)
		if old == q {
			old.dev.release(q.mem)
		}
	}
	q.host, q.dev, q.mem = Array{}, nil, nil
	q.base, q.off, q.flat = f.Value.param, off, f
}

// owns fails if another Flat has taken one of f's parameters.
func (f *Flat) owns(op string) {
	for _, t := range f.params {
		if t.param.flat != f {
			fail(op, fmt.Sprintf("the parameter %v has moved to another Flat: a later optimizer has it now", t.param), t.Shape())
		}
	}
}

// Params are the parameters, in the order of the vector.
func (f *Flat) Params() []*Tensor { return f.params }

// Gradients sets the Grad of each Flat to dloss/dValue by one backward pass, or adds to it. It panics with the names of
// parameters that loss does not reach, unless unused is set: their gradients are zero then.
func Gradients(loss *Tensor, add, unused bool, flats ...*Flat) {
	p := loss.pass("Gradients")
	p.scalarLoss("Gradients", loss)
	if len(flats) == 0 {
		return
	}
	for _, f := range flats {
		f.owns("Gradients")
	}
	first := flats[0]
	i := slices.IndexFunc(first.sets, func(s *flatSet) bool { return slices.Equal(s.flats, flats) })
	if i < 0 {
		i = len(first.sets)
		first.sets = append(first.sets, &flatSet{slices.Clone(flats)})
	}
	record(p, flatGradients{first.sets[i], add, unused}, loss)
}

type flatGradients struct {
	set         *flatSet
	add, unused bool
}

func (flatGradients) name() string { return "gradients" }
func (flatGradients) writes() bool { return true }

func (o flatGradients) infer(p *Pass, in []*entry) (shape, string) {
	if !p.Training() {
		return shape{}, "gradients of parameters are for training passes"
	}
	if o.unused {
		return shape{}, ""
	}
	_, order := reaches(in[0], func(*entry) bool { return false }, onTape)
	var missing []string
	for _, f := range o.set.flats {
		for _, t := range f.params {
			if !slices.Contains(order, p.leaf(t.param)) {
				missing = append(missing, t.param.String())
			}
		}
	}
	if len(missing) > 0 {
		return shape{}, fmt.Sprintf("the loss does not depend on %s", strings.Join(missing, ", "))
	}
	return shape{}, ""
}

func (o flatGradients) forward(b *builder, n *node) {
	_, order := reaches(n.in[0], func(*entry) bool { return false }, onTape)
	k := &backprop{loss: n.in[0], targets: map[*entry]engine.Buffer{}}
	for _, f := range o.set.flats {
		b.value(b.p.leaf(f.Grad.param)) // on the device
		for _, t := range f.params {
			x := b.p.leaf(t.param)
			dst := f.Grad.param.window().Window(t.param.off, t.Len())
			switch {
			case !slices.Contains(order, x):
				if !o.add {
					b.add("zeros", func(s engine.Stream) error { return s.Fill(engine.Fill{Y: dst}) })
				}
			case o.add:
				k.targets[x] = engine.Buffer{}
			default:
				k.targets[x] = dst
			}
		}
	}
	k.run(b)
	for _, f := range o.set.flats {
		for _, t := range f.params {
			if g, ok := k.grads[b.p.leaf(t.param)]; ok && o.add {
				dst := f.Grad.param.window().Window(t.param.off, t.Len())
				b.binary("add", engine.Add, dst, dst, g)
			}
		}
		if len(b.plan.calls) > 0 {
			b.wrote(f.Grad.param)
		}
	}
}

// GradNorm is the norm of all gradients of flats together, [].
func GradNorm(p *Pass, flats ...*Flat) *Tensor {
	var sum *Tensor
	for _, f := range flats {
		s := p.Use(f.Grad).reduce(engine.SumSquares, nil)
		if sum != nil {
			s = sum.Add(s)
		}
		sum = s
	}
	return sum.Sqrt()
}
