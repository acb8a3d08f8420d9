package layers

import "github.com/braidml/braid/tensor"

// These layers change the size of maps [n, h, w, c]. They have no parameters and are used by value.
type (
	// MaxPool2D takes the largest value of each window. Stride 0 is Size. torch.nn.MaxPool2d.
	MaxPool2D struct{ Size, Stride, Pad int }
	// AvgPool2D averages each window; padding counts as zeros. Stride 0 is Size. torch.nn.AvgPool2d.
	AvgPool2D struct{ Size, Stride, Pad int }
	// GlobalAvgPool2D averages each channel, [n, h, w, c] -> [n, c].
	GlobalAvgPool2D struct{}
	// Upsample2D repeats pixels, [n, h, w, c] -> [n, h·Factor, w·Factor, c]. torch.nn.Upsample(mode="nearest").
	Upsample2D struct{ Factor int }
)

// Forward pools x.
func (m MaxPool2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(m, x.MaxPool2D(m.Size, window("MaxPool2D", m.Size, m.Stride, m.Pad), m.Pad))
}

// Forward pools x.
func (a AvgPool2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(a, x.AvgPool2D(a.Size, window("AvgPool2D", a.Size, a.Stride, a.Pad), a.Pad))
}

// window checks a pooling window and returns its stride.
func window(op string, size, stride, pad int) int {
	expect(size >= 1 && stride >= 0, op, "Size is %d and Stride %d: a Size of at least 1 and no negative Stride are expected", size, stride)
	expect(pad >= 0 && pad <= size/2, op, "Pad is %d: 0 to half of Size %d is expected", pad, size)
	if stride == 0 {
		return size
	}
	return stride
}

// Forward averages x over its pixels.
func (g GlobalAvgPool2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	expect(x.Rank() == 4, "GlobalAvgPool2D", "the input is %v: [n h w c] is expected", x.Shape())
	return saw(g, x.Mean(1, 2))
}

// Forward enlarges x.
func (u Upsample2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	expect(u.Factor >= 1, "Upsample2D", "Factor is %d: at least 1 is expected", u.Factor)
	return saw(u, x.Upsample2D(u.Factor))
}
