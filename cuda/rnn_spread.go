//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
	"gorgonia.org/cu"
)

// rnnLimits chooses how recurrences run. Tests change it.
type rnnLimits struct {
	// alone is up to how many hidden units a block has the whole recurrence of its rows, where its weights could also be
	// spread over several. It reads a word of shared memory for each product, the other kernels one for eight or four; below
	// this that costs less than what blocks wait for each other.
	alone   int
	spreads []rnnSpread // how weights can be spread, the best first
}

// rnnSpread is a pair of kernels of kernels/rnn_spread.cu: the columns of a warp, the rows of the batch that it takes at
// once, the spans of weights that fit into registers, and whether shared memory may hold more of them.
type rnnSpread struct {
	columns, rows, kept int
	shared              bool
}

func limitsOfRNN(together bool) rnnLimits {
	l := rnnLimits{alone: 128}
	if together {
		l.spreads = []rnnSpread{{8, 2, 4, false}, {4, 4, 8, true}}
	}
	return l
}

// spreadPlan is a launch: groups of `blocks` blocks, which have all columns together, and how many tiles of the batch each
// group takes.
type spreadPlan struct{ columns, blocks, groups, tiles, shared int }

// plan finds whether a multiprocessor for each block is enough to have all of them run at once: a block of 256 threads and
// no more than 255 registers a thread fits each. It returns false if not, or if the weights are too many.
func (w rnnSpread) plan(units, maxShared, n, hidden int) (spreadPlan, bool) {
	const warps, span = 8, 128
	spans := ceilDiv(hidden, span)
	more := max(0, spans-w.kept)
	p := spreadPlan{columns: w.columns, blocks: ceilDiv(hidden, warps*w.columns),
		shared: 4 * span * (2*w.rows*spans + more*warps*w.columns)}
	if p.blocks > units || p.shared > maxShared || more > 0 && !w.shared {
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

func (p spreadPlan) grid() dim { return dim{x: p.blocks, y: p.groups} }

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
	k := kernels.RNNSpread8FwdF32{H: addr(o.H), Last: addr(o.Last), Z: addr(o.Z), Whh: addr(o.Whh), H0: addr(o.H0),
		Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden), Tiles: uint32(p.tiles)}
	if p.columns == 8 {
		return launchTogether(s, k, p.grid(), block, p.shared)
	}
	return launchTogether(s, kernels.RNNSpread4FwdF32(k), p.grid(), block, p.shared)
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
	k := kernels.RNNSpread8BwdF32{Dz: addr(o.DZ), Dh0: addr(o.DH0), Carries: carries, Dh: addr(o.DH), Dlast: addr(o.DLast),
		H: addr(o.H), Whh: addr(o.Whh), Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden),
		Tiles: uint32(p.tiles)}
	if p.columns == 8 {
		return launchTogether(s, k, p.grid(), block, p.shared)
	}
	return launchTogether(s, kernels.RNNSpread4BwdF32(k), p.grid(), block, p.shared)
}
