package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// functions make the nodes of an elementwise function of the value called in.
var functions = map[string]func(x *exporter, s *step, in string) string{
	"relu": direct("Relu"), "tanh": direct("Tanh"), "sigmoid": direct("Sigmoid"), "exp": direct("Exp"), "log": direct("Log"),
	"sqrt": direct("Sqrt"), "neg": direct("Neg"), "abs": direct("Abs"), "sign": direct("Sign"), "reciprocal": direct("Reciprocal"),
	"sin": direct("Sin"), "cos": direct("Cos"), "softplus": direct("Softplus"), "floor": direct("Floor"), "ceil": direct("Ceil"),
	"round":  direct("Round"),
	"square": func(x *exporter, _ *step, in string) string { return x.node("Mul", nil, in, in) },
	"scale":  withNumber("Mul"), "shift": withNumber("Add"), "pow": withNumber("Pow"),
	"leakyrelu": withAlpha("LeakyRelu"), "elu": withAlpha("Elu"),
	"clamp": func(x *exporter, s *step, in string) string {
		return x.node("Clip", nil, in, x.scalar(s.DType, s.number("a")), x.scalar(s.DType, s.number("b")))
	},
	// x·Φ(x) = x·(1 + erf(x/√2))/2: opset 17 has no Gelu.
	"gelu": func(x *exporter, s *step, in string) string {
		erf := x.node("Erf", nil, x.node("Mul", nil, in, x.scalar(s.DType, math.Sqrt2/2)))
		return x.node("Mul", nil, x.node("Mul", nil, in, x.node("Add", nil, erf, x.scalar(s.DType, 1))), x.scalar(s.DType, 0.5))
	},
}

func direct(op string) func(x *exporter, s *step, in string) string {
	return func(x *exporter, _ *step, in string) string { return x.node(op, nil, in) }
}

func withNumber(op string) func(x *exporter, s *step, in string) string {
	return func(x *exporter, s *step, in string) string {
		return x.node(op, nil, in, x.scalar(s.DType, s.number("a")))
	}
}

func withAlpha(op string) func(x *exporter, s *step, in string) string {
	return func(x *exporter, s *step, in string) string {
		return x.node(op, []*attribute{floatAttr("alpha", s.number("a"))}, in)
	}
}

// pointwise is a function of one operand, in whatever layout that is.
func (x *exporter) pointwise(i int, f func(*exporter, *step, string) string) value {
	s := &x.steps[i]
	v := x.value(s.In[0])
	v.name = f(x, s, v.name)
	return v
}

// operators are those of two operands; the comparisons give bool.
var operators = map[string]string{
	"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "power": "Pow", "maximum": "Max", "minimum": "Min",
	"equal": "Equal", "notequal": "Equal", "less": "Less", "lessequal": "LessOrEqual", "greater": "Greater", "greaterequal": "GreaterOrEqual",
}

func (x *exporter) binary(i int, op string) value {
	s := &x.steps[i]
	in, lay := x.alike(s.In, len(s.Shape))
	y := x.node(op, nil, in...)
	switch s.Op {
	case "notequal":
		y = x.node("Not", nil, y)
		fallthrough
	case "equal", "less", "lessequal", "greater", "greaterequal":
		y = x.node("Cast", []*attribute{intAttr("to", int64(elemOf(s.DType)))}, y)
	}
	return value{name: y, lay: lay}
}

func (x *exporter) where(_ int, s *step) value {
	in, lay := x.alike(s.In, len(s.Shape))
	in[0] = x.node("Cast", []*attribute{intAttr("to", int64(elemBool))}, in[0])
	return value{name: x.node("Where", nil, in...), lay: lay}
}

// alike are operands that are broadcast to rank, in one layout: that of images if one of them is such.
func (x *exporter) alike(steps []int, rank int) (names []string, lay layout) {
	images := rank == 4 && slices.ContainsFunc(steps, func(j int) bool { return x.value(j).lay == nchw })
	for _, j := range steps {
		images = images && (len(x.steps[j].Shape) == 4 || x.single(j) || x.steps[j].Op == "parameter")
	}
	for _, j := range steps {
		switch s := &x.steps[j]; {
		case !images || x.single(j) && len(s.Shape) < 4:
			names = append(names, x.plain(j))
		case len(s.Shape) == 4:
			names = append(names, x.image(j))
		default: // a parameter of fewer dimensions
			shape := append(slices.Repeat([]int{1}, 4-len(s.Shape)), s.Shape...)
			a := transposed(tensor.ArrayOf(s.Param.Float32s(), shape...), []int{0, 3, 1, 2})
			names = append(names, x.initializer(s.Param.Name(), a.Shape(), a))
		}
	}
	if images {
		lay = nchw
	}
	return names, lay
}

// single reports whether step j has one element, whatever the batch.
func (x *exporter) single(j int) bool {
	return !slices.ContainsFunc(x.steps[j].dims, func(n size) bool { return n.k != 1 || !n.fixed() })
}
