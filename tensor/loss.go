package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// Losses average over the batch and are [].

// crossEntropy's inputs are the logits, the labels and perhaps weights of the classes.
type crossEntropy struct{ smoothing number }

func (crossEntropy) name() string { return "crossentropy" }

func (crossEntropy) infer(_ *Pass, in []*entry) (shape, string) {
	x, label := in[0].shape, in[1].shape
	switch {
	case len(x) == 0 || !in[0].dtype.Real():
		return shape{}, "want real logits [… classes]"
	case in[1].dtype != engine.I32:
		return shape{}, fmt.Sprintf("the labels are %v, want int32", in[1].dtype)
	case !slices.Equal(label, x[:len(x)-1]):
		return shape{}, fmt.Sprintf("the labels must be %v", x[:len(x)-1])
	case x[len(x)-1] == 0:
		return shape{}, "there are no classes"
	case len(in) > 2 && !slices.Equal(in[2].shape, x[len(x)-1:]):
		return shape{}, fmt.Sprintf("the weights must be [%d]", x[len(x)-1])
	}
	return shape{[]int{}, in[0].dtype}, ""
}

func (o crossEntropy) blocks(i int) bool { return i > 0 }

func (o crossEntropy) forward(b *builder, n *node) {
	x := n.in[0].shape
	c := engine.CrossEntropy{X: b.value(n.in[0]), Label: b.value(n.in[1]), Loss: b.result(n),
		Rows: size(x[:len(x)-1]), N: x[len(x)-1], Smoothing: o.smoothing.float()}
	c.DX = b.alloc(c.X.Len, c.X.DType)
	n.aux = []engine.Buffer{c.DX}
	if len(n.in) > 2 {
		c.Weight = b.value(n.in[2])
	}
	b.add("crossentropy", func(s engine.Stream) error { return s.CrossEntropy(c) })
}

func (o crossEntropy) backward(b *builder, n *node, dy engine.Buffer) { b.scaled(n, dy) }

// scaled is the backward of a loss that has computed its gradient already, in aux: times dy, unless that is 1.
func (b *builder) scaled(n *node, dy engine.Buffer) {
	x := n.in[0]
	if dy == b.back.one {
		b.back.refs[n.aux[0]]++ // never given back: the forward's
		b.share(x, n.aux[0])
		return
	}
	b.grad(x, func(dx engine.Buffer) {
		b.broadcast(n.op.name(), engine.Mul, dx, x.shape, n.aux[0], x.shape, dy, nil)
	})
}

// CrossEntropy is the mean softmax cross-entropy of logits […, classes] with labels […] Int32, from 0 to classes-1: another
// label, -1 too, is a mistake.
// torch.nn.functional.cross_entropy.
func CrossEntropy(logits, label *Tensor) *Tensor {
	return record(logits.pass("crossentropy", label), crossEntropy{}, logits, label)
}

// WeightedCrossEntropy is CrossEntropy with a weight per class (nil: none) and label smoothing.
func WeightedCrossEntropy(weight []float32, smoothing float32) func(logits, label *Tensor) *Tensor {
	if !(smoothing >= 0 && smoothing < 1) {
		fail("crossentropy", fmt.Sprintf("the smoothing is %g, want 0 <= smoothing < 1", smoothing))
	}
	o := crossEntropy{numberOf(float64(smoothing))}
	if weight == nil {
		return func(logits, label *Tensor) *Tensor {
			return record(logits.pass("crossentropy", label), o, logits, label)
		}
	}
	w := ArrayOf(weight, len(weight))
	return func(logits, label *Tensor) *Tensor {
		p := logits.pass("crossentropy", label)
		return record(p, o, logits, label, p.Input(w))
	}
}

type bce struct{}

func (bce) name() string { return "bcewithlogits" }
func (bce) infer(_ *Pass, in []*entry) (shape, string) {
	return shape{[]int{}, in[0].dtype}, pairRule(in[0].shape, in[1].shape, in[0].dtype, in[1].dtype)
}

