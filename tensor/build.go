package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// builder makes a plan out of the entries since the last flush.
type builder struct {
	p    *Pass
	plan *plan
	node *node // whose calls are being added
	mark mark
	back *backprop       // the backward pass that is being added, or nil
	free []engine.Buffer // temporaries that were given back
}

// build makes the plan of the flush at f.
func (p *Pass) build(f *entry) *plan {
	var seg []*entry
	for e := f.parent; e != p.root && e.plan == nil; e = e.parent {
		seg = append(seg, e)
	}
	slices.Reverse(seg)
	b := &builder{p: p, plan: &plan{prev: p.last, nodes: map[*entry]*node{}, writes: map[*param]int{}}}
	if p.last != nil {
		b.mark = p.last.end
	}
	want := f.op.(flush).want
	if !p.dev.opt.NoFusion {
		b.fuse(seg, want)
	}
	for _, e := range seg {
		switch n := b.plan.nodes[e]; {
		case n == nil:
			b.compute(&node{op: e.op, in: e.in, out: e})
		case n.chain != nil && n.chain[0] == e:
			// At the place of the head: an update of its weights may stand between head and tail.
			b.compute(n)
		}
	}
	if want != nil {
		b.value(want)
	}
	b.plan.end = b.mark
	return b.plan
}

// compute adds n's forward.
func (b *builder) compute(n *node) {
	if _, ok := n.op.(input); ok {
		return
	}
	b.plan.nodes[n.out] = n
	for i, e := range n.in {
		q, ok := e.op.(leaf)
		if l, is := n.op.(lazy); !ok || is && l.ignores(i) {
			continue
		}
		if n.saw == nil {
			n.saw = map[*param]int{}
		}
		n.saw[q.q] = b.plan.version(q.q)
	}
	outer := b.node
	b.node = n
	n.op.forward(b, n)
	b.node = outer
}

// lazy ops do not read the values of some parameters they are given.
type lazy interface{ ignores(input int) bool }

// value is e's buffer; a value that was fused away is computed again by its own, unfused operation.
func (b *builder) value(e *entry) engine.Buffer {
	switch o := e.op.(type) {
	case leaf:
		buf, err := o.q.on(b.p.dev)
		if err != nil {
			panic(&Error{Op: "Use", Shapes: [][]int{e.shape}, At: e.at, Err: err})
		}
		return buf
	case input:
		return e.buf
	}
	old := b.plan.find(e)
	if old != nil && old.out == e {
		return old.y
	}
	if old != nil {
		b.fresh(old, "reading a value that was fused into "+old.form())
	}
	n := &node{op: e.op, in: e.in, out: e, again: old != nil}
	b.compute(n)
	return n.y
}

// fresh fails if a parameter that n read has been written since.
func (b *builder) fresh(n *node, what string) {
	for q, v := range n.saw {
		if b.plan.version(q) != v {
			panic(&Error{Op: public(n.op.name()), Shapes: [][]int{n.out.shape}, At: n.out.at,
				Rule: fmt.Sprintf("%s after its parameter %v was updated: do it before the update", what, q)})
		}
	}
}

// wrote notes that the call just added changes q.
func (b *builder) wrote(q *param) {
	b.plan.calls[len(b.plan.calls)-1].write = true
	touch := func(q *param) { b.plan.writes[q] = b.plan.version(q) + 1 }
	touch(q)
	switch f := q.flat; {
	case f == nil:
	case !q.whole: // a window: the vector changes with it
		touch(f.Value.param)
	case q == f.Value.param:
		for _, t := range f.params {
			touch(t.param)
		}
	}
}

// add adds an engine call.
func (b *builder) add(name string, run func(engine.Stream) error) {
	if b.back != nil {
		name += " bwd"
	}
	b.plan.calls = append(b.plan.calls, call{name: describe(name, b.node), run: run, node: b.node})
}

// alloc is memory for n elements that lasts until the pass ends.
func (b *builder) alloc(n int, t engine.DType) engine.Buffer {
	buf, err := b.p.values.alloc(&b.mark, n, t)
	if err != nil {
		panic(&Error{Op: public(b.node.op.name()), Shapes: [][]int{b.node.out.shape}, At: b.node.out.at, Err: err})
	}
	return buf
}

// result gives n's value memory.
func (b *builder) result(n *node) engine.Buffer {
	n.y = b.alloc(size(n.out.shape), n.out.dtype)
	return n.y
}

