package layers

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Init fills a parameter's first values. fanIn and fanOut are PyTorch's and Keras's: the inputs that one output sees
// and the outputs that one input reaches, so in and out of a Dense, and k·k times the channels of a convolution.
type Init func(rng *rand.Rand, w []float32, fanIn, fanOut int)

// GlorotUniform is U(-a, a) with a = sqrt(6/(fanIn+fanOut)) (Glorot and Bengio 2010). Keras's default.
func GlorotUniform(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	uniform(rng, w, math.Sqrt(6/float64(fanIn+fanOut)))
}

// GlorotNormal is N(0, 2/(fanIn+fanOut)). torch.nn.init.xavier_normal_; Keras cuts it at two deviations.
func GlorotNormal(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	normal(rng, w, math.Sqrt(2/float64(fanIn+fanOut)))
}

// HeUniform is U(-a, a) with a = sqrt(6/fanIn), for weights before a ReLU (He et al. 2015).
func HeUniform(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	uniform(rng, w, math.Sqrt(6/float64(fanIn)))
}

// HeNormal is N(0, 2/fanIn), for weights before a ReLU. torch.nn.init.kaiming_normal_.
func HeNormal(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	normal(rng, w, math.Sqrt(2/float64(fanIn)))
}

// LecunNormal is N(0, 1/fanIn) (LeCun et al. 1998).
func LecunNormal(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	normal(rng, w, math.Sqrt(1/float64(fanIn)))
}

// Uniform is U(-a, a).
func Uniform(a float64) Init {
	return func(rng *rand.Rand, w []float32, _, _ int) { uniform(rng, w, a) }
}

// Normal is N(0, dev²).
func Normal(dev float64) Init {
	return func(rng *rand.Rand, w []float32, _, _ int) { normal(rng, w, dev) }
}

// TruncatedNormal is N(0, dev²) where values beyond two deviations are drawn again, as in Keras. What it gives has
// a deviation of 0.88·dev.
func TruncatedNormal(dev float64) Init {
	return func(rng *rand.Rand, w []float32, _, _ int) {
		for i := range w {
			x := rng.NormFloat64()
			for math.Abs(x) > 2 {
				x = rng.NormFloat64()
			}
			w[i] = float32(dev * x)
		}
	}
}

// Constant is v everywhere; Zeros and Ones are two of them.
func Constant(v float32) Init {
	return func(_ *rand.Rand, w []float32, _, _ int) {
		for i := range w {
			w[i] = v
		}
	}
}

// Zeros sets every value to 0.
func Zeros(rng *rand.Rand, w []float32, fanIn, fanOut int) { Constant(0)(rng, w, fanIn, fanOut) }

// Ones sets every value to 1.
func Ones(rng *rand.Rand, w []float32, fanIn, fanOut int) { Constant(1)(rng, w, fanIn, fanOut) }

func uniform(rng *rand.Rand, w []float32, a float64) {
	for i := range w {
		w[i] = float32(a * (2*rng.Float64() - 1))
	}
}

func normal(rng *rand.Rand, w []float32, dev float64) {
	for i := range w {
		w[i] = float32(dev * rng.NormFloat64())
	}
}

// newParam is a parameter of the given shape, filled by init.
func newParam(rng *rand.Rand, init Init, fanIn, fanOut int, shape ...int) *tensor.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	w := make([]float32, n)
	init(rng, w, fanIn, fanOut)
	return tensor.NewParam(w, shape...)
}

func zeros(n int) *tensor.Tensor { return tensor.NewParam(make([]float32, n), n) }

func ones(n int) *tensor.Tensor { return newParam(nil, Ones, n, n, n) }
