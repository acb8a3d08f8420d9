package optable

import "github.com/braidml/braid/tensor"

// conv is a row of a convolution of [n, h, w, c] with [out, r, s, c] and a bias.
func conv(name string, x, w [3]int, out int, o tensor.Conv2DOptions) Row {
	return Row{Name: name, Terms: terms(w[0]*w[1]*w[2] + 1), Roundings: 2,
		Args: []Arg{in(reals, N, x[0], x[1], x[2]), in(reals, out, w[0], w[1], w[2]), in(reals, out)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.Conv2D(xs[0], xs[1], xs[2], o)
		}}
}

// convTransposed is a row of a transposed convolution of [n, h, w, c] with [c, r, s, out] and a bias.
func convTransposed(name string, x [3]int, r, s, out int, o tensor.Conv2DOptions) Row {
	return Row{Name: name, Terms: terms(r*s*x[2] + 1), Roundings: 2,
		Args: []Arg{in(reals, N, x[0], x[1], x[2]), in(reals, x[2], r, s, out), in(reals, out)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.ConvTranspose2D(xs[0], xs[1], xs[2], o)
		}}
}

func both(n int) [2]int { return [2]int{n, n} }

var convolutions = []Row{
	conv("Conv2D", [3]int{4, 5, 2}, [3]int{3, 3, 2}, 3, tensor.Conv2DOptions{}),
	conv("Conv2D/same", [3]int{4, 4, 2}, [3]int{3, 3, 2}, 2, tensor.Conv2DOptions{Pad: both(1)}),
	conv("Conv2D/one pixel", [3]int{3, 3, 4}, [3]int{1, 1, 4}, 3, tensor.Conv2DOptions{}),
	conv("Conv2D/stride", [3]int{6, 7, 2}, [3]int{3, 3, 2}, 2, tensor.Conv2DOptions{Stride: both(2), Pad: both(1)}),
	conv("Conv2D/stride leaves a rest", [3]int{6, 6, 1}, [3]int{3, 3, 1}, 2, tensor.Conv2DOptions{Stride: both(2)}),
	conv("Conv2D/stride beyond the kernel", [3]int{7, 7, 2}, [3]int{1, 2, 2}, 2, tensor.Conv2DOptions{Stride: both(3)}),
	conv("Conv2D/dilation", [3]int{6, 7, 1}, [3]int{3, 2, 1}, 2, tensor.Conv2DOptions{Dilation: both(2), Pad: both(1)}),
	conv("Conv2D/directions differ", [3]int{6, 7, 2}, [3]int{2, 3, 2}, 2,
		tensor.Conv2DOptions{Stride: [2]int{1, 2}, Pad: [2]int{1, 0}, Dilation: [2]int{2, 1}}),
	conv("Conv2D/wide padding", [3]int{2, 2, 2}, [3]int{3, 3, 2}, 2, tensor.Conv2DOptions{Pad: both(3)}),
	conv("Conv2D/kernel as large as the map", [3]int{3, 4, 2}, [3]int{3, 4, 2}, 2, tensor.Conv2DOptions{}),
	conv("Conv2D/blocked", [3]int{9, 11, 19}, [3]int{3, 3, 19}, 21, tensor.Conv2DOptions{Pad: both(1)}),
	{Name: "Conv2D/without bias", Args: []Arg{in(reals, N, 4, 4, 2), in(reals, 3, 3, 3, 2)}, Terms: terms(18), Roundings: 2,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.Conv2D(xs[0], xs[1], nil, tensor.Conv2DOptions{})
		}},
}

var transposedConvolutions = []Row{
	convTransposed("ConvTranspose2D", [3]int{3, 2, 2}, 3, 3, 3, tensor.Conv2DOptions{}),
	convTransposed("ConvTranspose2D/doubles", [3]int{2, 3, 2}, 4, 4, 2, tensor.Conv2DOptions{Stride: both(2), Pad: both(1)}),
	convTransposed("ConvTranspose2D/out pad", [3]int{2, 3, 2}, 3, 3, 2,
		tensor.Conv2DOptions{Stride: both(2), Pad: both(1), OutPad: both(1)}),
	convTransposed("ConvTranspose2D/gaps", [3]int{2, 2, 2}, 2, 2, 2, tensor.Conv2DOptions{Stride: both(3)}),
	convTransposed("ConvTranspose2D/dilation", [3]int{3, 3, 1}, 2, 3, 2, tensor.Conv2DOptions{Dilation: both(2), Pad: both(1)}),
	convTransposed("ConvTranspose2D/directions differ", [3]int{2, 3, 2}, 2, 3, 2,
		tensor.Conv2DOptions{Stride: [2]int{2, 1}, Pad: [2]int{0, 1}, OutPad: [2]int{1, 0}}),
	{Name: "ConvTranspose2D/without bias", Args: []Arg{in(reals, N, 2, 2, 2), in(reals, 2, 3, 3, 3)}, Terms: terms(18), Roundings: 2,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.ConvTranspose2D(xs[0], xs[1], nil, tensor.Conv2DOptions{Stride: both(2)})
		}},
}
