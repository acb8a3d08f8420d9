package tensor

import (
	"fmt"
	"iter"

	"github.com/braidml/braid/internal/engine"
)

// A Pass is one forward pass and, in training, its backward passes and updates: the life of every tensor made in it.
//
// Passes reuse memory: the second pass of the same shapes allocates nothing on the device, and handles only on Go's heap.
// A Pass belongs to one goroutine; use one per goroutine to compute in parallel.
type Pass struct {
	dev    *Device // nil where only shapes are inferred
	stream engine.Stream
	mode   Mode
	open   bool
	gen    uint32
	moves  uint64 // dev.moves when the tape began

	root, cur *entry            // the trie of tapes, and the place in it
	leaves    map[*param]*entry // parameters used so far
	last      *plan             // of this step so far
	chunk     []Tensor          // handles to give out
	operands  []*entry          // scratch of record

	values, inputs arena
	inMark         mark
	plain          map[string]bool // fused forms that the engine does not have
	plans          int             // in the trie

	state   engine.Buffer // of the random numbers
	seed    [2]uint64     // seed and step
	seeded  bool          // state holds them
	scratch []byte
	run     func() error // runs the plan in running, made once
	running *plan

	logs    []logged
	undo    []func()
	context map[any]any
	given   map[*entry]Array // inputs, where only shapes are inferred
}

type logged struct {
	name string
	t    *Tensor
}

func newPass(d *Device, m Mode, s engine.Stream) *Pass {
	p := &Pass{dev: d, stream: s, mode: m, values: arena{d: d}, inputs: arena{d: d}, plain: map[string]bool{}}
	p.run = p.runCalls
	p.forget()
	return p
}

// forget drops every tape.
func (p *Pass) forget() {
	p.discard(p.root)
	p.root = &entry{}
	p.leaves = map[*param]*entry{}
	if p.dev != nil {
		p.moves = p.dev.moves.Load()
	}
}

func (p *Pass) begin() {
	if p.moves != p.dev.moves.Load() || len(p.leaves) > maxLeaves {
		p.forget()
	}
	p.rewind()
	p.seed = [2]uint64{p.dev.opt.Seed, p.dev.steps.Add(1)}
	p.open = true
}

// rewind goes to the start of the tape. Handles given out so far become stale.
func (p *Pass) rewind() {
	p.gen++
	p.cur, p.last, p.inMark, p.seeded = p.root, nil, mark{}, false
	p.logs, p.undo, p.context = p.logs[:0], p.undo[:0], nil
}

// drop forgets what is recorded and not computed.
func (p *Pass) drop() {
	for i := len(p.undo) - 1; i >= 0; i-- {
		p.undo[i]()
	}
	p.rewind()
}

func (p *Pass) free() {
	p.forget()
	p.values.free()
	p.inputs.free()
	if !p.state.Absent() {
		p.dev.release(p.state.Mem)
		p.state = engine.Buffer{}
	}
	if p.stream != nil {
		p.stream.Close() // an idle stream holds nothing that could be lost
		p.stream = nil
	}
}

// Training reports whether the pass was opened with mode [Training].
func (p *Pass) Training() bool { return p.mode == Training }

// Device is the device that the pass computes on, nil within [Shapes].
func (p *Pass) Device() *Device { return p.dev }

// Shapes calls f with a pass that only infers shapes: nothing is computed, no device is needed, and reading a value is
// a mistake. It returns f's error or the caller's mistake.
func Shapes(m Mode, f func(*Pass) error) error {
	p := &Pass{mode: m, open: true}
	p.forget()
	p.rewind()
	return Try(func() error { return f(p) })
}

func (p *Pass) real() engine.DType {
	if p.dev == nil {
		return engine.F32
	}
	return p.dev.real
}

// Use brings a parameter into the pass, for expressions that hold parameters only (a weight penalty, say).
// Operations that join a parameter with a tensor of a pass need no Use.
func (p *Pass) Use(param *Tensor) *Tensor {
	if param == nil || param.param == nil {
		fail("Use", "not a parameter")
	}
	return p.handle(p.leaf(param.param))
}

