package layers

import (
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Conv2DConfig describes a Conv2D or ConvTranspose2D. What is left zero is PyTorch's default.
type Conv2DConfig struct {
	In, Out, Kernel int  // channels in and out, side of the kernel
	Stride, Pad     int  // Stride 0 is 1; Pad may be Same
	Dilation        int  // 0 is 1
	OutPad          int  // transposed only: rows and columns added at the lower right
	NoBias          bool // a batch normalisation that follows has a bias of its own
	Init            Init // nil: GlorotUniform
}

// Same is the padding that Keras calls "same": a convolution gives [n, h/Stride, w/Stride, …], rounded up, and a
// transposed one exactly [n, h·Stride, w·Stride, …].
const Same = -1

// Conv2D is a convolution, [n, h, w, in] -> [n, h', w', out] with
// h' = (h + 2·Pad - Dilation·(Kernel-1) - 1)/Stride + 1. torch.nn.Conv2d, channels last.
type Conv2D struct {
	Weight  *tensor.Tensor // [out, k, k, in]
	Bias    *tensor.Tensor // [out], or nil
	Options tensor.Conv2DOptions
}

// NewConv2D draws weights by c.Init and sets the bias to zero.
func NewConv2D(rng *rand.Rand, c Conv2DConfig) *Conv2D {
	c = c.checked("NewConv2D")
	expect(c.OutPad == 0, "NewConv2D", "OutPad is %d: only a transposed convolution has it", c.OutPad)
	if c.Pad == Same {
		span := c.Dilation * (c.Kernel - 1)
		expect(span%2 == 0, "NewConv2D", "Pad is Same with kernel %d: an odd kernel is expected, both sides are padded alike", c.Kernel)
		c.Pad = span / 2
	}
	k, area := c.Kernel, c.Kernel*c.Kernel
	return &Conv2D{
		Weight:  newParam(rng, c.Init, area*c.In, area*c.Out, c.Out, k, k, c.In),
		Bias:    c.bias(),
		Options: c.options(),
	}
}

// Forward convolves x.
func (c *Conv2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(c, tensor.Conv2D(x, c.Weight, c.Bias, c.Options))
}

// ConvTranspose2D enlarges, [n, h, w, in] -> [n, h', w', out] with
// h' = (h-1)·Stride - 2·Pad + Dilation·(Kernel-1) + OutPad + 1. torch.nn.ConvTranspose2d, channels last.
type ConvTranspose2D struct {
	Weight  *tensor.Tensor // [in, k, k, out]
	Bias    *tensor.Tensor // [out], or nil
	Options tensor.Conv2DOptions
}

// NewConvTranspose2D draws weights by c.Init and sets the bias to zero. As in Keras and PyTorch the fans are those of
// the convolution that it transposes: fanIn counts output channels.
func NewConvTranspose2D(rng *rand.Rand, c Conv2DConfig) *ConvTranspose2D {
	c = c.checked("NewConvTranspose2D")
	if c.Pad == Same {
		// The output is h·Stride when 2·Pad - OutPad is what the kernel reaches beyond its stride.
		over := c.Dilation*(c.Kernel-1) + 1 - c.Stride
		c.Pad = max(0, (over+1)/2)
		c.OutPad = 2*c.Pad - over
	}
	expect(c.OutPad < max(c.Stride, c.Dilation), "NewConvTranspose2D",
		"OutPad is %d: less than stride %d or dilation %d is expected", c.OutPad, c.Stride, c.Dilation)
	k, area := c.Kernel, c.Kernel*c.Kernel
	return &ConvTranspose2D{
		Weight:  newParam(rng, c.Init, area*c.Out, area*c.In, c.In, k, k, c.Out),
		Bias:    c.bias(),
		Options: c.options(),
	}
}

// Forward enlarges x.
func (c *ConvTranspose2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(c, tensor.ConvTranspose2D(x, c.Weight, c.Bias, c.Options))
}

// checked fills in defaults and panics on sizes that no convolution has.
func (c Conv2DConfig) checked(op string) Conv2DConfig {
	expect(c.In >= 1 && c.Out >= 1, op, "In is %d and Out is %d: at least 1 channel is expected", c.In, c.Out)
	expect(c.Kernel >= 1, op, "Kernel is %d: at least 1 is expected", c.Kernel)
	expect(c.Stride >= 0 && c.Dilation >= 0 && c.OutPad >= 0, op,
		"Stride is %d, Dilation %d and OutPad %d: none may be negative", c.Stride, c.Dilation, c.OutPad)
	expect(c.Pad >= Same, op, "Pad is %d: Same or at least 0 is expected", c.Pad)
	c.Stride, c.Dilation = max(c.Stride, 1), max(c.Dilation, 1)
	if c.Init == nil {
		c.Init = GlorotUniform
	}
	return c
}

func (c Conv2DConfig) bias() *tensor.Tensor {
	if c.NoBias {
		return nil
	}
	return zeros(c.Out)
}

func (c Conv2DConfig) options() tensor.Conv2DOptions {
	both := func(n int) [2]int { return [2]int{n, n} }
	return tensor.Conv2DOptions{
		Stride: both(c.Stride), Pad: both(c.Pad), Dilation: both(c.Dilation), OutPad: both(c.OutPad),
	}
}
