package layers

import (
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// near is for results of a few float64 operations on numbers of order one.
var near = check.Tol{Abs: 1e-12, Rel: 1e-12}

func set(t *testing.T, p *tensor.Tensor, v ...float32) {
	t.Helper()
	if err := p.Set(tensor.ArrayOf(v, p.Shape()...)); err != nil {
		t.Fatal(err)
	}
}

func TestDense(t *testing.T) {
	dev := open(t, tensor.Float64)
	d := NewDense(newRand(), 2, 3)
	set(t, d.Weight, 1, 2, 3, 4, 5, 6)
	set(t, d.Bias, 10, 20, 30)
	got := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
		return d.Forward(tensor.From(p, []float64{1, -1, 2, 0}, 2, 2))
	})
	check.Close(t, "x·wᵀ + b", got.Float64s(), []float64{9, 19, 29, 12, 26, 40}, near)
}

// The state after a row's last token is the one that a shorter row without padding has.
func TestRNNLengths(t *testing.T) {
	dev := open(t, tensor.Float64)
	rng := newRand()
	r := NewRNN(rng, 2, 3)
	x := draw(rng, 2, 4, 2)
	h0 := draw(rng, 2, 3)
	for _, lengths := range []tensor.Array{
		tensor.ArrayOf([]int32{2, 4}, 2), tensor.ArrayOf([]float64{2, 4}, 2), // counted by a sum, which is real
	} {
		last := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor { return r.Last(p.Input(x), p.Input(lengths)) })
		short := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
			return r.Last(p.Input(x).Slice(0, 0, 1).Slice(1, 0, 2), nil)
		})
		states := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor { return r.Forward(p.Input(x)) })
		check.Close(t, "row 0 ends after 2", last.Float64s()[:3], short.Float64s(), near)
		check.Close(t, "row 1 ends after 4", last.Float64s()[3:], states.Float64s()[2*4*3-3:], near)
	}
	first := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
		_, last := r.Run(p.Input(x).Slice(1, 0, 1), p.Input(h0), nil)
		return last
	})
	wih, whh := r.Wih.Array().Float64s(), r.Whh.Array().Float64s()
	var want []float64
	for n := range 2 {
		for i := range 3 {
			z := 0.0
			for j := range 2 {
				z += wih[i*2+j] * x.Float64s()[n*8+j]
			}
			for j := range 3 {
				z += whh[i*3+j] * h0.Float64s()[n*3+j]
			}
			want = append(want, math.Tanh(z))
		}
	}
	check.Close(t, "one step from h0", first.Float64s(), want, near)
}

func TestEmbeddingPadding(t *testing.T) {
	dev := open(t, tensor.Float64)
	e := EmbeddingOf([]float32{9, 9, 1, 2, 3, 4}, 3, 2)
	if got := e.Weight.Float32s(); !slices.Equal(got, []float32{0, 0, 1, 2, 3, 4}) {
		t.Errorf("the vectors are %v: the padding's is zero", got)
	}
	set(t, e.Weight, 9, 9, 1, 2, 3, 4) // a file may say anything
	got := run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
		return e.Forward(tensor.From(p, []int32{2, 0, 1, 1}, 2, 2))
	})
	check.Close(t, "rows", got.Float64s(), []float64{3, 4, 0, 0, 1, 2, 1, 2}, near)
	if w := NewEmbedding(newRand(), 3, 2).Weight.Float32s(); w[0] != 0 || w[1] != 0 || w[2] == 0 {
		t.Errorf("new vectors are %v: zeros for padding alone are expected", w)
	}
}

