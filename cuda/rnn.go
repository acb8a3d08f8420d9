//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// A block of a whole recurrence has rnnRows rows of the batch at most, and as many slices; see kernels/rnn.cu.
const rnnRows = 4

// rnnPlan is how a recurrence is launched that is not spread over blocks (rnn_spread.go): in one piece, its states padded
// to pad, or step by step where pad is 0.
type rnnPlan struct{ pad, rows, shared int }

func (d *Device) planRNN(n, hidden int) rnnPlan {
	for _, pad := range []int{32, 64, 128, 256} {
		if hidden > pad {
			continue
		}
		floats := rnnRows*pad + rnnRows*rnnRows*pad // states and parts
		if pad == 256 {
			floats += pad * pad / 2 // the weights that do not fit into registers
		}
		if floats*4 > d.maxShared {
			break
		}
		return rnnPlan{pad, max(1, min(rnnRows, ceilDiv(n, d.units))), floats * 4}
	}
	return rnnPlan{}
}

// RNN runs a tanh RNN over whole sequences.
func (s *Stream) RNN(o engine.RNN) error {
	if !onlyF32(o.H, o.Last, o.Z, o.Whh, o.H0) || !allOf(engine.I32, o.Len) || !rnnFits(o.N, o.T, o.Hidden) {
		return engine.ErrUnsupported
	}
	if o.N == 0 || o.Hidden == 0 {
		return nil
	}
	if p, ok := s.dev.planSpread(o.N, o.Hidden); ok {
		return s.rnnSpread(o, p)
	}
	p := s.dev.planRNN(o.N, o.Hidden)
	if p.pad == 0 {
		return s.rnnSteps(o)
	}
	k := kernels.RNNH32FwdF32{H: addr(o.H), Last: addr(o.Last), Z: addr(o.Z), Whh: addr(o.Whh), H0: addr(o.H0),
		Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden), Rows: uint32(p.rows)}
	grid, block := dim{x: ceilDiv(o.N, p.rows)}, dim{x: rnnRows * p.pad}
	switch p.pad {
	case 32:
		return launch(s, k, grid, block, p.shared)
	case 64:
		return launch(s, kernels.RNNH64FwdF32(k), grid, block, p.shared)
	case 128:
		return launch(s, kernels.RNNH128FwdF32(k), grid, block, p.shared)
	}
	return launch(s, kernels.RNNH256FwdF32(k), grid, block, p.shared)
}

// RNNBwd is backpropagation through time.
func (s *Stream) RNNBwd(o engine.RNNBwd) error {
	if !onlyF32(o.DZ, o.DWhh, o.DH0, o.DH, o.DLast, o.H, o.Whh, o.H0) || !allOf(engine.I32, o.Len) ||
		!rnnFits(o.N, o.T, o.Hidden) {
		return engine.ErrUnsupported
	}
	if o.Hidden == 0 {
		return nil
	}
	if o.N > 0 {
		if err := s.rnnBack(o); err != nil {
			return err
		}
	}
	if o.DWhh.Absent() {
		return nil
	}
	return s.rnnWeights(o)
}

func (s *Stream) rnnBack(o engine.RNNBwd) error {
	if p, ok := s.dev.planSpread(o.N, o.Hidden); ok {
		return s.rnnSpreadBack(o, p)
	}
	p := s.dev.planRNN(o.N, o.Hidden)
	if p.pad == 0 {
		return s.rnnStepsBack(o)
	}
	k := kernels.RNNH32BwdF32{Dz: addr(o.DZ), Dh0: addr(o.DH0), Dh: addr(o.DH), Dlast: addr(o.DLast), H: addr(o.H),
		Whh: addr(o.Whh), Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden),
		Rows: uint32(p.rows)}
	grid, block := dim{x: ceilDiv(o.N, p.rows)}, dim{x: rnnRows * p.pad}
	switch p.pad {
	case 32:
		return launch(s, k, grid, block, p.shared)
	case 64:
		return launch(s, kernels.RNNH64BwdF32(k), grid, block, p.shared)
	case 128:
		return launch(s, kernels.RNNH128BwdF32(k), grid, block, p.shared)
	}
	return launch(s, kernels.RNNH256BwdF32(k), grid, block, p.shared)
}

// rnnFits reports whether the steps of all rows can be counted in 31 bits, and columns in 20.
func rnnFits(n, t, hidden int) bool { return fits31(n, t, n*t) && n < 1<<20 && hidden < 1<<20 }
