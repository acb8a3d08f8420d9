package tensor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/engine"
)

// plan is what one flush computes: a list of engine calls with their buffers. It belongs to the flush's place on the tape.
type plan struct {
	prev   *plan // the one before it in the step
	nodes  map[*entry]*node
	writes map[*param]int // versions after this plan
	calls  []call
	end    mark // of the arena
	used   uint32
	graph  engine.Graph
	runs   int
}

type call struct {
	name  string
	run   func(engine.Stream) error
	node  *node // whose call it is
	write bool  // it changes a parameter
}

// node is one computation in a plan: an entry, or several fused into one. It belongs to the plan, not to the entries:
// the same tape may go on in different ways, and then be fused in different ways.
type node struct {
	op    op
	in    []*entry
	out   *entry
	again bool     // it was computed before, fused: what it changes beside its value has been changed
	chain []*entry // where it is fused: head to tail; the entries before the tail have no value
	y     engine.Buffer
	aux   []engine.Buffer // what the forward keeps for the backward; further results
	saw   map[*param]int  // versions of the parameters that forward read
}

// find is the newest that is known about e in the step so far.
func (pl *plan) find(e *entry) *node {
	for ; pl != nil; pl = pl.prev {
		if n := pl.nodes[e]; n != nil {
			return n
		}
	}
	return nil
}

// version counts the writes to q in the step so far.
func (pl *plan) version(q *param) int {
	for ; pl != nil; pl = pl.prev {
		if v, ok := pl.writes[q]; ok {
			return v
		}
	}
	return 0
}

// flush is the place on the tape where what was recorded is computed; want, if not nil, has a value afterwards.
type flush struct{ want *entry }

func (flush) name() string                          { return "flush" }
func (flush) infer(*Pass, []*entry) (shape, string) { return shape{}, "" }
func (flush) forward(*builder, *node)               {}

// need computes e and gives its buffer.
func (p *Pass) need(e *entry) engine.Buffer {
	if b, ok := p.known(e); ok && p.flushed() {
		return b
	}
	p.flush(e)
	b, _ := p.known(e)
	return b
}

func (p *Pass) flushed() bool {
	_, ok := p.cur.op.(flush)
	return ok || p.cur == p.root
}

// known is e's buffer, if it has been computed.
func (p *Pass) known(e *entry) (engine.Buffer, bool) {
	switch o := e.op.(type) {
	case leaf:
		b, err := o.q.on(p.dev)
		if err != nil {
			panic(&Error{Op: "Use", Shapes: [][]int{e.shape}, Err: err})
		}
		return b, true
	case input:
		return e.buf, true
	}
	if n := p.last.find(e); n != nil && n.out == e {
		return n.y, true
	}
	return engine.Buffer{}, false
}

// flush computes what was recorded since the last flush.
func (p *Pass) flush(want *entry) {
	if p.dev == nil || want == nil && p.flushed() {
		return
	}
	if p.moves != p.dev.moves.Load() {
		fail("flush", "a parameter was moved (Device.Place, NewFlat) while the pass was open")
	}
	e := find(p.cur, flush{want}, nil)
	if e == nil {
		e = insert(p, flush{want}, nil)
	}
	e.used = p.gen
	at := p.cur
	p.cur = e
	ok := false
	defer func() {
		if !ok { // what failed is not remembered
			p.cur = at
			at.kids = slices.DeleteFunc(at.kids, func(k *entry) bool { return k == e })
		}
	}()
	for {
		if e.plan == nil {
			p.bound()
			e.plan = p.build(e)
			p.plans++
		}
		err := p.execute(e.plan)
		if n := (*unfused)(nil); errors.As(err, &n) {
			p.plain[n.form] = true
			p.plans--
			e.plan = nil
			continue
		}
		if err != nil {
			p.plans--
			if _, is := err.(*Error); !is {
				err = &Error{Op: "flush", Err: err}
			}
			panic(err)
		}
		break
	}
	ok = true
	p.last = e.plan
	p.undo = p.undo[:0]
}

// unfused says that the engine lacks a fused form and nothing was written yet: the plan can be made again without.
type unfused struct{ form string }

func (u *unfused) Error() string { return "the engine has no " + u.form }

// execute runs pl: the list, or the graph it became.
func (p *Pass) execute(pl *plan) error {
	p.running = pl
	err := p.dev.eng.Do(p.run)
	p.running = nil
	if err == nil {
		if pl.runs++; pl.runs == 1 {
			p.dev.ops.Add(int64(len(pl.calls)))
		} else {
			p.dev.replays.Add(1)
		}
		pl.used = p.gen
	}
	return err
}

// runCalls runs the plan's list; the second time it is captured, where the engine can do that, and from then on launched.
func (p *Pass) runCalls() error {
	pl := p.running
	if pl.graph != nil {
		return pl.graph.Launch()
	}
	capture, ok := p.stream.(engine.Replayer)
	if !ok || pl.runs != 1 || p.dev.opt.Eager {
		return p.queue(pl)
	}
	if err := capture.BeginCapture(); err != nil {
		return err
	}
	failed := p.queue(pl)
	g, err := capture.EndCapture() // in any case: the stream must not stay in capture
	switch {
	case failed == nil && err == nil:
		pl.graph = g
		return g.Launch()
	case failed == nil:
		return err
	case err == nil:
		return errors.Join(failed, g.Close())
	}
	return failed
}

func (p *Pass) queue(pl *plan) error {
	wrote := false
	for i := range pl.calls {
		c := &pl.calls[i]
		if err := c.run(p.stream); err != nil {
			if errors.Is(err, engine.ErrUnsupported) && len(c.node.chain) > 0 && !wrote {
				return &unfused{c.node.form()}
			}
			return c.fault(err)
		}
		wrote = wrote || c.write
	}
	return nil
}

func (c *call) fault(err error) error {
	e := &Error{Op: c.name, Err: err}
	if c.node != nil && c.node.out != nil {
		e.Op, e.At = public(c.node.op.name()), c.node.out.at
		for _, in := range c.node.in {
			e.Shapes = append(e.Shapes, in.shape)
		}
	}
	return e
}

// form names what was fused, "conv2d+relu+maxpool2".
func (n *node) form() string {
	names := make([]string, len(n.chain))
	for i, e := range n.chain {
		names[i] = e.op.name()
	}
	return strings.Join(names, "+")
}

// bound keeps the number of plans of a pass within limits: the least recently used goes, with what follows it.
func (p *Pass) bound() {
	for p.plans >= maxPlans {
		var oldest *entry
		var walk func(*entry)
		walk = func(e *entry) {
			if e.plan != nil && e.used != p.gen && (oldest == nil || e.used < oldest.used) {
				oldest = e
			}
			for _, k := range e.kids {
				walk(k)
			}
		}
		walk(p.root)
		if oldest == nil {
			return // all belong to this very step
		}
		p.discard(oldest)
		q := oldest.parent
		q.kids = slices.DeleteFunc(q.kids, func(k *entry) bool { return k == oldest })
	}
}

func describe(name string, n *node) string {
	var b strings.Builder
	b.WriteString(name)
	for i, e := range n.in {
		if _, ok := e.op.(leaf); !ok || i == 0 {
			fmt.Fprintf(&b, " %v", e.shape)
		}
	}
	if n.out != nil {
		fmt.Fprintf(&b, " -> %v", n.out.shape)
	}
	return b.String()
}