// A training pass uses the batch and moves the running statistics; an inference pass uses them and moves nothing.
func TestBatchNorm(t *testing.T) {
	dev := open(t, tensor.Float64)
	b := NewBatchNorm(1)
	x := tensor.ArrayOf([]float64{1, 2, 3, 6}, 4, 1) // mean 3, variance 3.5, unbiased 14/3
	forward := func(m tensor.Mode) []float64 {
		return run(t, dev, m, func(p *tensor.Pass) *tensor.Tensor { return b.Forward(p.Input(x)) }).Float64s()
	}
	eps := float64(float32(1e-5))
	normal := func(mean, v float64) []float64 {
		var y []float64
		for _, x := range x.Float64s() {
			y = append(y, (x-mean)/math.Sqrt(v+eps))
		}
		return y
	}
	check.Close(t, "by the first statistics", forward(tensor.Inference), normal(0, 1), near)
	check.Close(t, "by the batch", forward(tensor.Training), normal(3, 3.5), near)
	momentum := float64(float32(0.1))
	mean, v := momentum*3, 1+momentum*(14.0/3-1)
	check.Close(t, "running mean", b.Mean.Array().Float64s(), []float64{mean}, near)
	check.Close(t, "running variance", b.Var.Array().Float64s(), []float64{v}, near)
	check.Close(t, "by the running statistics", forward(tensor.Inference), normal(mean, v), near)
	check.Close(t, "still", b.Mean.Array().Float64s(), []float64{mean}, near)
}

// Dropout keeps the mean in training and everything in inference.
func TestDropout(t *testing.T) {
	dev := open(t, tensor.Float32)
	d := Dropout{Rate: 0.25}
	x := make([]float32, 10000)
	for i := range x {
		x[i] = 1
	}
	forward := func(m tensor.Mode) []float32 {
		return run(t, dev, m, func(p *tensor.Pass) *tensor.Tensor { return d.Forward(tensor.From(p, x, len(x))) }).Floats()
	}
	if !slices.Equal(forward(tensor.Inference), x) {
		t.Error("an inference pass drops elements")
	}
	kept := 0
	for _, v := range forward(tensor.Training) {
		switch v {
		case 0:
		case 1 / float32(0.75):
			kept++
		default:
			t.Fatalf("an element is %v: 0 or 4/3 is expected", v)
		}
	}
	if kept < 7300 || kept > 7700 { // 4.6 deviations
		t.Errorf("%d of 10000 are kept, want about 7500", kept)
	}
}

func TestMerges(t *testing.T) {
	dev := open(t, tensor.Float64)
	a, b := []float64{1, 2, 3, 4}, []float64{5, -6, 7, 8}
	forward := func(m Merge) []float64 {
		return run(t, dev, tensor.Inference, func(p *tensor.Pass) *tensor.Tensor {
			return m.Forward(tensor.From(p, a, 2, 2), tensor.From(p, b, 2, 2))
		}).Float64s()
	}
	check.Close(t, "concat", forward(Concat{}), []float64{1, 2, 5, -6, 3, 4, 7, 8}, near)
	check.Close(t, "add", forward(Add{}), []float64{6, -4, 10, 12}, near)
	check.Close(t, "multiply", forward(Multiply{}), []float64{5, -12, 21, 32}, near)

	g := NewGated(newRand(), 2, 2, 1)
	set(t, g.A.Weight, 0.5, 0)
	set(t, g.B.Weight, 0, 0.25)
	set(t, g.Gate.Weight, 0.1, 0.2, -0.1, 0.2)
	var want []float64
	for i := range 2 {
		x, y := a[2*i:], b[2*i:]
		f := func(v float32) float64 { return float64(v) }
		s := 1 / (1 + math.Exp(-(f(0.1)*x[0] + f(0.2)*x[1] + f(-0.1)*y[0] + f(0.2)*y[1])))
		want = append(want, s*math.Tanh(0.5*x[0])+(1-s)*math.Tanh(0.25*y[1]))
	}
	check.Close(t, "gated", forward(g), want, near)

	// Output o is the sum over two ranks; both matrices have out·rank rows, rank by rank within an output.
	m := NewBilinear(newRand(), 2, 2, 2, 2)
	set(t, m.A.Weight, 1, 0, 0, 1, 1, 1, 2, 0)
	set(t, m.B.Weight, 1, 0, 0, 1, 0, 0, 0, 1)
	check.Close(t, "bilinear", forward(m), []float64{1*5 + 2*-6, 2 * -6, 3*7 + 4*8, 6 * 8}, near)
}
