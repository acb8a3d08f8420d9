package layers

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// substitute puts tensors of a pass in the place of m's trained parameters, so that the checker differentiates by them.
// It returns how to undo it.
func substitute(m any, xs []*tensor.Tensor) (undo func()) {
	var undos []func()
	w := &walker{seen: map[place]bool{}}
	w.node = func(_ string, v reflect.Value) {
		if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.Type() == tensorType {
			return
		}
		for i := range v.Elem().NumField() {
			f := v.Elem().Field(i)
			if f.Type() != tensorType || f.IsNil() {
				continue
			}
			if old := f.Interface().(*tensor.Tensor); !old.Frozen() && old.Pass() == nil {
				f.Set(reflect.ValueOf(xs[0]))
				xs = xs[1:]
				undos = append(undos, func() { f.Set(reflect.ValueOf(old)) })
			}
		}
	}
	w.walk("", reflect.ValueOf(m), false)
	return func() {
		for _, u := range undos {
			u()
		}
	}
}

// Each layer's gradients, by its inputs and by its parameters, against central differences in float64.
func TestGradients(t *testing.T) {
	rng := newRand()
	dev := open(t, tensor.Float64)
	ids := tensor.ArrayOf([]int32{1, 2, 0, 3, 3, 1}, 2, 3)
	lengths := tensor.ArrayOf([]int32{2, 3}, 2)
	merge := func(m Merge) func([]*tensor.Tensor) *tensor.Tensor {
		return func(xs []*tensor.Tensor) *tensor.Tensor { return m.Forward(xs...) }
	}
	one := func(l Layer) func([]*tensor.Tensor) *tensor.Tensor {
		return func(xs []*tensor.Tensor) *tensor.Tensor { return l.Forward(xs[0]) }
	}
	type testCase struct {
		m  any
		f  func(xs []*tensor.Tensor) *tensor.Tensor
		in []tensor.Array
	}
	layer := func(l Layer, shape ...int) testCase { return testCase{l, one(l), []tensor.Array{draw(rng, shape...)}} }
	pair := func(m Merge) testCase {
		return testCase{m, merge(m), []tensor.Array{draw(rng, 3, 4), draw(rng, 3, 4)}}
	}
	rnn := NewRNN(rng, 3, 4)
	embedding := NewEmbedding(rng, 4, 3)
	for i, c := range []testCase{
		layer(NewDense(rng, 4, 3), 5, 4),
		layer(NewConv2D(rng, Conv2DConfig{In: 2, Out: 3, Kernel: 3, Pad: Same}), 2, 5, 4, 2),
		layer(NewConv2D(rng, Conv2DConfig{In: 2, Out: 3, Kernel: 3, Stride: 2, Dilation: 2, Pad: 2, NoBias: true}), 2, 7, 6, 2),
		layer(NewConvTranspose2D(rng, Conv2DConfig{In: 2, Out: 3, Kernel: 3, Stride: 2, Pad: Same}), 2, 3, 4, 2),
		layer(MaxPool2D{Size: 2}, 2, 5, 4, 2),
		layer(AvgPool2D{Size: 3, Stride: 2, Pad: 1}, 2, 5, 4, 2),
		layer(GlobalAvgPool2D{}, 2, 3, 4, 2),
		layer(Upsample2D{Factor: 2}, 2, 3, 4, 2),
		layer(rnn, 2, 3, 3),
		{rnn, func(xs []*tensor.Tensor) *tensor.Tensor { return rnn.Last(xs[0], xs[1]) }, []tensor.Array{draw(rng, 2, 3, 3), lengths}},
		{rnn, func(xs []*tensor.Tensor) *tensor.Tensor {
			states, last := rnn.Run(xs[0], xs[1], xs[2])
			return tensor.Concat(1, states, last.Unsqueeze(1))
		}, []tensor.Array{draw(rng, 2, 3, 3), draw(rng, 2, 4), lengths}},
		{embedding, one(embedding), []tensor.Array{ids}},
		layer(NewBatchNorm(3), 4, 2, 2, 3),
		layer(NewLayerNorm(5), 4, 5),
		layer(Residual{Body: NewDense(rng, 4, 4)}, 3, 4),
		layer(&Residual{Body: NewDense(rng, 4, 2), Shortcut: NewDense(rng, 4, 2)}, 3, 4),
		layer(Sequential{NewDense(rng, 4, 6), Tanh, Reshape{[]int{2, 3}}, NewLayerNorm(3), Flatten, NewDense(rng, 6, 2), Sigmoid}, 3, 4),
		layer(Sequential{ReLU, LeakyReLU, Softplus, GELU, SiLU}, 3, 4),
		pair(Concat{}), pair(Add{}), pair(Multiply{}),
		pair(NewGated(rng, 4, 4, 3)), pair(NewBilinear(rng, 4, 4, 3, 2)), pair(NewBilinear(rng, 4, 4, 3, 1)),
	} {
		xs := c.in
		var inputs []int
		for _, p := range parameters(c.m) {
			if !p.Frozen() {
				a := draw(rng, p.Shape()...)
				xs = append(xs, a)
			}
		}
		for j, x := range xs {
			if x.DType() == tensor.Float64 {
				inputs = append(inputs, j)
			}
		}
		n := len(c.in)
		f := func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor {
			defer substitute(c.m, xs[n:])()
			return c.f(xs[:n])
		}
		tensorcheck.GradCheckOn(t, fmt.Sprintf("%d %s", i, kindOf(c.m)), dev, inputs, f, xs...)
	}
}

// A layer that cuts its gradient does not pass.
func TestGradientsGoRed(t *testing.T) {
	dev := open(t, tensor.Float64)
	d := NewDense(newRand(), 2, 2)
	f := func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor {
		defer substitute(d, xs[1:])()
		return d.Forward(xs[0]).Add(xs[0].Detach())
	}
	var r red
	xs := []tensor.Array{draw(rand.New(rand.NewPCG(3, 4)), 2, 2), draw(newRand(), 2, 2), draw(newRand(), 2)}
	tensorcheck.GradCheckOn(&r, "detached", dev, []int{0, 1, 2}, f, xs...)
	if r.failures == 0 {
		t.Error("the check passed a gradient that is cut off")
	}
}

// red counts failures instead of failing.
type red struct {
	testing.TB
	failures int
}

func (r *red) Helper()               {}
func (r *red) Errorf(string, ...any) { r.failures++ }
