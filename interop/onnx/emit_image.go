package onnx

import (
	"github.com/braidml/braid/tensor"
)

// reals is a constant list of float32.
func (x *exporter) reals(v ...float32) string {
	return x.initializer("reals", []int{len(v)}, tensor.ArrayOf(v, len(v)))
}

// conv is a convolution or a transposed one: the weights are [out, h, w, in], those of a transposed one [in, h, w, out].
func (x *exporter) conv(_ int, s *step) value {
	w := x.steps[s.In[1]].Shape
	pad := s.ints("pad")
	attrs := []*attribute{intsAttr("kernel_shape", w[1], w[2]), intsAttr("strides", s.ints("stride")...),
		intsAttr("pads", pad[0], pad[1], pad[0], pad[1]), intsAttr("dilations", s.ints("dilation")...)}
	op := "Conv"
	if s.Op == "convtranspose2d" {
		op = "ConvTranspose"
		attrs = append(attrs, intsAttr("output_padding", s.ints("outpad")...))
	}
	in := []string{x.image(s.In[0]), x.image(s.In[1])}
	if len(s.In) > 2 {
		in = append(in, x.plain(s.In[2]))
	}
	return value{name: x.node(op, attrs, in...), lay: nchw}
}

func (x *exporter) pool(_ int, s *step) value {
	n, stride, pad := s.int("size"), s.int("stride"), s.int("pad")
	attrs := []*attribute{intsAttr("kernel_shape", n, n), intsAttr("strides", stride, stride), intsAttr("pads", pad, pad, pad, pad)}
	op := "MaxPool"
	if s.Op == "avgpool" {
		op = "AveragePool"
		attrs = append(attrs, intAttr("count_include_pad", 1))
	}
	return value{name: x.node(op, attrs, x.image(s.In[0])), lay: nchw}
}

// batchNorm is ONNX's for images and rows; of other shapes the channels stand last, where ONNX cannot have them.
func (x *exporter) batchNorm(_ int, s *step) value {
	eps := s.number("eps")
	var params []string
	for _, j := range s.In[1:] {
		params = append(params, x.plain(j))
	}
	attrs := []*attribute{floatAttr("epsilon", eps)}
	switch len(s.Shape) {
	case 4:
		return value{name: x.node("BatchNormalization", attrs, append([]string{x.image(s.In[0])}, params...)...), lay: nchw}
	case 2:
		return value{name: x.node("BatchNormalization", attrs, append([]string{x.plain(s.In[0])}, params...)...)}
	}
	deviation := x.node("Sqrt", nil, x.node("Add", nil, params[3], x.scalar(s.DType, eps)))
	centred := x.node("Sub", nil, x.plain(s.In[0]), params[2])
	y := x.node("Mul", nil, centred, x.node("Div", nil, params[0], deviation))
	return value{name: x.node("Add", nil, y, params[1])}
}

func (x *exporter) layerNorm(_ int, s *step) value {
	attrs := []*attribute{intAttr("axis", -1), floatAttr("epsilon", s.number("eps"))}
	return value{name: x.node("LayerNormalization", attrs, x.plain(s.In[0]), x.plain(s.In[1]), x.plain(s.In[2]))}
}
