package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// rnn is the recurrence over z [n time hidden] with whh; h0 and lengths follow if there are any.
// Its first result is all states; rnnLast takes the second.
type rnn struct{ h0, lengths bool }

func (rnn) name() string { return "rnn" }

// operand is the place of h0 or of the lengths among the inputs, or -1.
func (o rnn) operand(lengths bool) int {
	switch {
	case lengths && o.lengths && o.h0:
		return 3
	case lengths && o.lengths, !lengths && o.h0:
		return 2
	}
	return -1
}

func (o rnn) infer(_ *Pass, in []*entry) (shape, string) {
	z, whh := in[0].shape, in[1].shape
	n, h := z[0], z[2]
	if !slices.Equal(whh, []int{h, h}) {
		return shape{}, fmt.Sprintf("the recurrent weights must be [%d %d]", h, h)
	}
	if i := o.operand(false); i >= 0 && !slices.Equal(in[i].shape, []int{n, h}) {
		return shape{}, fmt.Sprintf("the initial state must be [%d %d]", n, h)
	}
	if i := o.operand(true); i >= 0 && !slices.Equal(in[i].shape, []int{n}) {
		return shape{}, fmt.Sprintf("the lengths must be [%d]", n)
	}
	return like(in[0]), ""
}

func (o rnn) sizes(n *node) (rows, time, hidden int) {
	s := n.out.shape
	return s[0], s[1], s[2]
}

func (o rnn) optional(b *builder, n *node, lengths bool) engine.Buffer {
	if i := o.operand(lengths); i >= 0 {
		return b.value(n.in[i])
	}
	return engine.Buffer{}
}

func (o rnn) forward(b *builder, n *node) {
	rows, time, hidden := o.sizes(n)
	c := engine.RNN{Z: b.value(n.in[0]), Whh: b.value(n.in[1]), H: b.result(n), H0: o.optional(b, n, false), Len: o.optional(b, n, true),
		Last: b.alloc(rows*hidden, n.out.dtype), N: rows, T: time, Hidden: hidden}
	n.aux = []engine.Buffer{c.Last}
	b.add("rnn", func(s engine.Stream) error { return s.RNN(c) })
}

func (o rnn) backward(b *builder, n *node, dy engine.Buffer) {
	rows, time, hidden := o.sizes(n)
	c := engine.RNNBwd{DH: dy, DLast: b.back.extra[n], H: n.y, Whh: b.value(n.in[1]), H0: o.optional(b, n, false), Len: o.optional(b, n, true),
		N: rows, T: time, Hidden: hidden}
	run := func() { b.add("rnn", func(s engine.Stream) error { return s.RNNBwd(c) }) }
	into := func(i int, dst *engine.Buffer, then func()) func() { // then, with the gradient of input i going to dst
		if i < 0 || !b.wants(n, i) {
			return then
		}
		return func() { b.grad(n.in[i], func(g engine.Buffer) { *dst = g; then() }) }
	}
	last := run
	if !b.wants(n, 0) {
		c.DZ = b.temp(rows*time*hidden, n.out.dtype)
		defer b.done(c.DZ)
	}
	into(0, &c.DZ, into(1, &c.DWhh, into(o.operand(false), &c.DH0, last)))()
}

// rnnLast is the state of an rnn behind the last token of each row.
type rnnLast struct{}

func (rnnLast) name() string { return "rnn last" }
func (rnnLast) infer(_ *Pass, in []*entry) (shape, string) {
	s := in[0].shape
	return shape{[]int{s[0], s[2]}, in[0].dtype}, ""
}
func (rnnLast) forward(b *builder, n *node) {
	b.value(n.in[0])
	n.y = b.plan.find(n.in[0]).aux[0]
}
func (rnnLast) backward(b *builder, n *node, dy engine.Buffer) {
	from := b.plan.find(n.in[0])
	b.back.extra[from] = dy
	b.back.refs[dy]++ // kept until the rnn's own backward
}

// RNN runs h[t] = tanh(x[t]·wihᵀ + h[t-1]·whhᵀ + b) over x [n,time,in] in one call and returns all states
// [n,time,hidden] and the last [n,hidden]. wih is [hidden,in], whh [hidden,hidden], b [hidden] or nil.
// h0 [n,hidden] nil is zeros; lengths [n] nil means all of time: after its length a row's state stays as it is.
// torch.nn.RNN(batch_first=True), with one bias instead of a sum of two.
func RNN(x, wih, whh, b, h0, lengths *Tensor) (states, last *Tensor) {
	p := x.pass("rnn", wih, whh, b, h0, lengths)
	if s := x.Shape(); len(s) != 3 {
		fail("rnn", "want a sequence [n time in]", s)
	}
	if wih.Rank() != 2 || whh.Rank() != 2 {
		fail("rnn", "want weights [hidden in] and [hidden hidden]", wih.Shape(), whh.Shape())
	}
	in := []*Tensor{x.Linear(wih, b), whh}
	if h0 != nil {
		in = append(in, h0)
	}
	if lengths != nil {
		in = append(in, lengths.Int())
	}
	states = record(p, rnn{h0 != nil, lengths != nil}, in...)
	return states, record(p, rnnLast{}, states)
}
