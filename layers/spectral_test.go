package layers

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// sigma is the largest singular value of a weight as a matrix.
func sigma(t *testing.T, w *tensor.Tensor) float64 {
	t.Helper()
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(w.Dim(0), w.Len()/w.Dim(0), w.Array().Float64s()), mat.SVDNone) {
		t.Fatal("the decomposition failed")
	}
	return svd.Values(nil)[0]
}

func spectrals() map[string]*Spectral {
	rng := newRand()
	return map[string]*Spectral{
		"dense": NewSpectral(rng, NewDense(rng, 5, 4)),
		"conv":  NewSpectral(rng, NewConv2D(rng, Conv2DConfig{In: 2, Out: 3, Kernel: 3, Stride: 2, Pad: 1})),
	}
}

func spectralInput(s *Spectral) tensor.Array {
	if _, ok := s.Layer.(*Dense); ok {
		return draw(newRand(), 3, 5)
	}
	return draw(newRand(), 2, 5, 4, 2)
}

// settle runs the power iteration until u and v no longer move.
func settle(t *testing.T, dev *tensor.Device, s *Spectral) {
	t.Helper()
	for range 300 {
		run(t, dev, tensor.Training, func(p *tensor.Pass) *tensor.Tensor { return s.Forward(p.Input(spectralInput(s))) })
	}
}

// After the iteration has settled, what the layer gives is its plain output (without bias) over the largest singular
// value, in every pass.
func TestSpectral(t *testing.T) {
	for name, s := range spectrals() {
		t.Run(name, func(t *testing.T) {
			dev := open(t, tensor.Float64)
			settle(t, dev, s)
			want := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
				return s.Layer.Forward(p.Input(spectralInput(s)))
			}).Float64s()
			largest := sigma(t, spectralWeight("", s.Layer))
			for i := range want {
				want[i] /= largest // the bias is zero
			}
			for _, m := range []tensor.Mode{tensor.Training, tensor.Inference} {
				got := run(t, dev, m, func(p *tensor.Pass) *tensor.Tensor { return s.Forward(p.Input(spectralInput(s))) })
				check.Close(t, name, got.Float64s(), want, check.Tol{Abs: 1e-9, Rel: 1e-9})
			}
		})
	}
}

// The estimate is good from the first pass on, and an inference pass leaves it alone.
func TestSpectralBegins(t *testing.T) {
	dev := open(t, tensor.Float32)
	s := spectrals()["conv"]
	u := s.U.Float32s()
	ratio := func(m tensor.Mode) float64 {
		out := run(t, dev, m, func(p *tensor.Pass) *tensor.Tensor {
			return s.normalised(p, s.Layer.(*Conv2D).Weight)
		})
		return float64(out.Floats()[0] / s.Layer.(*Conv2D).Weight.Float32s()[0])
	}
	if got, want := ratio(tensor.Inference), 1/sigma(t, s.Layer.(*Conv2D).Weight); !(math.Abs(got-want) <= 0.05*want) {
		t.Errorf("the weight is scaled by %v, want about %v", got, want)
	}
	if !slices.Equal(u, s.U.Float32s()) {
		t.Error("an inference pass moved u")
	}
	ratio(tensor.Training)
	if slices.Equal(u, s.U.Float32s()) {
		t.Error("a training pass did not move u")
	}
}

// Where the iteration has settled, u and v do not move with the weight to first order, so that differences see the
// gradient with both fixed.
func TestSpectralGradients(t *testing.T) {
	for name, s := range spectrals() {
		dev := open(t, tensor.Float64)
		settle(t, dev, s)
		xs := []tensor.Array{spectralInput(s)}
		inputs := []int{0}
		for _, p := range parameters(s.Layer) {
			inputs = append(inputs, len(xs))
			xs = append(xs, p.Array())
		}
		f := func(p *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor {
			switch l := s.Layer.(type) {
			case *Dense:
				return xs[0].Linear(s.normalised(p, xs[1]), xs[2])
			case *Conv2D:
				return tensor.Conv2D(xs[0], s.normalised(p, xs[1]), xs[2], l.Options)
			}
			return nil
		}
		tensorcheck.GradCheckOn(t, fmt.Sprintf("spectral %s", name), dev, inputs, f, xs...)
	}
}

func TestSpectralMistakes(t *testing.T) {
	err := tensor.Try(func() error { NewSpectral(newRand(), ReLU); return nil })
	if err == nil || !strings.Contains(err.Error(), "a *layers.Dense or *layers.Conv2D is expected") {
		t.Errorf("error %v, want one about the layer", err)
	}
}
