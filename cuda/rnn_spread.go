//go:build linux && cgo && !cpu

package cuda

import (
	"slices"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
	"gorgonia.org/cu"
)

// rnnLimits chooses how recurrences run. Tests change it.
type rnnLimits struct {
	// alone is up to how many hidden units a block has the whole recurrence of its rows, where its weights could also be
	// spread over several. It reads a word of shared memory for each product, the other kernels one for four or more; below
	// this that costs less than what blocks wait for each other.
	alone   int
	spreads []rnnSpread // how weights can be spread, the best first
}

// rnnSpread is a pair of kernels of kernels/rnn_spread.cu or kernels/rnn_spread_tc.cu: the columns of a block, the rows of
// the batch that it takes at once, and its bytes of shared memory; false if it cannot have so many hidden units.
type rnnSpread struct {
	columns, rows int
	shared        func(w rnnSpread, hidden int) (bytes int, ok bool)
	forward       func(*Stream, spreadForward, spreadPlan) error
	backward      func(*Stream, spreadBackward, spreadPlan) error
}

type (
	spreadForward  = kernels.RNNSpread64FwdF32
	spreadBackward = kernels.RNNSpread64BwdF32
)

var (
	spreadsF32 = []rnnSpread{
		{64, 2, registersOnly, forwardBy[kernels.RNNSpread64FwdF32], backwardBy[kernels.RNNSpread64BwdF32]},
		{32, 4, registersAndShared, forwardBy[kernels.RNNSpread32FwdF32], backwardBy[kernels.RNNSpread32BwdF32]},
	}
	spreadsTF32 = []rnnSpread{
		{64, 8, shareOf(8), forwardBy[kernels.RNNSpread64FwdTf32], backwardBy[kernels.RNNSpread64BwdTf32]},
		{32, 8, shareOf(8), forwardBy[kernels.RNNSpread32FwdTf32], backwardBy[kernels.RNNSpread32BwdTf32]},
	}
	spreadsBF16 = []rnnSpread{
		{64, 8, shareOf(16), forwardBy[kernels.RNNSpread64FwdBf16], backwardBy[kernels.RNNSpread64BwdBf16]},
		{32, 8, shareOf(16), forwardBy[kernels.RNNSpread32FwdBf16], backwardBy[kernels.RNNSpread32BwdBf16]},
	}
)

// limitsOfRNN is for a GPU that can run blocks together, and with the tensor cores of a precision. Weights that are too
// many for those are multiplied in float32.
func limitsOfRNN(together bool, p Precision) rnnLimits {
	l := rnnLimits{alone: 128}
	if together {
		l.spreads = append(slices.Clone(map[Precision][]rnnSpread{TF32: spreadsTF32, BF16: spreadsBF16}[p]), spreadsF32...)
	}
	return l
}

const spanOfK = 128 // weights of a column that a warp has at once: four for each lane

// registersOnly: two tiles of states, weights up to four spans.
func registersOnly(w rnnSpread, hidden int) (int, bool) {
	spans := ceilDiv(hidden, spanOfK)
	return 4 * spanOfK * 2 * w.rows * spans, spans <= 4
}

// registersAndShared: two tiles of states, and what is more than eight spans of weights.
func registersAndShared(w rnnSpread, hidden int) (int, bool) {
	spans := ceilDiv(hidden, spanOfK)
	return 4 * spanOfK * (2*w.rows*spans + max(0, spans-8)*w.columns), true
}

// shareOf is for tensor cores: eight warps have 32 columns each and share k out in pieces of 16, at most so many for each.
// Two tiles of states, and the sums of the shares.
func shareOf(units int) func(rnnSpread, int) (int, bool) {
	return func(w rnnSpread, hidden int) (int, bool) {
		shares := 8 / (w.columns / 32)
		pieces := ceilDiv(hidden, 16*shares)
		return 4 * (2*w.rows*(pieces*16*shares+16) + shares*w.rows*(w.columns+4)), pieces <= units
	}
}

