package tensor

import (
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// backprop is one backward pass in a plan: gradients of a loss with respect to some entries.
type backprop struct {
	loss    *entry
	targets map[*entry]engine.Buffer // where a target's gradient must end up; absent: anywhere
	wanted  map[*entry]bool          // lies between the loss and a target
	grads   map[*entry]engine.Buffer
	extra   map[*node]engine.Buffer // gradients of a node's second result
	refs    map[engine.Buffer]int   // how many gradients are the same buffer
	one     engine.Buffer           // the gradient of the loss
	pending map[*entry]int          // inputs of nodes to come that are the entry: so many may still add to its gradient
	undone  map[*node]bool          // the gradient of its value is already that before its activation
}

// reaches walks from the loss to the inputs and says which entries a gradient passes. inputs gives what e is computed
// from: on the tape before planning, in a plan with fusion later.
func reaches(loss *entry, target func(*entry) bool, inputs func(*entry) (op, []*entry)) (wanted map[*entry]bool, order []*entry) {
	wanted = map[*entry]bool{}
	seen := map[*entry]bool{}
	var walk func(*entry)
	walk = func(e *entry) {
		if seen[e] {
			return
		}
		seen[e] = true
		wanted[e] = target(e)
		o, in := inputs(e)
		if _, ok := o.(differentiable); ok {
			for i, x := range in {
				if bl, is := o.(blocker); !x.dtype.Real() || is && bl.blocks(i) {
					continue
				}
				walk(x)
				wanted[e] = wanted[e] || wanted[x]
			}
		}
		order = append(order, e)
	}
	walk(loss)
	return wanted, order
}

// onTape is the inputs function of reaches before there is a plan.
func onTape(e *entry) (op, []*entry) { return e.op, e.in }

// run adds the backward pass to b's plan.
func (k *backprop) run(b *builder) {
	inner := map[*entry]bool{} // all that fusion has hidden and is a target
	inputs := func(e *entry) (op, []*entry) {
		n := b.plan.find(e)
		if n == nil || n.out != e {
			if _, ok := e.op.(leaf); !ok {
				b.value(e)
			}
			return e.op, e.in
		}
		if slices.ContainsFunc(n.chain, func(c *entry) bool { return c != e && inner[c] }) {
			b.split(n)
			return e.op, e.in
		}
		return n.op, n.in
	}
	for e := range k.targets {
		inner[e] = true
	}
	wanted, order := reaches(k.loss, func(e *entry) bool { _, ok := k.targets[e]; return ok }, inputs)
	k.wanted, k.grads, k.extra, k.refs = wanted, map[*entry]engine.Buffer{}, map[*node]engine.Buffer{}, map[engine.Buffer]int{}
	k.pending, k.undone = map[*entry]int{}, map[*node]bool{}
	outer := b.back
	b.back = k
	for _, e := range order {
		k.count(b, e, 1)
	}
	b.grad(k.loss, func(dst engine.Buffer) {
		k.one = dst
		k.refs[dst]++ // never given back and never added to: ops compare dy with it
		b.add("ones", func(s engine.Stream) error { return s.Fill(engine.Fill{Y: dst, Value: 1}) })
	})
	for _, e := range slices.Backward(order) {
		n := b.plan.find(e)
		if n == nil || n.out != e || !wanted[e] {
			continue
		}
		k.count(b, e, -1)
		dy, ok := k.grads[e]
		extra, more := k.extra[n]
		if !ok && !more {
			continue
		}
		if d, is := n.op.(differentiable); is {
			if slices.ContainsFunc(n.in, func(x *entry) bool { return wanted[x] }) {
				b.fresh(n, "a gradient")
				in := b.node
				b.node = n
				d.backward(b, n, dy)
				b.node = in
			}
		}
		if more {
			k.drop(b, extra)
		}
		if _, is := k.targets[e]; !is && ok {
			k.drop(b, dy)
		}
	}
	b.back = outer
}

// count adds change to pending for each input of e that may get a gradient from it.
func (k *backprop) count(b *builder, e *entry, change int) {
	n := b.plan.find(e)
	if n == nil || n.out != e || !k.wanted[e] {
		return
	}
	if _, is := n.op.(differentiable); !is {
		return
	}
	for i, x := range n.in {
		if b.wants(n, i) {
			k.pending[x] += change
		}
	}
}

// drop gives dy back when nobody has it any more.
func (k *backprop) drop(b *builder, dy engine.Buffer) {
	if k.refs[dy]--; k.refs[dy] == 0 {
		delete(k.refs, dy)
		b.done(dy)
	}
}

// owns reports whether n's backward may overwrite dy, the gradient of its value, which nobody else has or asks for.
func (b *builder) owns(n *node, dy engine.Buffer) bool {
	_, asked := b.back.targets[n.out]
	return !asked && b.back.refs[dy] == 1
}

// wants reports whether input i of n needs a gradient.
func (b *builder) wants(n *node, i int) bool {
	if i >= len(n.in) || !b.back.wanted[n.in[i]] {
		return false
	}
	bl, is := n.op.(blocker)
	return n.in[i].dtype.Real() && !(is && bl.blocks(i))
}

// grad adds a contribution to the gradient of x: write adds the calls that set dst, all of it, to the contribution.
func (b *builder) grad(x *entry, write func(dst engine.Buffer)) {
	k := b.back
	n, t := size(x.shape), x.dtype
	old, ok := k.grads[x]
	if !ok {
		dst := k.targets[x]
		if dst.Absent() {
			dst = b.temp(n, t)
		}
		write(dst)
		k.set(x, dst)
		return
	}
	part := b.temp(n, t)
	write(part)
	sum := old
	if k.refs[old] > 1 { // others have it too
		sum = b.temp(n, t)
		k.drop(b, old)
		k.set(x, sum)
	}
	b.binary("add", engine.Add, sum, old, part)
	b.done(part)
}

// share adds dy itself as a contribution to the gradient of x, which has as many elements.
func (b *builder) share(x *entry, dy engine.Buffer) {
	k := b.back
	if dst, fixed := k.targets[x]; !fixed || dst.Absent() {
		if _, ok := k.grads[x]; !ok {
			k.set(x, dy)
			return
		}
	}
	b.grad(x, func(dst engine.Buffer) {
		b.add("copy", func(s engine.Stream) error { return s.Copy(engine.Copy{Y: dst, X: dy}) })
	})
}

func (k *backprop) set(x *entry, g engine.Buffer) {
	k.grads[x] = g
	k.refs[g]++
}

// gradients is dloss/dx for each x: in[0] is the loss. Its values are aux, taken by pick.
type gradients struct{}

func (gradients) name() string                          { return "gradients" }
func (gradients) infer(*Pass, []*entry) (shape, string) { return shape{}, "" }
func (gradients) forward(b *builder, n *node) {
	k := &backprop{loss: n.in[0], targets: map[*entry]engine.Buffer{}}
	reached := n.out.reached()
	for i, x := range n.in[1:] {
		if _, twice := k.targets[x]; reached[i] && !twice {
			k.targets[x] = b.alloc(size(x.shape), x.dtype)
		}
	}
	k.run(b)
	for _, x := range n.in[1:] {
		n.aux = append(n.aux, k.targets[x])
	}
}

// pick is result i of gradients.
type pick struct{ i int }

func (pick) name() string                                 { return "gradient" }
func (o pick) infer(_ *Pass, in []*entry) (shape, string) { return like(in[0].in[1+o.i]), "" }
func (o pick) forward(b *builder, n *node) {
	b.value(n.in[0])
	n.y = b.plan.find(n.in[0]).aux[o.i]
}

// Gradients returns dloss/dx for each x, computed by one backward pass; nil where x does not reach loss.
// An optimizer's Minimize is the usual way to call it. The loss has one element.
func (p *Pass) Gradients(loss *Tensor, xs ...*Tensor) []*Tensor {
	p.scalarLoss("Gradients", loss)
	g := record(p, gradients{}, append([]*Tensor{loss}, xs...)...)
	out := make([]*Tensor, len(xs))
	for i := range xs {
		if g.e.reached()[i] {
			out[i] = record(p, pick{i}, g)
		}
	}
	return out
}

func (p *Pass) scalarLoss(op string, loss *Tensor) {
	p.check(op, loss)
	if loss.param != nil {
		fail(op, "the loss is a parameter", loss.Shape())
	}
	if loss.Len() != 1 || !loss.e.dtype.Real() {
		fail(op, "the loss must be one real number: take its Mean or Sum", loss.Shape())
	}
}

// reached says which of the inputs behind the first, the loss, it depends on.
func (e *entry) reached() []bool {
	if e.reach == nil {
		_, order := reaches(e.in[0], func(*entry) bool { return false }, onTape)
		for _, x := range e.in[1:] {
			e.reach = append(e.reach, x.dtype.Real() && slices.Contains(order, x))
		}
	}
	return e.reach
}