// temp is memory that lasts until done is called with it, or as long as alloc's if nobody does. It is a part of the
// smallest free piece that holds it.
func (b *builder) temp(n int, t engine.DType) engine.Buffer {
	need := aligned(n * t.Size())
	best := -1
	for i, f := range b.free {
		if f.Len >= need && (best < 0 || f.Len < b.free[best].Len) {
			best = i
		}
	}
	if best < 0 || each && b.free[best].Len > need {
		return b.alloc(n, t)
	}
	f := &b.free[best]
	buf := engine.Buffer{Mem: f.Mem, Off: f.Off, Len: n, DType: t}
	if *f = f.Window(need, f.Len-need); f.Len == 0 {
		b.free = slices.Delete(b.free, best, best+1)
	}
	return buf
}

// done gives a temporary back. Free pieces that touch become one.
func (b *builder) done(buf engine.Buffer) {
	if buf.Len == 0 {
		return
	}
	whole := engine.Buffer{Mem: buf.Mem, Off: buf.Off, Len: aligned(buf.Bytes()), DType: engine.U8}
	b.free = slices.DeleteFunc(b.free, func(f engine.Buffer) bool {
		switch {
		case f.Mem != whole.Mem:
			return false
		case f.Off+f.Len == whole.Off:
			whole.Off, whole.Len = f.Off, f.Len+whole.Len
			return true
		case whole.Off+whole.Len == f.Off:
			whole.Len += f.Len
			return true
		}
		return false
	})
	b.free = append(b.free, whole)
}

// alias is e's value for a node that shares it. A parameter's is copied: the node's must not change with an update.
func (b *builder) alias(e *entry) engine.Buffer {
	x := b.value(e)
	if _, ok := e.op.(leaf); !ok {
		return x
	}
	y := b.alloc(x.Len, x.DType)
	b.add("copy", func(s engine.Stream) error { return s.Copy(engine.Copy{Y: y, X: x}) })
	return y
}

// fuser is an op that can take its only consumer into itself. It returns the fused op.
type fuser interface{ absorb(next op) (op, bool) }

// adder is an op that can take an addition into itself: the fused op has r as a further input.
type adder interface {
	plus(n *node, r *entry) (op, bool)
}

// writer is an op that may change parameters.
type writer interface{ writes() bool }

// fuse is the look-ahead: an op whose only consumer agrees becomes one with it. "Only" is for speed: a value that is
// needed although it was fused away is computed when it is asked for.
func (b *builder) fuse(seg []*entry, want *entry) {
	users, place := map[*entry][]*entry{}, map[*entry]int{}
	for i, e := range seg {
		place[e] = i
		for _, x := range e.in {
			users[x] = append(users[x], e)
		}
	}
	if want != nil {
		users[want] = append(users[want], nil)
	}
	for _, head := range seg {
		if b.plan.nodes[head] != nil {
			continue
		}
		n := &node{op: head.op, in: head.in, out: head, chain: []*entry{head}}
		// A fused op runs at the place of its head: whether x then has the value that it has behind the head.
		ready := func(x, tail *entry) bool {
			switch x.op.(type) {
			case input:
				return true
			case leaf:
				return !slices.ContainsFunc(seg[place[head]:place[tail]], func(e *entry) bool {
					w, ok := e.op.(writer)
					return ok && w.writes()
				})
			}
			i, here := place[x]
			return !here || i < place[head]
		}
		for {
			u := users[n.out]
			if len(u) != 1 || u[0] == nil {
				break
			}
			next, ok := n.with(u[0], ready)
			if !ok || b.p.plain[next.form()] {
				break
			}
			n = next
		}
		if len(n.chain) == 1 {
			continue
		}
		for _, e := range n.chain {
			b.plan.nodes[e] = n
		}
	}
}

// with is n after it has taken its consumer into itself.
func (n *node) with(next *entry, ready func(x, tail *entry) bool) (*node, bool) {
	m := &node{in: n.in, out: next, chain: append(slices.Clone(n.chain), next)}
	ok := false
	if sum, is := next.op.(binary); is && sum.op == engine.Add {
		r := next.in[0]
		if r == n.out {
			r = next.in[1]
		}
		if a, is := n.op.(adder); is && slices.Equal(next.shape, n.out.shape) && ready(r, next) {
			m.op, ok = a.plus(n, r)
			m.in = append(slices.Clone(n.in), r)
		}
	} else if f, is := n.op.(fuser); is && next.in[0] == n.out {
		m.op, ok = f.absorb(next.op)
	}
	return m, ok
}

// split undoes a fusion within this plan: each entry of n's chain becomes a node of its own, with a value.
func (b *builder) split(n *node) {
	b.fresh(n, "a gradient with respect to a value within "+n.form())
	for _, e := range n.chain {
		if m := b.plan.find(e); m == nil || m.out != e || m == n {
			b.compute(&node{op: e.op, in: e.in, out: e, again: true})
		}
	}
}
