package optable

import "github.com/braidml/braid/tensor"

// A recurrence of 4 steps from 3 inputs to 5 states. Weights of order one half keep tanh out of its flat parts.
const (
	rnnTime, rnnIn, rnnHidden = 4, 3, 5
	rnnTerms                  = rnnTime * (rnnIn + rnnHidden + 1)
)

var (
	rnnWeights = between(-0.6, 0.6)
	rnnInputs  = []Arg{in(reals, N, rnnTime, rnnIn), in(rnnWeights, rnnHidden, rnnIn), in(rnnWeights, rnnHidden, rnnHidden),
		in(rnnWeights, rnnHidden)}
	rnnStart   = in(between(-0.9, 0.9), N, rnnHidden)
	rnnLengths = fixed(below(rnnTime+1), N)
)

// wideHidden is more than one block of a GPU takes by itself: see cuda/rnn_spread.go. Weights of such a length that states
// keep theirs.
const wideHidden = 131

var rnnWide = []Arg{in(reals, N, rnnTime, rnnIn), in(rnnWeights, wideHidden, rnnIn), in(between(-0.15, 0.15), wideHidden, wideHidden),
	in(between(-0.9, 0.9), N, wideHidden)}

// wideTerms: states there and back, then the sum of a weight's gradient over all steps of all rows.
func wideTerms(n int) int { return 2*rnnTime*(rnnIn+wideHidden) + n*rnnTime }

// rnnRow is a recurrence with the given inputs beside x, the weights and the bias.
func rnnRow(name string, extra []Arg, f func(x, wih, whh, b *tensor.Tensor, extra xs) *tensor.Tensor) Row {
	return Row{Name: name, Args: append(rnnInputs[:len(rnnInputs):len(rnnInputs)], extra...), Terms: terms(rnnTerms),
		Roundings: transcendental,
		Forward:   func(_ *tensor.Pass, xs xs) *tensor.Tensor { return f(xs[0], xs[1], xs[2], xs[3], xs[4:]) }}
}

// joined is the states with the last state behind them, [n, time+1, hidden].
func joined(states, last *tensor.Tensor) *tensor.Tensor {
	return tensor.Concat(1, states, last.Unsqueeze(1))
}

var recurrences = []Row{
	rnnRow("RNN/states", nil, func(x, wih, whh, b *tensor.Tensor, _ xs) *tensor.Tensor {
		states, _ := tensor.RNN(x, wih, whh, b, nil, nil)
		return states
	}),
	rnnRow("RNN/last", nil, func(x, wih, whh, b *tensor.Tensor, _ xs) *tensor.Tensor {
		_, last := tensor.RNN(x, wih, whh, b, nil, nil)
		return last
	}),
	rnnRow("RNN/both", nil, func(x, wih, whh, b *tensor.Tensor, _ xs) *tensor.Tensor {
		return joined(tensor.RNN(x, wih, whh, b, nil, nil))
	}),
	rnnRow("RNN/start", []Arg{rnnStart}, func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
		return joined(tensor.RNN(x, wih, whh, b, e[0], nil))
	}),
	rnnRow("RNN/lengths", []Arg{rnnLengths}, func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
		return joined(tensor.RNN(x, wih, whh, b, nil, e[0]))
	}),
	rnnRow("RNN/start and lengths", []Arg{rnnStart, rnnLengths}, func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
		return joined(tensor.RNN(x, wih, whh, b, e[0], e[1]))
	}),
	rnnRow("RNN/last with lengths", []Arg{rnnLengths}, func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
		_, last := tensor.RNN(x, wih, whh, b, nil, e[0])
		return last
	}),
	rnnRow("RNN/lengths of tokens", []Arg{fixed(below(2), N, rnnTime)}, func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
		_, last := tensor.RNN(x, wih, whh, b, nil, e[0].NotEqual(0).Sum(1).Int())
		return last
	}),
	rnnRow("RNN/two layers", []Arg{in(rnnWeights, 2, rnnHidden), in(rnnWeights, 2, 2), in(rnnWeights, 2)},
		func(x, wih, whh, b *tensor.Tensor, e xs) *tensor.Tensor {
			states, _ := tensor.RNN(x, wih, whh, b, nil, nil)
			return joined(tensor.RNN(states, e[0], e[1], e[2], nil, nil))
		}),
	// So many hidden units that blocks of a GPU share them.
	{Name: "RNN/wide", Args: rnnWide, Terms: wideTerms, Roundings: transcendental,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return joined(tensor.RNN(xs[0], xs[1], xs[2], nil, xs[3], nil))
		}},
	{Name: "RNN/wide with lengths", Args: append(rnnWide[:len(rnnWide):len(rnnWide)], rnnLengths),
		Terms: wideTerms, Roundings: transcendental,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return joined(tensor.RNN(xs[0], xs[1], xs[2], nil, xs[3], xs[4]))
		}},
	{Name: "RNN/no step", Args: []Arg{in(reals, N, 0, 2), fixed(rnnWeights, 3, 2), fixed(rnnWeights, 3, 3), fixed(rnnWeights, 3),
		in(rnnWeights, N, 3)},
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return joined(tensor.RNN(xs[0], xs[1], xs[2], xs[3], xs[4], nil))
		}},
	{Name: "RNN/one step", Args: []Arg{in(reals, N, 1, 2), in(rnnWeights, 3, 2), in(rnnWeights, 3, 3), in(rnnWeights, 3)},
		Terms: terms(6), Roundings: transcendental,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return joined(tensor.RNN(xs[0], xs[1], xs[2], xs[3], nil, nil))
		}},
}
