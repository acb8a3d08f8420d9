package optable

import "github.com/braidml/braid/tensor"

func maxPool(name string, h, w, size, stride, pad int) Row {
	r := each(name, nil, exact, func(x *tensor.Tensor) *tensor.Tensor { return x.MaxPool2D(size, stride, pad) })
	r.Args = []Arg{in(distinct(0), N, h, w, 2)}
	return r
}

func avgPool(name string, h, w, size, stride, pad int) Row {
	r := each(name, nil, 2, func(x *tensor.Tensor) *tensor.Tensor { return x.AvgPool2D(size, stride, pad) })
	r.Args, r.Terms = []Arg{in(reals, N, h, w, 2)}, terms(size*size)
	return r
}

func upsample(name string, factor int) Row {
	r := each(name, nil, exact, func(x *tensor.Tensor) *tensor.Tensor { return x.Upsample2D(factor) })
	r.Args = []Arg{in(reals, N, 2, 3, 2)}
	return r
}

var pools = []Row{
	maxPool("MaxPool2D", 4, 6, 2, 2, 0),
	maxPool("MaxPool2D/rest dropped", 5, 7, 2, 2, 0),
	maxPool("MaxPool2D/overlap", 5, 6, 3, 2, 1),
	maxPool("MaxPool2D/gaps", 7, 7, 2, 3, 0),
	maxPool("MaxPool2D/whole map", 3, 3, 3, 1, 0),
	maxPool("MaxPool2D/wide window", 17, 17, 17, 17, 0), // 289 places do not fit a byte
	{Name: "MaxPool2D/ties", Args: []Arg{fixed(few, N, 4, 4, 2)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].MaxPool2D(2, 2, 0) }},
	avgPool("AvgPool2D", 4, 6, 2, 2, 0),
	avgPool("AvgPool2D/rest dropped", 5, 7, 2, 2, 0),
	avgPool("AvgPool2D/overlap", 5, 6, 3, 2, 1),
	avgPool("AvgPool2D/gaps", 7, 7, 2, 3, 0),
	upsample("Upsample2D", 2),
	upsample("Upsample2D/threefold", 3),
	upsample("Upsample2D/same", 1),
}
