package tensor

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// unary is an elementwise function of one operand.
type unary struct {
	op   engine.UnaryOp
	a, b number
}

var unaryNames = [engine.UnaryOps]string{
	"relu", "leakyrelu", "tanh", "sigmoid", "exp", "log", "sqrt", "square", "neg", "scale", "shift", "abs", "sign",
	"reciprocal", "pow", "clamp", "sin", "cos", "softplus", "gelu", "elu", "floor", "ceil", "round",
}

func (o unary) name() string { return unaryNames[o.op] }

func (o unary) infer(_ *Pass, in []*entry) (shape, string) {
	if !in[0].dtype.Real() {
		return shape{}, fmt.Sprintf("the elements are %v: use Float", in[0].dtype)
	}
	return like(in[0]), ""
}

func (o unary) forward(b *builder, n *node) {
	x := b.value(n.in[0])
	b.unary(o.name(), engine.Unary{Op: o.op, Y: b.result(n), X: x, A: o.a.float(), B: o.b.float()})
}

func (o unary) backward(b *builder, n *node, dy engine.Buffer) {
	if b.back.undone[n] {
		b.share(n.in[0], dy)
		return
	}
	b.grad(n.in[0], func(dx engine.Buffer) {
		c := engine.UnaryBwd{Op: o.op, DX: dx, DY: dy, A: o.a.float(), B: o.b.float()}
		if o.op.NeedsX() {
			c.X = b.value(n.in[0])
		} else {
			c.Y = n.y
		}
		b.add(o.name(), func(s engine.Stream) error { return s.UnaryBwd(c) })
	})
}

func (b *builder) unary(name string, c engine.Unary) {
	b.add(name, func(s engine.Stream) error { return s.Unary(c) })
}

func (t *Tensor) unary(op engine.UnaryOp, a, b float64) *Tensor {
	return record(t.pass(unaryNames[op]), unary{op, numberOf(a), numberOf(b)}, t)
}

// ReLU is max(x, 0). torch.relu.
func (t *Tensor) ReLU() *Tensor { return t.unary(engine.ReLU, 0, 0) }

// LeakyReLU is x where x > 0, else 0.2·x (DCGAN's slope).
func (t *Tensor) LeakyReLU() *Tensor { return t.unary(engine.LeakyReLU, engine.LeakySlope, 0) }

// Tanh is the hyperbolic tangent.
func (t *Tensor) Tanh() *Tensor { return t.unary(engine.Tanh, 0, 0) }

// Sigmoid is 1/(1+e^-x).
func (t *Tensor) Sigmoid() *Tensor { return t.unary(engine.Sigmoid, 0, 0) }

// Exp is e^x.
func (t *Tensor) Exp() *Tensor { return t.unary(engine.Exp, 0, 0) }

// Log is the natural logarithm.
func (t *Tensor) Log() *Tensor { return t.unary(engine.Log, 0, 0) }

// Sqrt is the square root.
func (t *Tensor) Sqrt() *Tensor { return t.unary(engine.Sqrt, 0, 0) }

// Square is x².
func (t *Tensor) Square() *Tensor { return t.unary(engine.Square, 0, 0) }

// Neg is -x.
func (t *Tensor) Neg() *Tensor { return t.unary(engine.Neg, 0, 0) }

// Scale is a·x. A factor that changes from step to step is better a [Pass.Scalar] and Mul.
func (t *Tensor) Scale(a float32) *Tensor { return t.unary(engine.Scale, float64(a), 0) }

// Shift is x + a.
func (t *Tensor) Shift(a float32) *Tensor { return t.unary(engine.Shift, float64(a), 0) }

// Abs is |x|.
func (t *Tensor) Abs() *Tensor { return t.unary(engine.Abs, 0, 0) }

// Sign is -1, 0 or 1.
func (t *Tensor) Sign() *Tensor { return t.unary(engine.Sign, 0, 0) }

// Reciprocal is 1/x.
func (t *Tensor) Reciprocal() *Tensor { return t.unary(engine.Reciprocal, 0, 0) }

// Sin is the sine.
func (t *Tensor) Sin() *Tensor { return t.unary(engine.Sin, 0, 0) }

