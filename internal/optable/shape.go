package optable

import "github.com/braidml/braid/tensor"

// moved is a row of an operation that only moves the elements of [n, 2, 3].
func moved(name string, f func(x *tensor.Tensor) *tensor.Tensor) Row {
	return each(name, reals, exact, f)
}

var shapes = []Row{
	moved("Reshape", func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(x.Dim(0), 3, 2) }),
	moved("Reshape/inferred", func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(-1, 3) }),
	moved("Reshape/inferred inside", func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(2, 1, x.Dim(0)*3) }),
	moved("Flatten", (*tensor.Tensor).Flatten),
	moved("Transpose", func(x *tensor.Tensor) *tensor.Tensor { return x.Transpose(2, 0, 1) }),
	moved("Transpose/last two", func(x *tensor.Tensor) *tensor.Tensor { return x.Transpose(0, 2, 1) }),
	moved("Transpose/not at all", func(x *tensor.Tensor) *tensor.Tensor { return x.Transpose(0, 1, 2) }),
	{Name: "Transpose/six dimensions", Args: []Arg{in(reals, 2, 1, N, 3, 1, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Transpose(5, 3, 0, 4, 2, 1) }},
	moved("Slice", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(2, 1, 3) }),
	moved("Slice/middle", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(1, 0, 1) }),
	moved("Slice/rows", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(0, x.Dim(0)/2, x.Dim(0)) }),
	moved("Slice/nothing", func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(-1, 1, 1) }),
	each("Slice/overlapping", reals, rounded, func(x *tensor.Tensor) *tensor.Tensor {
		return x.Slice(2, 0, 2).Mul(x.Slice(2, 1, 3))
	}),
	moved("Unsqueeze", func(x *tensor.Tensor) *tensor.Tensor { return x.Unsqueeze(1) }),
	moved("Unsqueeze/last", func(x *tensor.Tensor) *tensor.Tensor { return x.Unsqueeze(-1) }),
	{Name: "Squeeze", Args: []Arg{in(reals, N, 1, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Squeeze(1) }},
	{Name: "Expand", Args: []Arg{in(reals, N, 1, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Expand(xs[0].Dim(0), 4, 3) }},
	{Name: "Expand/new dimension", Args: []Arg{in(reals, N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Expand(2, xs[0].Dim(0), 3) }},
	moved("Flip", func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(2) }),
	moved("Flip/last", func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(-1) }),
	moved("Flip/two", func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(0, 1) }),
	moved("Pad", func(x *tensor.Tensor) *tensor.Tensor { return x.Pad(1, 2, 1, 0) }),
	moved("Pad/value", func(x *tensor.Tensor) *tensor.Tensor { return x.Pad(-1, 0, 2, -1.5) }),
	moved("Pad/rows", func(x *tensor.Tensor) *tensor.Tensor { return x.Pad(0, 1, 1, 2) }),
}

var joins = []Row{
	{Name: "Concat", Args: []Arg{in(reals, N, 2), in(reals, N, 3), in(reals, N, 1)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(-1, xs...) }},
	{Name: "Concat/nothing before", Args: []Arg{in(reals, N, 0), in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(1, xs...) }},
	{Name: "Concat/rows", Args: []Arg{in(reals, N, 2), in(reals, 3, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(0, xs...) }},
	{Name: "Concat/middle", Args: []Arg{in(reals, N, 2, 3), in(reals, N, 1, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(1, xs...) }},
	{Name: "Concat/one", Args: []Arg{in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(1, xs...) }},
	{Name: "Concat/itself", Args: []Arg{in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Concat(1, xs[0], xs[0], xs[0]) }},
	{Name: "Stack", Args: []Arg{in(reals, N, 2), in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Stack(0, xs...) }},
	{Name: "Stack/middle", Args: []Arg{in(reals, N, 2), in(reals, N, 2), in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Stack(1, xs...) }},
	{Name: "Stack/last", Args: []Arg{in(reals, N, 2), in(reals, N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return tensor.Stack(-1, xs...) }},
	// The parts come back in another order and one is dropped: its elements have no gradient.
	{Name: "Split", Args: []Arg{in(reals, N, 7)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			parts := xs[0].Split(1, 2, 4, 1)
			return tensor.Concat(1, parts[2], parts[0])
		}},
	{Name: "Split/middle", Args: []Arg{in(reals, N, 4, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			parts := xs[0].Split(-2, 1, 3)
			return parts[1].Add(parts[0])
		}, Roundings: rounded},
}

var lookups = []Row{
	{Name: "Rows", Args: []Arg{in(reals, 7, 4), fixed(below(7), N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Rows(xs[1]) }},
	{Name: "Rows/one id each", Args: []Arg{in(reals, 5, 3), fixed(below(5), N)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Rows(xs[1]) }},
	// Many rows share few ids, so that their gradients meet.
	{Name: "Rows/crowded", Args: []Arg{in(reals, 2, 3), fixed(below(2), N, 9)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Rows(xs[1]) }},
	// Padding reads as zeros whatever the table holds there, and gets no gradient.
	{Name: "Embedding", Args: []Arg{in(reals, 7, 4), fixed(below(7), N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Embedding(xs[1]) }},
	{Name: "Embedding/crowded", Args: []Arg{in(reals, 2, 3), fixed(below(2), N, 9)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Embedding(xs[1]) }},
	{Name: "Gather", Args: []Arg{in(reals, N, 4), fixed(below(4), N, 6)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Gather(1, xs[1]) }},
	{Name: "Gather/first", Args: []Arg{in(reals, 4, N), fixed(below(4), 2, N)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Gather(0, xs[1]) }},
	{Name: "Gather/middle", Args: []Arg{in(reals, N, 3, 2), fixed(below(3), N, 5, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Gather(-2, xs[1]) }},
	{Name: "OneHot", Args: []Arg{fixed(below(5), N)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].OneHot(5) }},
	{Name: "OneHot/sequence", Args: []Arg{fixed(below(3), N, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].OneHot(3) }},
	{Name: "Int", Args: []Arg{fixed(reals, N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Scale(3).Int() }},
	{Name: "Float/pixels", Args: []Arg{fixed(bytes, N, 2, 2, 3)}, Roundings: rounded,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Float() }},
	{Name: "Float/integers", Args: []Arg{fixed(below(100), N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Float() }},
}
