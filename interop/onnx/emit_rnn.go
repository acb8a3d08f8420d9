package onnx

import "github.com/braidml/braid/tensor"

// recurrence is an rnn's node: all states [time, 1, n, hidden], and the last ones [1, n, hidden].
type recurrence struct{ states, last, lengths string }

// rnn is all states, [n, time, hidden].
func (x *exporter) rnn(i int, s *step) value {
	r := x.recur(i)
	y := x.node("Squeeze", nil, r.states, x.integers(1))
	if r.lengths != "" {
		// ONNX has zeros behind the end of a row, braid the last state.
		time := x.node("Shape", []*attribute{intAttr("start", 0), intAttr("end", 1)}, y)
		at := x.node("Range", nil, x.scalar(tensor.Int32, 0), x.node("Cast", []*attribute{intAttr("to", int64(elemInt32))},
			x.node("Squeeze", nil, time)), x.scalar(tensor.Int32, 1))
		within := x.node("Less", nil, x.node("Unsqueeze", nil, at, x.integers(1)), x.node("Unsqueeze", nil, r.lengths, x.integers(0)))
		y = x.node("Where", nil, x.node("Unsqueeze", nil, within, x.integers(2)), y, r.last)
	}
	return value{name: x.transpose(y, 1, 0, 2)}
}

func (x *exporter) rnnLast(_ int, s *step) value {
	return value{name: x.node("Squeeze", nil, x.recur(s.In[0]).last, x.integers(0))}
}

// recur adds the node of the rnn at step i, which takes in the Dense layer before it: ONNX's RNN has its weights.
func (x *exporter) recur(i int) recurrence {
	if r, ok := x.rnns[i]; ok {
		return r
	}
	s := &x.steps[i]
	z, hidden := &x.steps[s.In[0]], s.Shape[2]
	r := recurrence{}
	var sequence, w, bias string
	if z.Op == "linear" {
		sequence = x.plain(z.In[0])
		w = x.stacked(z.In[1])
		if len(z.In) > 2 { // ONNX has a second one
			none := make([]float32, hidden)
			if b := &x.steps[z.In[2]]; b.Op == "parameter" {
				both := append(b.Param.Float32s(), none...)
				bias = x.initializer(b.Param.Name(), []int{1, 2 * hidden}, tensor.ArrayOf(both, 2*hidden))
			} else {
				zeros := x.initializer("zeros", []int{1, hidden}, tensor.ArrayOf(none, hidden))
				bias = x.node("Concat", []*attribute{intAttr("axis", 1)}, x.stacked(z.In[2]), zeros)
			}
		}
	} else {
		sequence = x.plain(s.In[0])
		same := make([]float32, hidden*hidden)
		for k := range hidden {
			same[k*hidden+k] = 1
		}
		w = x.initializer("identity", []int{1, hidden, hidden}, tensor.ArrayOf(same, 1, hidden, hidden))
	}
	in := []string{x.transpose(sequence, 1, 0, 2), w, x.stacked(s.In[1]), bias, "", ""}
	next := 2
	if s.number("h0") == 1 {
		in[5] = x.node("Unsqueeze", nil, x.plain(s.In[next]), x.integers(0))
		next++
	}
	if s.number("lengths") == 1 {
		r.lengths = x.plain(s.In[next])
		in[4] = r.lengths
	}
	for in[len(in)-1] == "" {
		in = in[:len(in)-1]
	}
	y := x.nodes("RNN", []*attribute{intAttr("hidden_size", int64(hidden))}, 2, in...)
	r.states, r.last = y[0], y[1]
	x.rnns[i] = r
	return r
}

// stacked is the value of step i as ONNX's RNN has it, for one direction of one: [1, …].
func (x *exporter) stacked(i int) string {
	if s := &x.steps[i]; s.Op == "parameter" {
		return x.weights(i, nil, append([]int{1}, s.Shape...))
	}
	return x.node("Unsqueeze", nil, x.plain(i), x.integers(0))
}
