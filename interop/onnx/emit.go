package onnx

import (
	"slices"
)

// emit adds the nodes of step i.
func (x *exporter) emit(i int) value {
	s := &x.steps[i]
	if f, ok := functions[s.Op]; ok {
		return x.pointwise(i, f)
	}
	if op, ok := operators[s.Op]; ok {
		return x.binary(i, op)
	}
	if f, ok := emitters[s.Op]; ok {
		return f(x, i, s)
	}
	failf("%s cannot be exported: ONNX has no operator for it, or a graph has no place for one", s.name())
	return value{}
}

// emitters are the operations with sizes of their own. It is filled in by init, because they need each other's values.
var emitters map[string]func(x *exporter, i int, s *step) value

func init() {
	emitters = map[string]func(x *exporter, i int, s *step) value{
		"parameter": (*exporter).constant, "input": (*exporter).constant, "full": (*exporter).full,
		"cast": (*exporter).cast, "where": (*exporter).where, "detach": (*exporter).same,
		"linear": (*exporter).linear, "matmul": (*exporter).matmul,
		"conv2d": (*exporter).conv, "convtranspose2d": (*exporter).conv, "maxpool": (*exporter).pool, "avgpool": (*exporter).pool,
		"batchnorm": (*exporter).batchNorm, "layernorm": (*exporter).layerNorm, "rnn": (*exporter).rnn, "rnn last": (*exporter).rnnLast,
		"softmax": (*exporter).softmax, "logsoftmax": (*exporter).softmax,
		"sum": (*exporter).reduce, "mean": (*exporter).reduce, "sumsquares": (*exporter).reduce,
		"argmax": (*exporter).arg, "argmin": (*exporter).arg,
		"reshape": (*exporter).reshaped, "transpose": (*exporter).permute, "slice": (*exporter).slice, "flip": (*exporter).flip,
		"expand": (*exporter).expand, "concat": (*exporter).concat, "pad": (*exporter).pad,
		"rows": (*exporter).rows, "embedding": (*exporter).rows, "gather": (*exporter).gather,
	}
}

func (x *exporter) constant(i int, s *step) value {
	if s.Op == "parameter" {
		return value{name: x.weights(i, nil, nil)}
	}
	if slices.ContainsFunc(s.dims, func(n size) bool { return !n.fixed() }) {
		failf("%s: the model makes a constant %v whose size follows the batch", s.name(), s.dims)
	}
	return value{name: x.initializer("constant", s.Shape, s.Value)}
}

func (x *exporter) same(_ int, s *step) value { return x.value(s.In[0]) }

// full is a constant of equal numbers: one number, repeated where the graph runs.
func (x *exporter) full(_ int, s *step) value {
	v := x.scalar(s.DType, s.number("value"))
	if len(s.dims) == 0 {
		return value{name: v}
	}
	return value{name: x.node("Expand", nil, v, x.shape(s.dims))}
}

// cast is Float or Int; bytes become [0, 1].
func (x *exporter) cast(_ int, s *step) value {
	v := x.value(s.In[0])
	v.name = x.node("Cast", []*attribute{intAttr("to", int64(elemOf(s.DType)))}, v.name)
	if s.number("unit") == 1 {
		v.name = x.node("Div", nil, v.name, x.scalar(s.DType, 255))
	}
	return v
}
