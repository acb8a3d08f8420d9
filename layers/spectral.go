package layers

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Spectral divides the weight of a layer by its largest singular value σ, so that the layer stretches nothing by more
// than 1: spectral normalisation (Miyato et al. 2018; torch.nn.utils.parametrizations.spectral_norm). For a convolution
// the weight is the matrix [out, k·k·in].
//
// Every training pass goes one step of the power iteration further, v = Wᵀu/|Wᵀu|, u = Wv/|Wv|, and σ = uᵀWv. The
// gradient takes u and v for constants. Other passes use u and v as they are.
type Spectral struct {
	Layer Layer          // *Dense or *Conv2D: what is trained is its own weight, before the division
	U     *tensor.Tensor `param:"u,state"` // [out], frozen: moved by training passes, not by optimizers
	V     *tensor.Tensor `param:"v,state"` // [in], frozen
}

// As in PyTorch: steps of the power iteration before training begins, and what a norm is at least.
const (
	spectralWarmup = 15
	spectralEps    = 1e-12
)

// NewSpectral normalises l, a *Dense or *Conv2D. The first u is drawn from rng.
func NewSpectral(rng *rand.Rand, l Layer) *Spectral {
	w := spectralWeight("NewSpectral", l)
	rows := w.Dim(0)
	values := w.Float32s()
	cols := len(values) / rows
	u, v := make([]float64, rows), make([]float64, cols)
	for i := range u {
		u[i] = rng.NormFloat64()
	}
	for range spectralWarmup {
		clear(v)
		for i, x := range values {
			v[i%cols] += float64(x) * u[i/cols]
		}
		unitHost(v)
		clear(u)
		for i, x := range values {
			u[i/cols] += float64(x) * v[i%cols]
		}
		unitHost(u)
	}
	return &Spectral{Layer: l, U: frozen(u), V: frozen(v)}
}

func spectralWeight(op string, l Layer) *tensor.Tensor {
	switch l := l.(type) {
	case *Dense:
		return l.Weight
	case *Conv2D:
		return l.Weight
	}
	expect(false, op, "the layer is a %T: a *layers.Dense or *layers.Conv2D is expected", l)
	return nil
}

func unitHost(x []float64) {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	norm := max(math.Sqrt(sum), spectralEps)
	for i := range x {
		x[i] /= norm
	}
}

func frozen(x []float64) *tensor.Tensor {
	v := make([]float32, len(x))
	for i := range x {
		v[i] = float32(x[i])
	}
	return tensor.NewParam(v, len(v)).Freeze()
}

// Forward is the layer with its weight divided by σ.
func (s *Spectral) Forward(x *tensor.Tensor) *tensor.Tensor {
	w := s.normalised(x.Pass(), spectralWeight("Spectral", s.Layer))
	if c, ok := s.Layer.(*Conv2D); ok {
		return saw(s, tensor.Conv2D(x, w, c.Bias, c.Options))
	}
	return saw(s, x.Linear(w, s.Layer.(*Dense).Bias))
}

func (s *Spectral) normalised(p *tensor.Pass, w *tensor.Tensor) *tensor.Tensor {
	if w.Pass() == nil {
		w = p.Use(w)
	}
	m := w.Reshape(w.Dim(0), -1)
	u, v := p.Use(s.U), p.Use(s.V)
	if p.Training() {
		fixed := m.Detach()
		v = unit(u.MatMul(fixed))
		u = unit(fixed.MatMul(v))
		s.U.Assign(u)
		s.V.Assign(v)
	}
	sigma := m.MatMul(v).Mul(u).Sum()
	return m.Div(sigma).Reshape(w.Shape()...)
}

func unit(x *tensor.Tensor) *tensor.Tensor {
	return x.Div(x.Square().Sum().Sqrt().Clamp(spectralEps, math.MaxFloat32))
}