// Seed fixes the random numbers of this pass. Trainers call it with their seed and step, so that a resumed run
// draws what the uninterrupted run would have drawn. Call it before the first operation that draws.
func (p *Pass) Seed(seed, step uint64) {
	p.seed = [2]uint64{seed, step}
	p.seeded = false
}

// sow writes seed and step where the random operations read them, once per step.
func (p *Pass) sow() {
	if p.dev == nil || p.seeded {
		return
	}
	if p.state.Absent() {
		mem, err := p.dev.alloc(16)
		if err != nil {
			panic(&Error{Op: "Seed", Err: err})
		}
		p.state = engine.Buffer{Mem: mem, Len: 4, DType: engine.I32}
	}
	s := p.seed
	p.upload(p.state, ArrayOf([]int32{int32(s[0]), int32(s[0] >> 32), int32(s[1]), int32(s[1] >> 32)}, 4))
	p.seeded = true
}

// Log records a scalar under a name for the trainer's progress and history. It does not wait for the value.
func (p *Pass) Log(name string, scalar *Tensor) {
	if scalar.Len() != 1 {
		fail("Log", fmt.Sprintf("%q has %d elements, want 1", name, scalar.Len()), scalar.Shape())
	}
	p.logs = append(p.logs, logged{name, scalar})
}

// Logged yields what Log recorded since the start of the pass, in order.
func (p *Pass) Logged() iter.Seq2[string, *Tensor] {
	return func(yield func(string, *Tensor) bool) {
		for _, l := range p.logs {
			if !yield(l.name, l.t) {
				return
			}
		}
	}
}

// Context is what SetContext kept under key, or nil, as with context.Context: how a layer finds who watches it.
func (p *Pass) Context(key any) any { return p.context[key] }

// SetContext keeps a value with the pass until it ends.
func (p *Pass) SetContext(key, value any) {
	if p.context == nil {
		p.context = map[any]any{}
	}
	p.context[key] = value
}

// OnFailure calls undo if what is recorded so far is dropped instead of computed: for host state, such as a count of
// steps, that must move with the device's.
func (p *Pass) OnFailure(undo func()) { p.undo = append(p.undo, undo) }

// Sync computes everything recorded so far and waits for it.
func (p *Pass) Sync() error {
	return Try(func() error {
		p.flush(nil)
		if p.dev == nil {
			return nil
		}
		return p.dev.eng.Do(p.stream.Sync)
	})
}

// Ops lists the operations computed since the start of the pass, one per line as the engine gets them
// ("conv2d+relu+maxpool2 [32 222 222 64] -> [32 110 110 128]"; a gradient has its operation's shapes). Tests of fusion read it.
func (p *Pass) Ops() []string {
	p.flush(nil)
	var plans []*plan
	for pl := p.last; pl != nil; pl = pl.prev {
		plans = append(plans, pl)
	}
	var names []string
	for i := len(plans) - 1; i >= 0; i-- {
		for _, c := range plans[i].calls {
			names = append(names, c.name)
		}
	}
	return names
}

// Close computes what is left and frees the pass's memory for the next one.
func (p *Pass) Close() error {
	if !p.open {
		return nil
	}
	err := p.Sync()
	if err != nil {
		p.drop()
	}
	if p.dev != nil {
		p.dev.give(p)
	}
	return err
}

// read computes t and copies its values to the host.
func (p *Pass) read(t *Tensor) Array {
	p.check("Array", t)
	if p.dev == nil {
		fail("Array", "there are no values within Shapes", t.Shape())
	}
	a, dst := host(t.e.dtype, t.e.shape)
	if len(dst) == 0 {
		return a
	}
	src := p.need(t.e)
	err := p.dev.eng.Do(func() error {
		if err := p.stream.Download(dst, src); err != nil {
			return err
		}
		return p.stream.Sync()
	})
	if err != nil {
		panic(&Error{Op: "Array", Shapes: [][]int{t.Shape()}, Err: err})
	}
	return a
}

func (p *Pass) upload(b engine.Buffer, a Array) {
	src := bytesAs(a, b.DType, &p.scratch)
	if err := p.dev.eng.Do(func() error { return p.stream.Upload(b, src) }); err != nil {
		panic(&Error{Op: "Input", Shapes: [][]int{a.Shape()}, Err: err})
	}
}
