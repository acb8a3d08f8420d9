//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// rnnGrid is the blocks of one step: 32 columns and 16 rows of the batch each.
func rnnGrid(n, hidden int) dim { return dim{x: ceilDiv(hidden, 32), y: ceilDiv(n, 16)} }

// rnnSteps is a launch for each step.
func (s *Stream) rnnSteps(o engine.RNN) error {
	if o.T == 0 {
		return s.rnnNoStep(o)
	}
	turned, err := s.workspace(o.Hidden * o.Hidden * 4)
	if err != nil {
		return err
	}
	err = s.copyBox(box{y: turned, x: addr(o.Whh), size: 4, axes: []axis{{o.Hidden, o.Hidden, 1}, {o.Hidden, 1, o.Hidden}}})
	if err != nil {
		return err
	}
	for t := range o.T {
		err := launch(s, kernels.RNNStepFwdF32{H: addr(o.H), Last: addr(o.Last), Z: addr(o.Z), WhhTurned: turned, H0: addr(o.H0),
			Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden), T: uint32(t)},
			rnnGrid(o.N, o.Hidden), block, 0)
		if err != nil {
			return err
		}
	}
	return nil
}

// rnnNoStep leaves the states as they began.
func (s *Stream) rnnNoStep(o engine.RNN) error {
	switch {
	case o.Last.Absent():
		return nil
	case o.H0.Absent():
		return s.zero(addr(o.Last), o.Last.Bytes())
	}
	return s.copyBytes(addr(o.Last), addr(o.H0), o.Last.Bytes())
}

// rnnStepsBack is a launch for each step, and one more for what lies before the first.
func (s *Stream) rnnStepsBack(o engine.RNNBwd) error {
	for t := o.T - 1; t >= -1; t-- {
		err := launch(s, kernels.RNNStepBwdF32{Dz: addr(o.DZ), Dh0: addr(o.DH0), Dh: addr(o.DH), Dlast: addr(o.DLast), H: addr(o.H),
			Whh: addr(o.Whh), Lengths: addr(o.Len), N: uint32(o.N), Steps: uint32(o.T), Hidden: uint32(o.Hidden), T: int32(t)},
			rnnGrid(o.N, o.Hidden), block, 0)
		if err != nil {
			return err
		}
	}
	return nil
}
