package tensor

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/engine"
)

// op is an operation on the tape: a comparable struct of its settings. Forward adds engine calls to a plan.
type op interface {
	name() string
	// infer gives the result's shape and type; rule != "" is the caller's mistake.
	infer(p *Pass, in []*entry) (s shape, rule string)
	forward(b *builder, n *node)
}

// differentiable ops add the engine calls that carry dy, the gradient of n's value, to n's inputs.
type differentiable interface {
	backward(b *builder, n *node, dy engine.Buffer)
}

// blocker is a differentiable op that has no gradient for some inputs.
type blocker interface{ blocks(input int) bool }

// drawing ops use random numbers: each has a site of its own on the tape.
type drawing interface{ draws() }

type shape struct {
	dims  []int
	dtype engine.DType
}

func like(e *entry) shape { return shape{e.shape, e.dtype} }

// entry is an operation in a trie of tapes. A pass walks the trie; what it has seen before it does not redo.
type entry struct {
	op     op
	in     []*entry
	parent *entry
	kids   []*entry
	shape  []int
	dtype  engine.DType
	used   uint32        // the pass's step that came here last
	sites  uint32        // drawing operations up to here
	plan   *plan         // at a flush
	buf    engine.Buffer // of an input
	inMark mark          // behind an input
	reach  []bool        // at a gradient: which of the targets the loss depends on
	at     string
}

// Bounds of the trie: the entry or plan that was not used for the longest time goes.
const (
	maxKids   = 8
	maxPlans  = 64
	maxLeaves = 100_000 // parameters that a pass remembers: who makes new ones in each step must not fill the memory
)

// handle gives out a tensor: 32 bytes, made in chunks, never reused.
func (p *Pass) handle(e *entry) *Tensor {
	if len(p.chunk) == 0 {
		p.chunk = make([]Tensor, 256)
	}
	t := &p.chunk[0]
	p.chunk = p.chunk[1:]
	t.e, t.p, t.gen = e, p, p.gen
	return t
}

// leaf is the entry of a parameter, the same in every step: parameters stand beside the tape.
func (p *Pass) leaf(q *param) *entry {
	e := p.leaves[q]
	if e == nil {
		e = &entry{op: leaf{q}, shape: q.shape, dtype: p.real()}
		p.leaves[q] = e
	}
	return e
}

// check fails if t cannot be used in p now.
func (p *Pass) check(op string, t *Tensor) {
	switch {
	case t == nil:
		fail(op, "an operand is nil")
	case t.param != nil:
	case t.p != p && t.p.dev != p.dev:
		fail(op, fmt.Sprintf("an operand belongs to another device (%v, the pass is on %v): carry it over by Array", t.p.dev, p.dev), t.Shape())
	case t.p != p:
		fail(op, "an operand belongs to another pass", t.Shape())
	case t.gen != p.gen:
		fail(op, "an operand is of an earlier step: carry values over by Array, or in a frozen parameter", t.Shape())
	}
	if !p.open {
		fail(op, "the pass is closed")
	}
}

// recordable is what the tape compares without boxing.
type recordable interface {
	comparable
	op
}

// record is the whole recorder.
func record[O recordable](p *Pass, o O, in ...*Tensor) *Tensor {
	es := p.operands[:0]
	for _, t := range in {
		p.check(o.name(), t)
		if t.param != nil {
			es = append(es, p.leaf(t.param))
		} else {
			es = append(es, t.e)
		}
	}
	p.operands = es
	e := find(p.cur, o, es)
	if e == nil {
		e = insert(p, o, slices.Clone(es))
	}
	e.used = p.gen
	p.cur = e
	if e.sites != e.parent.sites {
		p.sow()
	}
	t := p.handle(e)
	if p.dev != nil && p.dev.opt.Eager {
		p.flush(e)
	}
	return t
}

// find looks among the entries that followed cur before.
func find[O recordable](cur *entry, o O, in []*entry) *entry {
next:
	for _, k := range cur.kids {
		ko, ok := k.op.(O)
		if !ok || ko != o || len(in) != len(k.in) {
			continue
		}
		for i, e := range in {
			if k.in[i] != e {
				continue next
			}
		}
		return k
	}
	return nil
}

// insert adds a new entry behind p.cur.
func insert(p *Pass, o op, in []*entry) *entry {
	s, rule := o.infer(p, in)
	if rule == "" && len(s.dims) > engine.Rank {
		rule = fmt.Sprintf("%d dimensions, at most %d are possible", len(s.dims), engine.Rank)
	}
	if rule != "" {
		shapes := make([][]int, len(in))
		for i, e := range in {
			shapes[i] = e.shape
		}
		fail(o.name(), rule, shapes...)
	}
	e := &entry{op: o, in: in, parent: p.cur, shape: s.dims, dtype: s.dtype, sites: p.cur.sites, at: here()}
	if _, ok := o.(drawing); ok {
		e.sites++
	}
	if len(p.cur.kids) >= maxKids {
		oldest := slices.MinFunc(p.cur.kids, func(a, b *entry) int { return int(a.used) - int(b.used) })
		p.discard(oldest)
		p.cur.kids = slices.DeleteFunc(p.cur.kids, func(k *entry) bool { return k == oldest })
	}
	p.cur.kids = append(p.cur.kids, e)
	return e
}

// discard drops the plans at and behind e, with the graphs that they became.
func (p *Pass) discard(e *entry) {
	if e == nil {
		return
	}
	if e.plan != nil {
		p.plans--
		if g := e.plan.graph; g != nil {
			// A graph that cannot be destroyed is lost; nothing that is computed depends on it.
			_ = p.dev.eng.Do(g.Close)
		}
	}
	for _, k := range e.kids {
		p.discard(k)
	}
}

// library is whose frames are passed over when a mistake is located: the line that matters is the user's.
var library = []string{
	"github.com/braidml/braid/tensor.", "github.com/braidml/braid/layers.",
	"github.com/braidml/braid/models.", "github.com/braidml/braid/optim.", "fmt.",
}

// here is the caller of this library, "file.go:12".
func here() string {
	var pcs [32]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		inside := slices.ContainsFunc(library, func(p string) bool { return strings.HasPrefix(f.Function, p) })
		if !inside || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

// leaf is a parameter.
type leaf struct{ q *param }

func (leaf) name() string                                { return "parameter" }
func (o leaf) infer(p *Pass, _ []*entry) (shape, string) { return shape{o.q.shape, p.real()}, "" }
func (leaf) forward(*builder, *node)                     {}
