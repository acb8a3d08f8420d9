package tensor

import (
	"fmt"
	"slices"
	"strings"
)

// A Tensor is an n-dimensional array on a device: a parameter, or a value of a [Pass].
// Operations return new tensors and never change their operands. Images are [n, h, w, c].
type Tensor struct {
	e     *entry // a value of a pass, ...
	p     *Pass
	gen   uint32 // ... in this step of it; handles are never reused, so a stale one is recognised for certain
	param *param // or a parameter
}

// Shape is the dimensions; do not change it.
func (t *Tensor) Shape() []int {
	if t.param != nil {
		return t.param.shape
	}
	return t.e.shape
}

// Dim is the size of dimension i; i < 0 counts from the end.
func (t *Tensor) Dim(i int) int {
	s := t.Shape()
	if i < -len(s) || i >= len(s) {
		fail("Dim", fmt.Sprintf("dimension %d of %d", i, len(s)), s)
	}
	if i < 0 {
		i += len(s)
	}
	return s[i]
}

// Rank is the number of dimensions.
func (t *Tensor) Rank() int { return len(t.Shape()) }

// Len is the number of elements.
func (t *Tensor) Len() int { return size(t.Shape()) }

// DType is the type of the elements. Parameters are Float32 until a Float64 device holds them.
func (t *Tensor) DType() DType {
	if t.param != nil {
		return t.param.dtype()
	}
	return DType(t.e.dtype)
}

// Pass is the pass t belongs to, nil for a parameter.
func (t *Tensor) Pass() *Pass { return t.p }

// String is the shape and the values, shortened. It computes what is not computed yet.
func (t *Tensor) String() string {
	if t.p != nil && t.p.dev == nil {
		return fmt.Sprint(t.Shape())
	}
	return t.Array().String()
}

// Item returns the value of a one-element tensor. It waits for the device: not for every step of a loop.
func (t *Tensor) Item() float32 {
	if t.Len() != 1 {
		fail("Item", fmt.Sprintf("%d elements, want 1", t.Len()), t.Shape())
	}
	return t.Float32s()[0]
}

// Float32s copies the values to the host, as float32. It waits for the device.
func (t *Tensor) Float32s() []float32 { return t.Array().Floats() }

// Array copies the values to the host. It waits for the device.
func (t *Tensor) Array() Array {
	if t.param != nil {
		a, err := t.param.read()
		if err != nil {
			panic(&Error{Op: "Array", Shapes: [][]int{t.Shape()}, Err: err})
		}
		return a
	}
	return t.p.read(t)
}

// Detach is t cut off from gradients (PyTorch's word; stop_gradient in Keras).
func (t *Tensor) Detach() *Tensor { return record(t.pass("Detach"), detach{}, t) }

// pass is the pass that an operation on ts is recorded in: that of the first which belongs to one.
func (t *Tensor) pass(op string, us ...*Tensor) *Pass {
	if t == nil {
		fail(op, "an operand is nil")
	}
	if t.p != nil {
		return t.p
	}
	for _, u := range us {
		if u != nil && u.p != nil {
			return u.p
		}
	}
	fail(op, "no operand belongs to a pass: bring a parameter in by Pass.Use", t.Shape())
	return nil
}

// axis is dim counted from the front; it fails for op where there is no such dimension.
func axis(op string, dim int, shape []int) int {
	d := dim
	if d < 0 {
		d += len(shape)
	}
	if d < 0 || d >= len(shape) {
		fail(op, fmt.Sprintf("no dimension %d", dim), shape)
	}
	return d
}

// fail is the caller's mistake.
func fail(op, rule string, shapes ...[]int) {
	s := make([][]int, len(shapes))
	for i := range shapes {
		s[i] = slices.Clone(shapes[i])
	}
	panic(&Error{Op: public(op), Shapes: s, Rule: rule, At: here()})
}

// public is the name a user knows an operation by: "conv2d+relu" on the tape is Conv2D.
func public(op string) string {
	op, _, _ = strings.Cut(op, "+")
	op = strings.TrimRight(op, "0123456789") // the size in maxpool2
	if name, ok := publicNames[op]; ok {
		return name
	}
	return strings.ToUpper(op[:1]) + op[1:]
}

var publicNames = map[string]string{
	"matmul": "MatMul", "conv2d": "Conv2D", "convtranspose2d": "ConvTranspose2D", "rnn": "RNN", "relu": "ReLU",
	"leakyrelu": "LeakyReLU", "gelu": "GELU", "elu": "ELU", "batchnorm": "BatchNorm", "layernorm": "LayerNorm",
	"crossentropy": "CrossEntropy", "bcewithlogits": "BCEWithLogits", "focalcrossentropy": "FocalCrossEntropy", "weightedbce": "WeightedBCE", "focalbce": "FocalBCE", "mse": "MSE", "mae": "MAE", "onehot": "OneHot",
	"argmax": "ArgMax", "argmin": "ArgMin", "logsoftmax": "LogSoftmax", "notequal": "NotEqual", "lessequal": "LessEqual",
	"greaterequal": "GreaterEqual", "maxpool": "MaxPool2D", "avgpool": "AvgPool2D", "upsample": "Upsample2D",
	"sgd": "SGD", "rmsprop": "RMSProp",
}

type detach struct{}

func (detach) name() string { return "detach" }
func (detach) infer(_ *Pass, in []*entry) (shape, string) {
	return like(in[0]), ""
}
func (detach) forward(b *builder, n *node) { n.y = b.alias(n.in[0]) }
