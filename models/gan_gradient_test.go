package models

import (
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// racing is set under the race detector, which has nothing to see in the arithmetic of one goroutine.
var racing bool

// gradientError is the largest distance between the gradients of f by the trained parameters of m and central
// differences in float64, in units of 1e-5 + 1e-3·|difference|, and the parameter that has it. Of each parameter a few
// elements are looked at.
func gradientError(t *testing.T, m any, f func(p *tensor.Pass) *tensor.Tensor) (worst float64, where string) {
	t.Helper()
	if racing {
		t.Skip("thousands of passes, thirty times slower under the race detector")
	}
	dev, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	var names []string
	var params []*tensor.Tensor
	for name, p := range layers.Params(m) {
		if !p.Frozen() {
			names, params = append(names, name), append(params, p)
		}
	}
	loss := func(read func(p *tensor.Pass, loss *tensor.Tensor)) {
		t.Helper()
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			p.Seed(1, 1) // the same draws for all differences
			read(p, f(p))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	value := func() (v float64) {
		loss(func(_ *tensor.Pass, l *tensor.Tensor) { v = l.Array().Float64s()[0] })
		return v
	}
	var grads []tensor.Array
	loss(func(p *tensor.Pass, l *tensor.Tensor) {
		for i, g := range p.Gradients(l, params...) {
			if g == nil {
				t.Fatalf("the loss does not reach %s", names[i])
			}
			grads = append(grads, g.Array())
		}
	})
	const step = 1e-6
	for i, p := range params {
		whole := p.Array().Float64s()
		set := func(v []float64) {
			if err := p.Set(tensor.ArrayOf(v, p.Shape()...)); err != nil {
				t.Fatal(err)
			}
		}
		for k := range min(3, len(whole)) {
			at := k * (len(whole) - 1) / 2 % len(whole)
			moved := append([]float64(nil), whole...)
			moved[at] = whole[at] + step
			set(moved)
			up := value()
			moved[at] = whole[at] - step
			set(moved)
			down := value()
			want := (up - down) / (2 * step)
			e := math.Abs(grads[i].Float64s()[at]-want) / (1e-5 + 1e-3*math.Abs(want))
			if math.IsNaN(e) {
				e = math.Inf(1)
			}
			if e > worst {
				worst, where = e, fmt.Sprintf("%s[%d]: %v, differences give %v", names[i], at, grads[i].Float64s()[at], want)
			}
		}
		set(whole)
	}
	return worst, where
}

// larger scales weights that begin near zero up, so that their gradients are not lost in the tolerance.
func larger(t *testing.T, m any, by float64) {
	t.Helper()
	for _, p := range layers.Params(m) {
		v := p.Array().Float64s()
		if p.Rank() < 2 || p.Frozen() {
			continue
		}
		for i := range v {
			v[i] *= by
		}
		if err := p.Set(tensor.ArrayOf(v, p.Shape()...)); err != nil {
			t.Fatal(err)
		}
	}
}

// The gradients of both losses by the parameters of both halves, through batch normalisation and text encoders.
// Spectral normalisation moves with each pass; package layers checks it where it stands still.
func TestGANGradients(t *testing.T) {
	for name, c := range gans() {
		if c.Spectral {
			continue
		}
		t.Run(name, func(t *testing.T) {
			g := NewGAN(newRand(), c)
			larger(t, g.Generator, 20)
			larger(t, g.Discriminator, 10)
			image, text := ganInputs(c, 4)
			both := &struct {
				G *Generator
				D *Discriminator
			}{g.Generator, g.Discriminator}
			worst, where := gradientError(t, both, func(p *tensor.Pass) *tensor.Tensor {
				x, words := p.Input(image), p.Input(text)
				l := g.Config.Loss
				fake := g.Generator.Forward(p.Normal(4, g.Config.Latent), words)
				onReal, onFake := g.Judge(x, words), g.Discriminator.Forward(fake, words)
				loss := l.real(onReal, g.Config.Smooth).Mean().Add(l.fake(onFake).Mean()).Add(l.generator(onFake).Mean())
				if words != nil {
					d := g.Discriminator
					wrong, differs := mismatched(d.encode(words), words)
					loss = loss.Add(weightedMean(l.fake(d.score(d.Body.Forward(centred(x)), wrong)), differs))
				}
				return loss
			})
			if !(worst <= 1) {
				t.Errorf("%.3g times the tolerance at %s", worst, where)
			}
		})
	}
}

// A gradient that is cut off, or only half there, is noticed.
func TestGradientErrorGoesRed(t *testing.T) {
	d := layers.NewDense(newRand(), 3, 2)
	f := func(p *tensor.Pass) *tensor.Tensor {
		y := d.Forward(p.Full(0.5, 2, 3))
		return y.Mul(y.Detach()).Sum()
	}
	if worst, where := gradientError(t, d, f); worst <= 1 {
		t.Errorf("half a gradient is %v times the tolerance off (%s)", worst, where)
	}
}

// The mismatched texts: rows move on by one, and a row that has its neighbour's text does not count.
func TestMismatched(t *testing.T) {
	dev := open(t)
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		text := tensor.From(p, []int32{1, 2, 1, 2, 1, 3, 4, 2}, 4, 2)
		features := tensor.From(p, []float32{1, 2, 3, 4}, 4, 1)
		wrong, differs := mismatched(features, text)
		for what, x := range map[string]struct {
			got  *tensor.Tensor
			want []float32
		}{
			"features":      {wrong, []float32{2, 3, 4, 1}},
			"differs":       {differs, []float32{0, 1, 1, 1}},
			"weighted mean": {weightedMean(wrong, differs), []float32{8. / 3}},
			"of nothing":    {weightedMean(wrong, differs.Scale(0)), []float32{0}},
			"alone":         {next(features.Slice(0, 0, 1)), []float32{1}},
		} {
			got := x.got.Float32s()
			for i := range x.want {
				if !(math.Abs(float64(got[i]-x.want[i])) <= 1e-6) {
					t.Errorf("%s: %v, want %v", what, got, x.want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
