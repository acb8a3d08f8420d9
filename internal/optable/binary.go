package optable

import "github.com/braidml/braid/tensor"

type binaryOp = func(t, u *tensor.Tensor) *tensor.Tensor

// pair is a row of a function of two inputs.
func pair(name string, a, b Arg, roundings float64, f binaryOp) Row {
	return Row{Name: name, Args: []Arg{a, b}, Roundings: roundings,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return f(xs[0], xs[1]) }}
}

// broadcasts are the rows of a function for all ways in which two shapes meet: a gradient must sum over each repeated
// dimension, whichever side repeats.
func broadcasts(name string, a, b Sample, roundings float64, f binaryOp) []Row {
	return []Row{
		pair(name, in(a, N, 2, 3), in(b, N, 2, 3), roundings, f),
		pair(name+"/row", in(a, N, 2, 3), in(b, 3), roundings, f),
		pair(name+"/row first", in(a, 3), in(b, N, 2, 3), roundings, f),
		pair(name+"/column", in(a, N, 3), in(b, N, 1), roundings, f),
		pair(name+"/middle", in(a, N, 2, 3), in(b, N, 1, 3), roundings, f),
		pair(name+"/both ways", in(a, N, 1, 3), in(b, 2, 1), roundings, f),
		pair(name+"/scalar", in(a, N, 3), in(b), roundings, f),
		pair(name+"/scalar first", in(a), in(b, N, 3), roundings, f),
		pair(name+"/batch of one", in(a, 1, 3), in(b, N, 3), roundings, f),
		{Name: name + "/with itself", Args: []Arg{in(b, N, 3)}, Roundings: roundings,
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
				return f(xs[0].Scale(2), xs[0])
			}},
	}
}

var binary = func() (rows []Row) {
	rows = append(rows, broadcasts("Add", reals, reals, rounded, (*tensor.Tensor).Add)...)
	rows = append(rows, broadcasts("Sub", reals, reals, rounded, (*tensor.Tensor).Sub)...)
	rows = append(rows, broadcasts("Mul", reals, reals, 2, (*tensor.Tensor).Mul)...)
	rows = append(rows, broadcasts("Div", reals, positive, 2, (*tensor.Tensor).Div)...)
	rows = append(rows, broadcasts("Power", positive, between(0.5, 2), 2*transcendental, (*tensor.Tensor).Power)...)
	rows = append(rows, broadcasts("Maximum", distinct(0), distinct(0.5), exact, (*tensor.Tensor).Maximum)...)
	rows = append(rows, broadcasts("Minimum", distinct(0), distinct(0.5), exact, (*tensor.Tensor).Minimum)...)
	rows = append(rows, pair("Mul/six dimensions", in(reals, 2, 1, 2, N, 1, 2), in(reals, 2, 1, 1, 3, 1), 2, (*tensor.Tensor).Mul))
	return rows
}()

var comparisons = func() (rows []Row) {
	ops := []struct {
		name string
		f    binaryOp
	}{
		{"Equal", (*tensor.Tensor).Equal},
		{"Less", (*tensor.Tensor).Less},
		{"LessEqual", (*tensor.Tensor).LessEqual},
		{"Greater", (*tensor.Tensor).Greater},
		{"GreaterEqual", (*tensor.Tensor).GreaterEqual},
	}
	for _, op := range ops {
		rows = append(rows,
			pair(op.name, fixed(few, N, 2, 3), fixed(few, N, 2, 3), exact, op.f),
			pair(op.name+"/row", fixed(few, N, 2, 3), fixed(few, 3), exact, op.f),
			pair(op.name+"/integers", fixed(below(3), N, 3), fixed(below(3), N, 1), exact, op.f))
	}
	return append(rows,
		Row{Name: "NotEqual", Args: []Arg{fixed(few, N, 3)},
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].NotEqual(0) }},
		Row{Name: "NotEqual/tokens", Args: []Arg{fixed(below(3), N, 4)},
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].NotEqual(0).Sum(1) }})
}()

func where(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Where(xs[0], xs[1], xs[2]) }

var choices = []Row{
	{Name: "Where", Args: []Arg{fixed(bits, N, 2, 3), in(reals, N, 2, 3), in(reals, N, 2, 3)}, Forward: where},
	{Name: "Where/rows", Args: []Arg{fixed(bits, N, 1), in(reals, N, 3), in(reals, 3)}, Forward: where},
	{Name: "Where/scalars", Args: []Arg{fixed(bits, N, 2), in(reals), in(reals)}, Forward: where},
	{Name: "Where/integers decide", Args: []Arg{fixed(below(2), 3), in(reals, N, 3), in(reals, N, 3)}, Forward: where},
	{Name: "Where/compared", Args: []Arg{in(distinct(0), N, 3), in(distinct(0.5), N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.Where(xs[0].Less(xs[1]), xs[0].Scale(2), xs[1])
		}},
}
