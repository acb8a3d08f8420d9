package layers

import (
	"errors"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// scale is a user's layer with a parameter, without layers of ours in it.
type scale struct{ Factor *tensor.Tensor }

func (s *scale) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Mul(s.Factor) }

type reader struct {
	Image Sequential
	Words *Embedding
	RNN   *RNN
	Merge Merge
	Head  Layer
	Spare *tensor.Tensor // used by nothing
}

func (r *reader) Forward(image, text *tensor.Tensor) *tensor.Tensor {
	return r.Head.Forward(r.Merge.Forward(r.Image.Forward(image), r.RNN.Last(r.Words.Forward(text), nil)))
}

func newReader() *reader {
	rng := newRand()
	return &reader{
		Image: Sequential{
			NewConv2D(rng, Conv2DConfig{In: 3, Out: 16, Kernel: 3, Pad: Same, NoBias: true}), NewBatchNorm(16), ReLU,
			Residual{Body: Sequential{NewConv2D(rng, Conv2DConfig{In: 16, Out: 16, Kernel: 1}), Tanh}},
			MaxPool2D{Size: 2}, Flatten, Func(func(x *tensor.Tensor) *tensor.Tensor { return x.Square() }),
			&scale{tensor.NewParam([]float32{2}, 1)},
		},
		Words: NewEmbedding(rng, 1000, 8),
		RNN:   NewRNN(rng, 8, 4),
		Merge: Concat{},
		Head:  NewDense(rng, 16*8*8+4, 10),
		Spare: param(),
	}
}

const readerSummary = `layer                    output shape  parameters
-------------------------------------------------
image.0 (Conv2D)         [n 16 16 16]         432
image.1 (BatchNorm)      [n 16 16 16]          64
image.2 (ReLU)           [n 16 16 16]           0
image.3.body.0 (Conv2D)  [n 16 16 16]         272
image.3.body.1 (Tanh)    [n 16 16 16]           0
image.3 (Residual)       [n 16 16 16]           0
image.4 (MaxPool2D)      [n 8 8 16]             0
image.5 (Flatten)        [n 1024]               0
image.6 (Func)           [n 1024]               0
image.7 (scale)          [n 1024]               1
words (Embedding)        [n 5 8]            8,000
rnn (RNN)                [n 4]                 52
Concat                   [n 1028]               0
head (Dense)             [n 10]            10,290
spare (parameters)       -                      2
-------------------------------------------------
19,113 parameters: 19,081 trained, 32 not trained
`

func TestSummary(t *testing.T) {
	m := newReader()
	var b strings.Builder
	err := Summary(&b, m, func(p *tensor.Pass) {
		m.Forward(p.Full(0, 2, 16, 16, 3), p.Input(tensor.ArrayOf(make([]int32, 10), 2, 5)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != readerSummary {
		t.Errorf("got\n%s\nwant\n%s", b.String(), readerSummary)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestSummaryErrors(t *testing.T) {
	m := NewDense(newRand(), 3, 2)
	err := Summary(&strings.Builder{}, m, func(p *tensor.Pass) { m.Forward(p.Full(0, 1, 4)) })
	if err == nil || !strings.Contains(err.Error(), "[1 4]") {
		t.Errorf("a wrong input shape: error %v, want one that names [1 4]", err)
	}
	err = Summary(brokenWriter{}, m, func(p *tensor.Pass) { m.Forward(p.Full(0, 1, 3)) })
	if err == nil || err.Error() != "disk full" {
		t.Errorf("a broken writer: error %v", err)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
