package tensor

import (
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// Recorded is an operation on the tape of a pass, for those who write a model in another form (interop/onnx).
type Recorded struct {
	Op     string               // "conv2d", "relu", "add" …; "parameter", "input" for what is given
	In     []int                // operations on the tape that it reads
	Shape  []int                // of its value
	DType  DType                // of its value
	Param  *Tensor              // of a "parameter"
	Value  Array                // of an "input" within [Shapes]: what was given
	Number map[string][]float64 // its settings: "stride", "pad", "dim", "value" …
}

// Tape is what p recorded since its start, before any fusion, each after what it reads, and where the values ts stand on it.
// Settings that are places or sizes are in the units of shapes.
func (p *Pass) Tape(ts ...*Tensor) (ops []Recorded, at []int) {
	var seg []*entry
	for e := p.cur; e != p.root; e = e.parent {
		if _, ok := e.op.(flush); !ok {
			seg = append(seg, e)
		}
	}
	slices.Reverse(seg)
	place := map[*entry]int{}
	add := func(e *entry) {
		r := Recorded{Op: e.op.name(), Shape: e.shape, DType: DType(e.dtype), Value: p.given[e]}
		for _, x := range e.in {
			r.In = append(r.In, place[x])
		}
		if l, ok := e.op.(leaf); ok {
			r.Param = &Tensor{param: l.q}
		}
		r.settings(e)
		place[e] = len(ops)
		ops = append(ops, r)
	}
	ready := func(e *entry) {
		if _, seen := place[e]; !seen {
			add(e) // a parameter: they stand beside the tape
		}
	}
	for _, e := range seg {
		for _, x := range e.in {
			ready(x)
		}
		add(e)
	}
	for _, t := range ts {
		p.check("Tape", t)
		e := t.e
		if t.param != nil {
			e = p.leaf(t.param)
		}
		ready(e)
		at = append(at, place[e])
	}
	return ops, at
}

// settings are the numbers of e's operation, and its name where that has numbers in it.
func (r *Recorded) settings(e *entry) {
	n := map[string][]float64{}
	switch o := e.op.(type) {
	case unary:
		n["a"], n["b"] = []float64{o.a.float()}, []float64{o.b.float()}
	case cast:
		n["unit"] = flag(o.unit)
	case conv2d:
		o.o.settings(n)
	case convTranspose2d:
		o.o.settings(n)
	case maxPool:
		r.Op = "maxpool"
		o.settings(n)
	case avgPool:
		r.Op = "avgpool"
		o.settings(n)
	case rnn:
		n["h0"], n["lengths"] = flag(o.h0), flag(o.lengths)
	case norm:
		n["eps"] = []float64{o.eps.float()}
	case reduction:
		n["dims"] = []float64{}
		for d, folded := range o.dims(len(e.in[0].shape)) {
			if folded {
				n["dims"] = append(n["dims"], float64(d))
			}
		}
	case slab:
		o.settings(n, e.in[0].shape)
	case concat:
		n["dim"] = []float64{float64(o.dim)}
	case pad:
		n["dim"], n["value"] = []float64{float64(o.dim)}, []float64{o.value.float()}
		n["before"], n["after"] = []float64{float64(o.before)}, []float64{float64(o.after)}
	case full:
		n["value"] = []float64{o.value.float()}
	case lookup:
		n["pad"] = []float64{float64(o.pad)}
	case take:
		n["dim"] = []float64{float64(o.dim)}
	}
	r.Number = n
}

func flag(b bool) []float64 {
	if b {
		return []float64{1}
	}
	return []float64{0}
}

func pair(p [2]int) []float64 { return []float64{float64(p[0]), float64(p[1])} }

func (o Conv2DOptions) settings(n map[string][]float64) {
	n["stride"], n["pad"], n["dilation"], n["outpad"] = pair(o.Stride), pair(o.Pad), pair(o.Dilation), pair(o.OutPad)
}

func (o window) settings(n map[string][]float64) {
	n["size"], n["stride"], n["pad"] = []float64{float64(o.size)}, []float64{float64(o.stride)}, []float64{float64(o.pad)}
}

// settings reads off offset and strides what the slab of an operand of shape from was made for.
func (o slab) settings(n map[string][]float64, from []int) {
	to, own := o.to.slice(), strides(from, from)
	lead := engine.Rank - len(to)
	switch o.what {
	case "transpose":
		order := make([]float64, len(to))
		taken := make([]bool, len(from))
		for i := range to {
			// Dimensions of one size and one stride (both are 1 and n) may stand for each other.
			d := 0
			for taken[d] || from[d] != to[i] || own[lead+d] != o.stride[lead+i] {
				d++
			}
			taken[d], order[i] = true, float64(d)
		}
		n["order"] = order
	case "slice":
		n["dim"], n["from"] = []float64{0}, []float64{0}
		for d := range to {
			if to[d] != from[d] {
				n["dim"] = []float64{float64(d)}
				n["from"] = []float64{float64(o.off / max(1, own[lead+d]))}
			}
		}
	case "flip":
		n["dims"] = []float64{}
		for d := range to {
			if o.stride[lead+d] < 0 {
				n["dims"] = append(n["dims"], float64(d))
			}
		}
	}
}
