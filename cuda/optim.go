//go:build linux && cgo && !cpu

package cuda

import (
	"math"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// updatable checks o, and says how many elements it has and how far gradients are clipped.
func updatable(o engine.Update) (n int, clipNorm float32, ok bool) {
	if !o.Norm.Absent() {
		clipNorm = float32(o.ClipNorm)
	}
	return min(o.Param.Len, o.Grad.Len), clipNorm, onlyF32(o.Param, o.Grad, o.S1, o.S2, o.Rate, o.Step, o.Norm)
}

// split is the decay that is added to gradients, and the one taken from parameters.
func split(o engine.Update) (decay, shrink float32) {
	if o.Decoupled {
		return 0, float32(o.Decay)
	}
	return float32(o.Decay), 0
}

func launchUpdate[K kernels.Kernel](s *Stream, k K, n int) error {
	return launch(s, k, s.dev.spread(n, foldThreads), dim{x: foldThreads}, 0)
}

// SGD is stochastic gradient descent with momentum. With Decoupled, weight decay is p -= Rate·λ·p as in Adam.
func (s *Stream) SGD(o engine.Update) error {
	n, clipNorm, ok := updatable(o)
	if !ok {
		return engine.ErrUnsupported
	}
	decay, shrink := split(o)
	var s1 uint64
	if o.Momentum != 0 {
		s1 = addr(o.S1)
	}
	return launchUpdate(s, kernels.SGDUpdateF32{P: addr(o.Param), G: addr(o.Grad), S1: s1, Rate: addr(o.Rate), Step: addr(o.Step),
		Norm: addr(o.Norm), N: uint64(n), Decayed: uint64(o.Decayed), Momentum: float32(o.Momentum), Decay: decay, Shrink: shrink,
		ClipNorm: clipNorm, ClipValue: float32(o.ClipValue), Nesterov: flag(o.Nesterov)}, n)
}

// Adam is Adam (Kingma and Ba, 2015) and, with Decoupled, AdamW (Loshchilov and Hutter, 2019).
func (s *Stream) Adam(o engine.Update) error {
	n, clipNorm, ok := updatable(o)
	if !ok {
		return engine.ErrUnsupported
	}
	decay, shrink := split(o)
	return launchUpdate(s, kernels.AdamUpdateF32{P: addr(o.Param), G: addr(o.Grad), S1: addr(o.S1), S2: addr(o.S2),
		Rate: addr(o.Rate), Step: addr(o.Step), Norm: addr(o.Norm), N: uint64(n), Decayed: uint64(o.Decayed),
		New1: float32(1 - o.Beta1), Log1: float32(math.Log(o.Beta1)), New2: float32(1 - o.Beta2), Log2: float32(math.Log(o.Beta2)),
		Eps: float32(o.Eps), Decay: decay, Shrink: shrink, ClipNorm: clipNorm, ClipValue: float32(o.ClipValue)}, n)
}

// RMSProp divides by a running root mean square of the gradient (Tieleman and Hinton, 2012). Its decay is never decoupled.
func (s *Stream) RMSProp(o engine.Update) error {
	n, clipNorm, ok := updatable(o)
	if !ok {
		return engine.ErrUnsupported
	}
	var s2 uint64
	if o.Momentum != 0 {
		s2 = addr(o.S2)
	}
	return launchUpdate(s, kernels.RMSPropUpdateF32{P: addr(o.Param), G: addr(o.Grad), S1: addr(o.S1), S2: s2, Rate: addr(o.Rate),
		Norm: addr(o.Norm), N: uint64(n), Decayed: uint64(o.Decayed), New2: float32(1 - o.Beta2), Eps: float32(o.Eps),
		Momentum: float32(o.Momentum), Decay: float32(o.Decay), ClipNorm: clipNorm, ClipValue: float32(o.ClipValue)}, n)
}
