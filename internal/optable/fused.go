package optable

import "github.com/braidml/braid/tensor"

// then is r followed by an activation or a pooling, which a plan fuses into one engine call.
func then(r Row, name string, f func(*tensor.Tensor) *tensor.Tensor) Row {
	forward := r.Forward
	r.Forward = func(p *tensor.Pass, xs xs) *tensor.Tensor { return f(forward(p, xs)) }
	r.Name += name
	r.Roundings += transcendental
	r.Fused = true
	return r
}

func pool2(x *tensor.Tensor) *tensor.Tensor { return x.MaxPool2D(2, 2, 0) }

// fused is a row of several operations that a plan makes fewer calls of, forward or backward.
func fused(name string, terms, roundings int, f func(xs xs) *tensor.Tensor, args ...Arg) Row {
	return Row{Name: name, Args: args, Terms: func(int) int { return terms }, Roundings: float64(roundings), Fused: true,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return f(xs) }}
}

// epilogues are sums within products, and products of the backward pass that undo an activation or add to a gradient.
var epilogues = []Row{
	fused("Linear/fused, Add", 6, 3, func(xs xs) *tensor.Tensor { return xs[0].Linear(xs[1], xs[2]).Add(xs[3]) },
		in(reals, N, 4), in(reals, 3, 4), in(reals, 3), in(reals, N, 3)),
	fused("Linear/fused, Add of a sequence before it", 5, 3, func(xs xs) *tensor.Tensor { return xs[2].Add(xs[0].Linear(xs[1], nil)) },
		in(reals, N, 2, 4), in(reals, 3, 4), in(reals, N, 2, 3)),
	fused("Linear/fused, Add, blocked", 263, 3, func(xs xs) *tensor.Tensor { return xs[0].Linear(xs[1], xs[2]).Add(xs[3]) },
		in(reals, N, 261), in(reals, 70, 261), in(reals, 70), in(reals, N, 70)),
	fused("Linear/fused, Add of its input", 5, 3, func(xs xs) *tensor.Tensor { return xs[0].Linear(xs[1], nil).Add(xs[0]) },
		in(reals, N, 4), in(reals, 4, 4)),
	fused("MatMul/fused, bias", 5, 3, func(xs xs) *tensor.Tensor { return xs[0].MatMul(xs[1]).Add(xs[2]) },
		in(reals, N, 4), in(reals, 4, 3), in(reals, 3)),
	fused("MatMul/fused, bias, Add, Tanh", 6, transcendental, func(xs xs) *tensor.Tensor { return xs[0].MatMul(xs[1]).Add(xs[2]).Add(xs[3]).Tanh() },
		in(reals, N, 2, 4), in(reals, 4, 3), in(reals, 1, 3), in(reals, N, 2, 3)),
	fused("MatMul/fused, batches, Add", 4, 3, func(xs xs) *tensor.Tensor { return xs[0].MatMul(xs[1]).Add(xs[2]) },
		in(reals, N, 2, 3), in(reals, N, 3, 4), in(reals, N, 2, 4)),
	fused("MatMul/fused, batches, activations before", 12, 8, func(xs xs) *tensor.Tensor { return xs[0].Scale(2).Tanh().MatMul(xs[1].Neg().ReLU()) },
		in(reals, N, 2, 3), in(nonzero, N, 3, 4)),
	fused("Linear/fused, activation before, blocked", 261, 8, func(xs xs) *tensor.Tensor { return xs[0].Neg().ReLU().Linear(xs[1], nil) },
		in(nonzero, N, 70), in(reals, 261, 70)),
	fused("Linear/fused, residual block", 64, 16, func(xs xs) *tensor.Tensor {
		h := xs[0].Linear(xs[1], xs[2]).Sigmoid()
		return h.Add(h.Linear(xs[3], nil).Tanh().Linear(xs[4], xs[2])).Tanh()
	}, in(reals, N, 4), in(reals, 3, 4), in(reals, 3), in(reals, 3, 3), in(reals, 3, 3)),
}

// fusions are what [tensor] fuses, and what looks like it but must not be fused.
var fusions = func() (rows []Row) {
	dense := Row{Name: "Linear", Args: []Arg{in(reals, N, 4), in(reals, 3, 4), in(reals, 3)}, Terms: terms(5), Roundings: 2,
		Forward: linear}
	conv3 := conv("Conv2D", [3]int{6, 6, 2}, [3]int{3, 3, 2}, 3, tensor.Conv2DOptions{Pad: both(1)})
	transposed := convTransposed("ConvTranspose2D", [3]int{2, 2, 2}, 4, 4, 2, tensor.Conv2DOptions{Stride: both(2), Pad: both(1)})
	norm := batchNorm("BatchNorm", termsPerRow(4), 1, N, 2, 2, 3)
	for _, act := range []struct {
		name string
		f    func(*tensor.Tensor) *tensor.Tensor
	}{
		{", ReLU", (*tensor.Tensor).ReLU}, {", LeakyReLU", (*tensor.Tensor).LeakyReLU},
		{", Tanh", (*tensor.Tensor).Tanh}, {", Sigmoid", (*tensor.Tensor).Sigmoid},
	} {
		for _, r := range []Row{dense, conv3, transposed, norm} {
			r.Name += "/fused"
			rows = append(rows, then(r, act.name, act.f))
		}
		r := conv3
		r.Name += "/fused"
		rows = append(rows, then(then(r, act.name, act.f), ", MaxPool2D", pool2))
		sum := dense
		sum.Name += "/fused, Add"
		sum.Args = append(sum.Args[:3:3], in(reals, N, 3))
		sum.Forward = func(p *tensor.Pass, xs xs) *tensor.Tensor { return linear(p, xs[:3]).Add(xs[3]) }
		rows = append(rows, then(sum, act.name, act.f),
			fused("Linear/fused"+act.name+", Linear", 25, 2*transcendental, func(xs xs) *tensor.Tensor {
				return act.f(xs[0].Linear(xs[1], xs[2])).Linear(xs[3], nil)
			}, in(reals, N, 4), in(reals, 3, 4), in(reals, 3), in(reals, 5, 3)))
	}
	odd := conv("Conv2D/fused with a rest", [3]int{5, 7, 2}, [3]int{2, 2, 2}, 3, tensor.Conv2DOptions{Pad: both(1)})
	rows = append(rows, then(then(odd, ", ReLU", (*tensor.Tensor).ReLU), ", MaxPool2D 3", func(x *tensor.Tensor) *tensor.Tensor {
		return x.MaxPool2D(3, 3, 0)
	}))
	rows = append(rows,
		then(conv3, "/fused, MaxPool2D", pool2),
		then(conv3, "/fused, ReLU, overlapping MaxPool2D", func(x *tensor.Tensor) *tensor.Tensor { return x.ReLU().MaxPool2D(3, 2, 1) }))
	// Two consumers: what comes before the activation is needed as well.
	for _, r := range []Row{
		then(conv3, "/unfused, residual", func(x *tensor.Tensor) *tensor.Tensor { return x.ReLU().Add(x) }),
		then(dense, "/unfused, two activations", func(x *tensor.Tensor) *tensor.Tensor { return x.ReLU().Add(x.Tanh()) }),
		then(dense, "/unfused, detached", func(x *tensor.Tensor) *tensor.Tensor { return x.Tanh().Mul(x.Sign().Detach()) }),
	} {
		r.Fused = false
		rows = append(rows, r)
	}
	return append(rows, epilogues...)
}()
