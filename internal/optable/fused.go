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
	return rows
}()
