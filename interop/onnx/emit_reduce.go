package onnx

import (
	"slices"
)

// softmax is over the last dimension.
func (x *exporter) softmax(_ int, s *step) value {
	op := map[string]string{"softmax": "Softmax", "logsoftmax": "LogSoftmax"}[s.Op]
	v, at := x.along(s.In[0], len(s.Shape)-1)
	v.name = x.node(op, []*attribute{intAttr("axis", int64(at))}, v.name)
	return value{name: v.name, lay: v.lay}
}

// folds is the operand of a reduction, with the dimensions it folds as places in the graph.
func (x *exporter) folds(s *step) (string, []int) {
	dims, v := s.ints("dims"), x.value(s.In[0])
	if v.lay != nchw {
		return x.plain(s.In[0]), dims
	}
	var at, left []int
	for d := range 4 {
		if slices.Contains(dims, d) {
			at = append(at, phys[d])
		} else {
			left = append(left, phys[d])
		}
	}
	if !slices.IsSorted(left) { // what is left would be in another order
		return x.plain(s.In[0]), dims
	}
	slices.Sort(at)
	return v.name, at
}

func (x *exporter) reduce(_ int, s *step) value {
	in, dims := x.folds(s)
	keep := intAttr("keepdims", 0)
	switch {
	case len(dims) == 0 && s.Op == "sumsquares":
		return value{name: x.node("Mul", nil, in, in)}
	case len(dims) == 0: // ONNX would fold all
		return value{name: x.node("Identity", nil, in)}
	case s.Op == "sum":
		return value{name: x.node("ReduceSum", []*attribute{keep}, in, x.integers(wide(dims)...))}
	}
	op := map[string]string{"mean": "ReduceMean", "sumsquares": "ReduceSumSquare"}[s.Op]
	return value{name: x.node(op, []*attribute{intsAttr("axes", dims...), keep}, in)}
}

func (x *exporter) arg(_ int, s *step) value {
	in, dims := x.folds(s)
	if len(dims) != 1 {
		failf("%s: over %d dimensions at once", s.name(), len(dims))
	}
	op := map[string]string{"argmax": "ArgMax", "argmin": "ArgMin"}[s.Op]
	y := x.node(op, []*attribute{intAttr("axis", int64(dims[0])), intAttr("keepdims", 0)}, in)
	return value{name: x.node("Cast", []*attribute{intAttr("to", int64(elemInt32))}, y)}
}
