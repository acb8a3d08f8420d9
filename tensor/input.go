package tensor

import (
	"math"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// dims is a shape that the tape can compare.
type dims struct {
	rank int
	d    [engine.Rank]int
}

func dimsOf(op string, s []int) (d dims) {
	if len(s) > engine.Rank {
		fail(op, "more than 6 dimensions", s)
	}
	if slices.ContainsFunc(s, func(n int) bool { return n < 0 }) {
		fail(op, "a negative size", s)
	}
	d.rank = copy(d.d[:], s)
	return d
}

func (d dims) slice() []int { return slices.Clone(d.d[:d.rank]) }

// number is a float64 that the tape can compare: NaN equals NaN.
type number uint64

func numberOf(v float64) number { return number(math.Float64bits(v)) }
func (n number) float() float64 { return math.Float64frombits(uint64(n)) }

// input is a host array; its values are uploaded as it is recorded and are no part of what is compared.
type input struct {
	dims  dims
	dtype engine.DType
}

func (input) name() string                            { return "input" }
func (o input) infer(*Pass, []*entry) (shape, string) { return shape{o.dims.slice(), o.dtype}, "" }
func (input) forward(*builder, *node)                 {}

// Input brings a host array into the pass. a may be reused as soon as Input returns. Images of bytes arrive as Uint8
// (see [Tensor.Float]). An absent array gives nil.
func (p *Pass) Input(a Array) *Tensor {
	if a.Absent() {
		return nil
	}
	t := a.DType().engine()
	if t.Real() {
		t = p.real()
	}
	x := record(p, input{dimsOf("Input", a.Shape()), t})
	if p.dev == nil {
		if p.given == nil {
			p.given = map[*entry]Array{}
		}
		p.given[x.e] = a
		return x
	}
	if x.e.buf.Absent() {
		buf, err := p.inputs.alloc(&p.inMark, a.Len(), t)
		if err != nil {
			panic(&Error{Op: "Input", Shapes: [][]int{a.Shape()}, Err: err})
		}
		x.e.buf, x.e.inMark = buf, p.inMark
	}
	p.inMark = x.e.inMark
	if a.Len() > 0 {
		p.upload(x.e.buf, a)
	}
	return x
}

// From is Input for a slice.
func From[T Elem](p *Pass, data []T, shape ...int) *Tensor { return p.Input(ArrayOf(data, shape...)) }

// Scalar is a [] tensor whose value may change from step to step without ending the replay of the step,
// unlike a number passed to an operation.
func (p *Pass) Scalar(v float32) *Tensor { return p.Scalar64(float64(v)) }

// Scalar64 is Scalar for a device that computes in float64.
func (p *Pass) Scalar64(v float64) *Tensor { return p.Input(ArrayOf([]float64{v})) }

// full is a constant.
type full struct {
	value number
	dims  dims
	dtype engine.DType
}

func (full) name() string                            { return "full" }
func (o full) infer(*Pass, []*entry) (shape, string) { return shape{o.dims.slice(), o.dtype}, "" }
func (o full) forward(b *builder, n *node) {
	y := b.result(n)
	b.add("full", func(s engine.Stream) error { return s.Fill(engine.Fill{Y: y, Value: o.value.float()}) })
}

// Full is a tensor of equal numbers.
func (p *Pass) Full(v float32, shape ...int) *Tensor {
	return record(p, full{numberOf(float64(v)), dimsOf("Full", shape), p.real()})
}

// constant is v in t's type, [].
func (t *Tensor) constant(v float64) *Tensor {
	return record(t.p, full{numberOf(v), dims{}, t.e.dtype})
}

// noise is random numbers.
type noise struct {
	normal bool
	dims   dims
}

func (o noise) name() string {
	if o.normal {
		return "normal"
	}
	return "uniform"
}
func (noise) draws() {}
func (o noise) infer(p *Pass, _ []*entry) (shape, string) {
	return shape{o.dims.slice(), p.real()}, ""
}
func (o noise) forward(b *builder, n *node) {
	c := engine.Noise{Y: b.result(n), State: b.p.state, Site: n.out.sites, B: 1}
	b.add(o.name(), func(s engine.Stream) error {
		if o.normal {
			return s.Normal(c)
		}
		return s.Uniform(c)
	})
}

// Normal draws numbers with mean 0 and deviation 1.
func (p *Pass) Normal(shape ...int) *Tensor { return record(p, noise{true, dimsOf("Normal", shape)}) }

// Uniform draws numbers in [0, 1).
func (p *Pass) Uniform(shape ...int) *Tensor {
	return record(p, noise{false, dimsOf("Uniform", shape)})
}