// pairRule is for losses that compare output and target element by element. They do not broadcast: a target of
// another shape is nearly always a mistake.
func pairRule(output, target []int, o, t engine.DType) string {
	switch {
	case !slices.Equal(output, target):
		return "output and target have different shapes"
	case !o.Real() || !t.Real():
		return fmt.Sprintf("output and target are %v and %v: use Float", o, t)
	}
	return ""
}
func (bce) blocks(i int) bool { return i > 0 }
func (bce) forward(b *builder, n *node) {
	c := engine.BCE{X: b.value(n.in[0]), Target: b.value(n.in[1]), Loss: b.result(n), N: size(n.in[0].shape)}
	c.DX = b.alloc(c.N, c.X.DType)
	n.aux = []engine.Buffer{c.DX}
	b.add("bcewithlogits", func(s engine.Stream) error { return s.BCEWithLogits(c) })
}
func (bce) backward(b *builder, n *node, dy engine.Buffer) { b.scaled(n, dy) }

// BCEWithLogits is the mean binary cross-entropy of logits with targets in [0, 1], real or Int32, which get no gradient.
// Logits [n, 1] go with targets [n] too.
func BCEWithLogits(logits, target *Tensor) *Tensor {
	p := logits.pass("bcewithlogits", target)
	p.check("bcewithlogits", target)
	if s := logits.Shape(); len(s) == 2 && s[1] == 1 && slices.Equal(target.Shape(), s[:1]) {
		target = p.in(target).Unsqueeze(-1)
	}
	if target.DType() == Int32 {
		target = p.in(target).Float()
	}
	return record(p, bce{}, logits, target)
}

// mse's inputs are the output and the target, and both have a gradient: a target may be what another net made.
type mse struct{}

func (mse) name() string { return "mse" }
func (mse) infer(_ *Pass, in []*entry) (shape, string) {
	return shape{[]int{}, in[0].dtype}, pairRule(in[0].shape, in[1].shape, in[0].dtype, in[1].dtype)
}
func (mse) forward(b *builder, n *node) {
	c := engine.MSE{X: b.value(n.in[0]), Target: b.value(n.in[1]), Loss: b.result(n), N: size(n.in[0].shape)}
	c.DX = b.alloc(c.N, c.X.DType)
	n.aux = []engine.Buffer{c.DX}
	b.add("mse", func(s engine.Stream) error { return s.MSE(c) })
}
func (mse) backward(b *builder, n *node, dy engine.Buffer) {
	if b.wants(n, 0) {
		b.scaled(n, dy)
	}
	if !b.wants(n, 1) {
		return
	}
	b.grad(n.in[1], func(dt engine.Buffer) {
		dx := n.aux[0]
		if dy != b.back.one {
			b.broadcast("mse", engine.Mul, dt, n.in[1].shape, dx, n.in[1].shape, dy, nil)
			dx = dt
		}
		b.unary("neg", engine.Unary{Op: engine.Neg, Y: dt, X: dx})
	})
}

// MSE is the mean squared error. torch.nn.functional.mse_loss.
func MSE(output, target *Tensor) *Tensor {
	return record(output.pass("mse", target), mse{}, output, target)
}

// difference is output - target, of one shape.
func difference(op string, output, target *Tensor) *Tensor {
	p := output.pass(op, target)
	p.check(op, output)
	p.check(op, target)
	if rule := pairRule(output.Shape(), target.Shape(), output.DType().engine(), target.DType().engine()); rule != "" {
		fail(op, rule, output.Shape(), target.Shape())
	}
	return output.Sub(target)
}

// MAE is the mean absolute error.
func MAE(output, target *Tensor) *Tensor { return difference("mae", output, target).Abs().Mean() }

// Huber is quadratic up to delta and linear beyond: d²/2 where |d| <= delta, else delta·(|d| - delta/2).
// torch.nn.functional.huber_loss.
func Huber(delta float32) func(output, target *Tensor) *Tensor {
	if !(delta > 0) {
		fail("huber", fmt.Sprintf("delta is %g, want more than 0", delta))
	}
	return func(output, target *Tensor) *Tensor {
		d := difference("huber", output, target).Abs()
		near := d.Clamp(0, delta) // d·near - near²/2 is both branches
		return d.Mul(near).Sub(near.Square().Scale(.5)).Mean()
	}
}
