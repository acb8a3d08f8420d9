package tensor

import "iter"

// A Pass is one forward pass and, in training, its backward passes and updates: the life of every tensor made in it.
//
// Passes reuse memory: the second pass of the same shapes allocates nothing, neither on the device nor on the Go heap.
// A Pass belongs to one goroutine; use one per goroutine to compute in parallel.
type Pass struct{}

// Training reports whether the pass was opened with mode [Training].
func (p *Pass) Training() bool { panic("stub") }

// Input brings a host array into the pass. a may be reused as soon as Input returns. Images of bytes arrive as Uint8
// (see [Tensor.Float]). An absent array gives nil.
func (p *Pass) Input(a Array) *Tensor { panic("stub") }

// From is Input for a slice.
func From[T Elem](p *Pass, data []T, shape ...int) *Tensor { panic("stub") }

// Scalar is a [] tensor whose value may change from step to step without ending the replay of the step,
// unlike a number passed to an operation.
func (p *Pass) Scalar(v float32) *Tensor { panic("stub") }

func (p *Pass) Full(v float32, shape ...int) *Tensor { panic("stub") }
func (p *Pass) Normal(shape ...int) *Tensor          { panic("stub") } // mean 0, deviation 1
func (p *Pass) Uniform(shape ...int) *Tensor         { panic("stub") } // [0, 1)

// Use brings a parameter into the pass, for expressions that hold parameters only (a weight penalty, say).
// Operations that join a parameter with a tensor of a pass need no Use.
func (p *Pass) Use(param *Tensor) *Tensor { panic("stub") }

// Seed fixes the random numbers of this pass. Trainers call it with their seed and step, so that a resumed run
// draws what the uninterrupted run would have drawn.
func (p *Pass) Seed(seed, step uint64) { panic("stub") }

// Gradients returns dloss/dx for each x, computed by one backward pass; nil where x does not reach loss.
// An optimizer's Minimize is the usual way to call it.
func (p *Pass) Gradients(loss *Tensor, xs ...*Tensor) []*Tensor { panic("stub") }

// Log records a scalar under a name for the trainer's progress and history. It does not wait for the value.
func (p *Pass) Log(name string, scalar *Tensor) { panic("stub") }

// Sync computes everything recorded so far and waits for it.
func (p *Pass) Sync() error { panic("stub") }

// Ops lists the operations recorded since the start of the pass, one per line as the engine gets them
// ("conv2d+bias+relu+maxpool2 [32 222 222 64] -> [32 110 110 128]"). Tests of fusion read it.
func (p *Pass) Ops() []string { panic("stub") }

// Close computes what is left and frees the pass's memory.
func (p *Pass) Close() error { panic("stub") }

// Logged yields what Log recorded since the start of the pass, in order.
func (p *Pass) Logged() iter.Seq2[string, *Tensor] { panic("stub") }

// Context and SetContext keep a value with the pass, as context.Context does: how a layer finds who watches it.
func (p *Pass) Context(key any) any       { panic("stub") }
func (p *Pass) SetContext(key, value any) { panic("stub") }

// OnFailure calls undo if what is recorded so far is dropped instead of computed: for host state, such as a count of
// steps, that must move with the device's.
func (p *Pass) OnFailure(undo func()) { panic("stub") }