// spreadPlan is a launch: groups of `blocks` blocks, which have all columns together, and how many tiles of the batch each
// group takes.
type spreadPlan struct {
	rnnSpread
	blocks, groups, tiles, bytes int
}

// plan finds whether a multiprocessor for each block is enough to have all of them run at once: a block of 256 threads and
// no more than 255 registers a thread fits each. It returns false if not, or if the weights are too many.
func (w rnnSpread) plan(units, maxShared, n, hidden int) (spreadPlan, bool) {
	p := spreadPlan{rnnSpread: w, blocks: ceilDiv(hidden, w.columns)}
	var ok bool
	if p.bytes, ok = w.shared(w, hidden); !ok || p.blocks > units || p.bytes > maxShared {
		return p, false
	}
	tiles := ceilDiv(n, w.rows)
	p.tiles = ceilDiv(tiles, min(tiles, units/p.blocks))
	p.groups = ceilDiv(tiles, p.tiles)
	return p, true
}

// planSpread is the first way that fits this GPU; none where a block had better work alone.
func (d *Device) planSpread(n, hidden int) (spreadPlan, bool) {
	if hidden <= d.rnn.alone && d.planRNN(n, hidden).pad > 0 {
		return spreadPlan{}, false
	}
	for _, w := range d.rnn.spreads {
		if p, ok := w.plan(d.units, d.maxShared, n, hidden); ok {
			return p, true
		}
	}
	return spreadPlan{}, false
}

func forwardBy[K interface {
	kernels.Kernel
	~struct {
		H, Last, Z, Whh, H0, Lengths uint64
		N, Steps, Hidden, Tiles      uint32
	}
}](s *Stream, a spreadForward, p spreadPlan) error {
	return launchTogether(s, K(a), dim{x: p.blocks, y: p.groups}, block, p.bytes)
}

func backwardBy[K interface {
	kernels.Kernel
	~struct {
		Dz, Dh0, Carries, Dh, Dlast, H, Whh, Lengths uint64
		N, Steps, Hidden, Tiles                      uint32
	}
}](s *Stream, a spreadBackward, p spreadPlan) error {
	return launchTogether(s, K(a), dim{x: p.blocks, y: p.groups}, block, p.bytes)
}

// owe marks n words as not yet written: see kernels/exchange.cuh.
func (s *Stream) owe(at uint64, n int) error {
	if n == 0 {
		return nil
	}
	if err := cu.MemsetD32Async(cu.DevicePtr(at), 1<<32-1, int64(n), s.queue); err != nil {
		return s.failed("cuMemsetD32Async", err)
	}
	return s.queued(launched{name: "a fill"})
}

func (s *Stream) rnnSpread(o engine.RNN, p spreadPlan) error {
	if o.T == 0 {
		return s.rnnNoStep(o)
	}
	if err := s.owe(addr(o.H), o.N*o.T*o.Hidden); err != nil {
		return err
	}
	return p.forward(s, spreadForward{H: addr(o.H), Last: addr(o.Last), Z: addr(o.Z), Whh: addr(o.Whh), H0: addr(o.H0),
		Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden), Tiles: uint32(p.tiles)}, p)
}

func (s *Stream) rnnSpreadBack(o engine.RNNBwd, p spreadPlan) error {
	var carries uint64
	if !o.Len.Absent() && !o.DH.Absent() {
		var err error
		if carries, err = s.workspace(o.N * o.Hidden * 4); err != nil {
			return err
		}
	}
	if err := s.owe(addr(o.DZ), o.N*o.T*o.Hidden); err != nil {
		return err
	}
	return p.backward(s, spreadBackward{Dz: addr(o.DZ), Dh0: addr(o.DH0), Carries: carries, Dh: addr(o.DH), Dlast: addr(o.DLast),
		H: addr(o.H), Whh: addr(o.Whh), Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden),
		Tiles: uint32(p.tiles)}, p)
}
