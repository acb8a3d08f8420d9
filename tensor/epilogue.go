package tensor

import (
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// epilogue is the activation that an op has taken into itself.
type epilogue struct{ act engine.Act }

var actOf = map[engine.UnaryOp]engine.Act{
	engine.ReLU: engine.ActReLU, engine.LeakyReLU: engine.ActLeakyReLU,
	engine.Tanh: engine.ActTanh, engine.Sigmoid: engine.ActSigmoid,
}

var unaryOf = map[engine.Act]engine.UnaryOp{
	engine.ActReLU: engine.ReLU, engine.ActLeakyReLU: engine.LeakyReLU,
	engine.ActTanh: engine.Tanh, engine.ActSigmoid: engine.Sigmoid,
}

// activated is an op that may end in an activation: its derivative is a function of the op's value.
type activated interface{ activation() engine.Act }

func (o epilogue) activation() engine.Act { return o.act }

func (o unary) activation() engine.Act {
	if o.op == engine.LeakyReLU && o.a.float() != engine.LeakySlope {
		return engine.ActNone
	}
	return actOf[o.op]
}

// absorbs is the activation that next is, if an epilogue can have it.
func (o epilogue) absorbs(next op) (engine.Act, bool) {
	u, ok := next.(unary)
	if !ok || o.act != engine.ActNone {
		return engine.ActNone, false
	}
	return u.activation(), u.activation() != engine.ActNone
}

func (o epilogue) suffix() string {
	if o.act == engine.ActNone {
		return ""
	}
	return "+" + unaryNames[unaryOf[o.act]]
}

// undo gives the gradient before n's activation, from that behind it; free gives it back.
func (o epilogue) undo(b *builder, n *node, dy engine.Buffer) (dz engine.Buffer, free func()) {
	if b.remains(n, o.act) == engine.ActNone {
		return dy, func() {}
	}
	dz = b.temp(dy.Len, dy.DType)
	b.back.refs[dz]++
	u := unaryOf[o.act]
	c := engine.UnaryBwd{Op: u, DX: dz, DY: dy, Y: n.y, A: engine.LeakySlope}
	b.add(unaryNames[u], func(s engine.Stream) error { return s.UnaryBwd(c) })
	return dz, func() { b.back.drop(b, dz) }
}

// addends is what a product adds to its sums, before its activation: in is the operands, then the bias and the residual,
// where there are such.
//
// The sum is inside of the activation, as in a residual network: act(x·w + b + r). Outside, act(x·w + b) + r, the
// gradient would need act(x·w + b), which such an output no longer shows.
type addends struct{ bias, residual bool }

// plus is o with r as a further input of n, whose rows are width long.
func (o addends) plus(n *node, r *entry, width int) (addends, bool) {
	out := n.out.shape
	switch {
	case o.residual || r.dtype != n.out.dtype:
		return o, false
	case slices.Equal(r.shape, out):
		o.residual = true
	case !o.bias && len(r.shape) > 0 && size(r.shape) == width && r.shape[len(r.shape)-1] == width && out[len(out)-1] == width:
		o.bias = true
	default:
		return o, false
	}
	return o, true
}

// forward sets what c adds.
func (o addends) forward(b *builder, n *node, c *engine.MatMul) {
	if o.bias {
		c.Bias = b.value(n.in[2])
	}
	if o.residual {
		c.Residual = b.value(n.in[len(n.in)-1])
	}
}

// backward adds the gradients of what was added, from dz, that of the sums.
func (o addends) backward(b *builder, n *node, dz engine.Buffer) {
	if o.bias && b.wants(n, 2) {
		b.columnSums(n.in[2], dz, size(n.out.shape)/max(1, size(n.in[2].shape)))
	}
	if last := len(n.in) - 1; o.residual && b.wants(n, last) {
		b.share(n.in[last], dz)
	}
}

// product adds c, without its C, to the gradient of input i of n. What the gradient holds already is added within the
// product, and where nothing is added any more and nobody asks for it, it is taken through the activation that made the
// input as well: dx = (dz·w + …)·act'(x). An op calls it for input 0 last.
func (b *builder) product(name string, n *node, i int, c engine.MatMul) {
	x, k := n.in[i], b.back
	if o := b.p.dev.opt; o.NoFusion || o.Eager {
		b.grad(x, func(dst engine.Buffer) {
			c.C = dst
			b.matmul(name, c)
		})
		return
	}
	old, more := k.grads[x]
	switch {
	case more && k.refs[old] == 1:
		c.C = old
	case more || k.targets[x].Absent():
		c.C = b.temp(size(x.shape), x.dtype)
	default:
		c.C = k.targets[x]
	}
	if more {
		c.Residual = old
		name += "+add"
	}
	if i == 0 || !slices.Contains(n.in[:i], x) && !slices.Contains(n.in[i+1:], x) {
		c.Act, c.Y = k.through(b, x)
	}
	if c.Act != engine.ActNone {
		name += "+" + unaryNames[unaryOf[c.Act]] + "'"
	}
	b.matmul(name, c)
	if c.C != old {
		if more {
			k.drop(b, old)
		}
		k.set(x, c.C)
	}
}

// through finds the activation that made x, perhaps reshaped, if x's gradient can be that before the activation: if no
// other contribution to it is to come, and it is not asked for. Y is the activation's output.
func (k *backprop) through(b *builder, x *entry) (act engine.Act, y engine.Buffer) {
	if k.pending[x] > 0 {
		return
	}
	for {
		n := b.plan.find(x)
		if _, asked := k.targets[x]; asked || n == nil || n.out != x {
			return
		}
		switch o := n.op.(type) {
		case reshape:
			x = n.in[0]
			if _, more := k.grads[x]; more || k.pending[x] > 1 {
				return
			}
			continue
		case activated:
			if act = o.activation(); act != engine.ActNone {
				k.undone[n] = true
				return act, n.y
			}
		}
		return
	}
}

// remains is the activation that n's backward has to undo: none if the gradient it is given is that before it.
func (b *builder) remains(n *node, act engine.Act) engine.Act {
	if b.back.undone[n] {
		return engine.ActNone
	}
	return act
}
