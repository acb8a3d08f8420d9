package layers

import (
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// RNN is the tanh RNN over a whole sequence, h[t] = tanh(Wih·x[t] + Whh·h[t-1] + Bias): [n, time, in] ->
// [n, time, hidden]. torch.nn.RNN(batch_first=True), whose two biases are one here.
type RNN struct {
	Wih  *tensor.Tensor `param:"weight_ih"` // [hidden, in]
	Whh  *tensor.Tensor `param:"weight_hh"` // [hidden, hidden], orthogonal at first
	Bias *tensor.Tensor // [hidden]
}

// NewRNN draws Wih by GlorotUniform and Whh by Orthogonal and sets the bias to zero, as Keras does.
func NewRNN(rng *rand.Rand, in, hidden int) *RNN {
	expect(in >= 1 && hidden >= 1, "NewRNN", "in is %d and hidden is %d: at least 1 is expected", in, hidden)
	return &RNN{
		Wih:  newParam(rng, GlorotUniform, in, hidden, hidden, in),
		Whh:  newParam(rng, Orthogonal, hidden, hidden, hidden, hidden),
		Bias: zeros(hidden),
	}
}

// Forward returns every state, from a first state of zeros.
func (r *RNN) Forward(x *tensor.Tensor) *tensor.Tensor {
	states, _ := r.run(x, nil, nil)
	return saw(r, states)
}

// Last returns the state after each row's last token, [n, hidden]. lengths is [n], whole numbers of any type
// (tokens.NotEqual(0).Sum(1) counts what is not padding); nil means that no row is padded. A row of length 0 has zeros.
func (r *RNN) Last(x, lengths *tensor.Tensor) *tensor.Tensor {
	_, last := r.run(x, nil, lengths)
	return saw(r, last)
}

// Run returns every state and each row's last one, from the first state h0 [n, hidden]; h0 nil is zeros. Beyond its
// length a row keeps its last state.
func (r *RNN) Run(x, h0, lengths *tensor.Tensor) (states, last *tensor.Tensor) {
	states, last = r.run(x, h0, lengths)
	return saw(r, states), last
}

func (r *RNN) run(x, h0, lengths *tensor.Tensor) (states, last *tensor.Tensor) {
	if lengths != nil && lengths.DType() != tensor.Int32 {
		lengths = lengths.Int()
	}
	return tensor.RNN(x, r.Wih, r.Whh, r.Bias, h0, lengths)
}