// Cos is the cosine.
func (t *Tensor) Cos() *Tensor { return t.unary(engine.Cos, 0, 0) }

// Floor, Ceil and Round (half to even) have gradient 0, as in PyTorch.
func (t *Tensor) Floor() *Tensor { return t.unary(engine.Floor, 0, 0) }

// Ceil is the next integer above.
func (t *Tensor) Ceil() *Tensor { return t.unary(engine.Ceil, 0, 0) }

// Round is the nearest integer, half to even.
func (t *Tensor) Round() *Tensor { return t.unary(engine.Round, 0, 0) }

// Softplus is log(1 + e^x).
func (t *Tensor) Softplus() *Tensor { return t.unary(engine.Softplus, 0, 0) }

// GELU is x·Φ(x), exact (Hendrycks & Gimpel 2016).
func (t *Tensor) GELU() *Tensor { return t.unary(engine.GELU, 0, 0) }

// SiLU is x·sigmoid(x).
func (t *Tensor) SiLU() *Tensor { return t.Mul(t.Sigmoid()) }

// ELU is x where x > 0, else a·(e^x - 1).
func (t *Tensor) ELU(a float32) *Tensor { return t.unary(engine.ELU, float64(a), 0) }

// Pow is x^a. See [Tensor.Power] for an exponent that is a tensor.
func (t *Tensor) Pow(a float32) *Tensor { return t.unary(engine.Pow, float64(a), 0) }

// Clamp is x limited to [lo, hi].
func (t *Tensor) Clamp(lo, hi float32) *Tensor {
	if !(lo <= hi) {
		fail("Clamp", fmt.Sprintf("the bounds %g and %g are not in order", lo, hi), t.Shape())
	}
	return t.unary(engine.Clamp, float64(lo), float64(hi))
}

// Dropout zeroes a part of x and scales the rest by 1/(1-rate); in an inference pass it is x itself.
func (t *Tensor) Dropout(rate float32) *Tensor {
	if !(rate >= 0 && rate < 1) {
		fail("Dropout", fmt.Sprintf("the rate is %g, want 0 <= rate < 1", rate), t.Shape())
	}
	p := t.pass("Dropout")
	if rate == 0 || !p.Training() {
		return t
	}
	return record(p, dropout{numberOf(float64(rate))}, t)
}

type dropout struct{ rate number }

func (dropout) name() string { return "dropout" }
func (dropout) draws()       {}
func (dropout) infer(p *Pass, in []*entry) (shape, string) {
	return unary{}.infer(p, in)
}
func (o dropout) call(b *builder, n *node, y, x engine.Buffer) {
	c := engine.Dropout{Y: y, X: x, State: b.p.state, Site: n.out.sites, Rate: o.rate.float()}
	b.add("dropout", func(s engine.Stream) error { return s.Dropout(c) })
}
func (o dropout) forward(b *builder, n *node) {
	x := b.value(n.in[0])
	o.call(b, n, b.result(n), x)
}
func (o dropout) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dx engine.Buffer) { o.call(b, n, dx, dy) })
}

// Float turns Uint8 pixels into reals in [0, 1], and integers into reals; reals stay as they are.
func (t *Tensor) Float() *Tensor {
	if t.DType().engine().Real() {
		return t
	}
	p := t.pass("Float")
	return record(p, cast{p.real(), t.DType() == Uint8}, t)
}

// Int turns reals into Int32, towards zero. Bytes keep their value.
func (t *Tensor) Int() *Tensor {
	if t.DType() == Int32 {
		return t
	}
	return record(t.pass("Int"), cast{engine.I32, false}, t)
}

type cast struct {
	to   engine.DType
	unit bool
}

func (cast) name() string { return "cast" }
func (o cast) infer(_ *Pass, in []*entry) (shape, string) {
	return shape{in[0].shape, o.to}, ""
}
func (o cast) forward(b *builder, n *node) {
	c := engine.Copy{X: b.value(n.in[0]), Y: b.result(n), Unit: o.unit}
	b.add("cast", func(s engine.Stream) error { return s.Copy(c) })
}
