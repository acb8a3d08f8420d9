package optim

import (
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// reference is one parameter's value under a rule, in plain Go.
type reference func(p, g float64) float64

// crossed is a rate as it arrives on the device, through a float32.
func crossed(lr float64) float64 { return float64(float32(lr)) }

func sgd(lr, momentum, decay float64, nesterov bool) reference {
	lr = crossed(lr)
	v, first := 0.0, true
	return func(p, g float64) float64 {
		g += decay * p
		if first {
			v, first = g, false
		} else {
			v = momentum*v + g
		}
		if nesterov {
			return p - lr*(g+momentum*v)
		}
		return p - lr*v
	}
}

func adam(lr, b1, b2, eps, decay float64, decoupled bool) reference {
	lr = crossed(lr)
	m, v, t := 0.0, 0.0, 0.0
	return func(p, g float64) float64 {
		t++
		if decoupled {
			p -= lr * decay * p
		} else {
			g += decay * p
		}
		m, v = b1*m+(1-b1)*g, b2*v+(1-b2)*g*g
		return p - lr*(m/(1-math.Pow(b1, t)))/(math.Sqrt(v/(1-math.Pow(b2, t)))+eps)
	}
}

func rmsprop(lr, alpha, eps, momentum, decay float64) reference {
	lr = crossed(lr)
	s, b := 0.0, 0.0
	return func(p, g float64) float64 {
		g += decay * p
		s = alpha*s + (1-alpha)*g*g
		b = momentum*b + g/(math.Sqrt(s)+eps)
		return p - lr*b
	}
}

// Ten steps on p⁴/4, whose gradient is p³, of a matrix (which decays) and of a vector (which does not).
func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		make func(decay float64) reference
		// decay is the rule's, used for the matrix alone
		decay float64
	}{
		{SGD{}, func(float64) reference { return sgd(1e-3, 0, 0, false) }, 0},
		{SGD{LR: 0.1, WeightDecay: 0.2}, func(d float64) reference { return sgd(0.1, 0, d, false) }, 0.2},
		{SGD{LR: 0.1, Momentum: 0.9}, func(float64) reference { return sgd(0.1, 0.9, 0, false) }, 0},
		{SGD{LR: 0.1, Momentum: 0.8, Nesterov: true, WeightDecay: 0.1}, func(d float64) reference { return sgd(0.1, 0.8, d, true) }, 0.1},
		{Adam{}, func(float64) reference { return adam(1e-3, 0.9, 0.999, 1e-8, 0, true) }, 0},
		{Adam{LR: 0.1, Beta1: 0.5, Beta2: 0.9, Eps: 1e-3}, func(float64) reference { return adam(0.1, 0.5, 0.9, 1e-3, 0, true) }, 0},
		{Adam{LR: 0.1, WeightDecay: 0.3}, func(d float64) reference { return adam(0.1, 0.9, 0.999, 1e-8, d, true) }, 0.3},
		{Adam{LR: 0.1, WeightDecay: 0.3, L2: true}, func(d float64) reference { return adam(0.1, 0.9, 0.999, 1e-8, d, false) }, 0.3},
		{RMSProp{}, func(float64) reference { return rmsprop(1e-2, 0.99, 1e-8, 0, 0) }, 0},
		{RMSProp{LR: 0.02, Alpha: 0.9, Momentum: 0.7, WeightDecay: 0.1}, func(d float64) reference { return rmsprop(0.02, 0.9, 1e-8, 0.7, d) }, 0.1},
	} {
		for _, float := range []tensor.DType{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%T%+v/%v", c.rule, c.rule, float), func(t *testing.T) {
				tol := exact
				if float == tensor.Float32 {
					tol = check.Tolerance(10, 16) // ten steps, each of at most sixteen roundings
				}
				dev := tensorcheck.Open(t, tensor.Options{Float: float})
				matrix, vector := tensor.NewParam([]float32{1.5}, 1, 1), tensor.NewParam([]float32{-0.75}, 1)
				o := New(named("matrix", matrix, "vector", vector), c.rule)
				x, y := 1.5, -0.75
				decayed, plain := c.make(c.decay), c.make(0)
				for range 10 {
					step(t, dev, o, func(p *tensor.Pass) *tensor.Tensor {
						return p.Use(matrix).Pow(4).Sum().Add(p.Use(vector).Pow(4).Sum()).Scale(0.25)
					})
					x, y = decayed(x, x*x*x), plain(y, y*y*y)
				}
				got := []float64{matrix.Array().Float64s()[0], vector.Array().Float64s()[0]}
				check.Close(t, "after ten steps", got, []float64{x, y}, tol)
			})
		}
	}
}

// The valley of Rosenbrock, (1-x)² + 100(y-x²)², from the classic start (-1.2, 1).
func TestRosenbrock(t *testing.T) {
	for _, c := range []struct {
		rule   Rule
		steps  int
		within float64
	}{
		{Adam{LR: 0.02}, 3000, 1e-2},
		{SGD{LR: 3e-4, Momentum: 0.95}, 3000, 1e-2},
		{RMSProp{LR: 2e-3, Momentum: 0.5}, 3000, 5e-2},
	} {
		dev := open(t)
		v := tensor.NewParam([]float32{-1.2, 1}, 2)
		o := New(named("v", v), c.rule)
		for range c.steps {
			step(t, dev, o, func(p *tensor.Pass) *tensor.Tensor {
				x, y := p.Use(v).Slice(0, 0, 1), p.Use(v).Slice(0, 1, 2)
				return x.Shift(-1).Square().Add(y.Sub(x.Square()).Square().Scale(100)).Sum()
			})
		}
		at := v.Array().Float64s()
		if !(math.Hypot(at[0]-1, at[1]-1) <= c.within) {
			t.Errorf("%T is at %v after %d steps, want (1, 1)", c.rule, at, c.steps)
		}
	}
}

func TestRuleLiterals(t *testing.T) {
	w := func() *tensor.Tensor { return tensor.NewParam([]float32{1}, 1) }
	for want, r := range map[string]Rule{
		"optim.SGD: LR is -1":                  SGD{LR: -1},
		"optim.SGD: Nesterov needs a Momentum": SGD{Nesterov: true},
		"optim.Adam: Beta1 is 1: at least 0":   Adam{Beta1: 1},
		"optim.Adam: LR is NaN":                Adam{LR: math.NaN()},
		"optim.RMSProp: Alpha is 2":            RMSProp{Alpha: 2},
		"optim.RMSProp: WeightDecay is -0.1":   RMSProp{WeightDecay: -0.1},
		"optim.New: the rule is nil":           nil,
	} {
		wantMistake(t, want, func() { New(named("w", w()), r) })
	}
	wantMistake(t, "optim.New: there is no trainable parameter", func() { New(named("w", w().Freeze()), SGD{}) })
}
