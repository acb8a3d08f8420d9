//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// CrossEntropy is the mean over rows of -Σ target·weight·log softmax(x), and its gradient.
func (s *Stream) CrossEntropy(o engine.CrossEntropy) error {
	if o.Label.DType != engine.I32 || !onlyF32(o.Loss, o.DX, o.X, o.Weight) {
		return engine.ErrUnsupported
	}
	lanes := rowLanes(o.N)
	blocks, weighs := min(ceilDiv(o.Rows, foldThreads/lanes), maxParts), 0
	if !o.Weight.Absent() && o.Rows > 0 {
		weighs = min(ceilDiv(o.Rows, foldThreads), foldThreads)
	}
	part, err := s.workspace((blocks + weighs + 1) * partBytes)
	if err != nil {
		return err
	}
	var weigh uint64
	if weighs > 0 {
		weigh = part + uint64(blocks)*partBytes
		// The block after those of the labels sums the weights of all classes.
		err = launchParts(s, kernels.CrossentropyWeighF32{Weigh: weigh, Weight: addr(o.Weight), Label: addr(o.Label),
			Rows: uint64(o.Rows), N: uint64(o.N)}, weighs+1)
		if err != nil {
			return err
		}
	}
	err = launchParts(s, kernels.CrossentropyRowsF32{Part: part, Dx: addr(o.DX), X: addr(o.X), Label: addr(o.Label),
		Weight: addr(o.Weight), Weigh: weigh, Weighs: uint32(weighs), Rows: uint64(o.Rows), N: uint64(o.N), Lanes: uint32(lanes),
		Keep: float32(1 - o.Smoothing), Smoothing: float32(o.Smoothing)}, blocks)
	if err != nil {
		return err
	}
	return launchParts(s, kernels.LossMeanF32{Loss: addr(o.Loss), Part: part, Count: uint32(blocks), Weigh: weigh,
		Weighs: uint32(weighs), Divisor: float32(o.Rows)}, 1)
}

// BCEWithLogits is the mean of max(x,0) - x·t + log(1+e^-|x|); the gradient of an element is (sigmoid(x) - t)/N.
func (s *Stream) BCEWithLogits(o engine.BCE) error {
	if !onlyF32(o.Loss, o.DX, o.X, o.Target) {
		return engine.ErrUnsupported
	}
	return s.pointLoss(o.N, o.Loss, func(part uint64, blocks int) error {
		return launchParts(s, kernels.BCERowsF32{Part: part, Dx: addr(o.DX), X: addr(o.X), Target: addr(o.Target), N: uint64(o.N)}, blocks)
	})
}

// MSE is the mean of (x-t)²; the gradient of an element is 2(x-t)/N.
func (s *Stream) MSE(o engine.MSE) error {
	if !onlyF32(o.Loss, o.DX, o.X, o.Target) {
		return engine.ErrUnsupported
	}
	return s.pointLoss(o.N, o.Loss, func(part uint64, blocks int) error {
		return launchParts(s, kernels.MSERowsF32{Part: part, Dx: addr(o.DX), X: addr(o.X), Target: addr(o.Target), N: uint64(o.N),
			Scale: float32(2 / float64(o.N))}, blocks)
	})
}

// pointLoss is the mean of n terms: rows leaves a sum of them for each block in part.
func (s *Stream) pointLoss(n int, loss engine.Buffer, rows func(part uint64, blocks int) error) error {
	const perThread = 4 // elements, until there are blocks enough
	blocks := min(ceilDiv(n, foldThreads*perThread), maxParts)
	part, err := s.workspace(blocks * partBytes)
	if err != nil {
		return err
	}
	if err := rows(part, blocks); err != nil {
		return err
	}
	return launchParts(s, kernels.LossMeanF32{Loss: addr(loss), Part: part, Count: uint32(blocks), Divisor: float32(n)}, 1)
}
