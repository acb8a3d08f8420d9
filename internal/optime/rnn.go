package optime

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// rnn is a tanh RNN over x [n, t, in] with all its gradients. Without lengths it gives all states h from dh; with them,
// the last state of each row, from dlast.
func rnn(j *Job, o Operation, in map[string]tensor.Array) call {
	n, t, wide, hidden := o.Sizes["n"], o.Sizes["t"], o.Sizes["in"], o.Sizes["hidden"]
	x, wih, whh, b := j.input(in, "x"), j.input(in, "wih"), j.input(in, "whh"), j.input(in, "b")
	f := engine.RNN{H: j.real(n * t * hidden), Z: j.real(n * t * hidden), Whh: whh, N: n, T: t, Hidden: hidden}
	back := engine.RNNBwd{DZ: j.real(n * t * hidden), DWhh: j.real(hidden * hidden), H: f.H, Whh: whh, N: n, T: t, Hidden: hidden}
	dx, dwih, db := j.real(n*t*wide), j.real(hidden*wide), j.real(hidden)
	outputs := map[string]result{
		"dx": {dx, []int{n, t, wide}}, "dwih": {dwih, []int{hidden, wide}}, "dwhh": {back.DWhh, []int{hidden, hidden}}, "db": {db, []int{hidden}},
	}
	if _, ragged := in["lengths"]; ragged {
		f.Len, f.Last = j.input(in, "lengths"), j.real(n*hidden)
		back.Len, back.DLast = f.Len, j.input(in, "dlast")
		outputs["last"] = result{f.Last, []int{n, hidden}}
	} else {
		back.DH = j.input(in, "dh")
		outputs["h"] = result{f.H, []int{n, t, hidden}}
	}
	product := func(m engine.MatMul) func(s engine.Stream) error {
		m.Batch = 1
		return func(s engine.Stream) error { return s.MatMul(m) }
	}
	return call{
		run: steps(
			product(engine.MatMul{C: f.Z, A: x, B: wih, Bias: b, M: n * t, N: hidden, K: wide}),
			func(s engine.Stream) error { return s.RNN(f) },
			func(s engine.Stream) error { return s.RNNBwd(back) },
			product(engine.MatMul{C: dx, A: back.DZ, B: wih, TransB: true, M: n * t, N: wide, K: hidden}),
			product(engine.MatMul{C: dwih, A: back.DZ, B: x, TransA: true, TransB: true, M: hidden, N: wide, K: n * t}),
			func(s engine.Stream) error {
				return s.Reduce(engine.Reduction{Op: engine.Sum, Y: db, X: back.DZ, Outer: 1, N: n * t, Inner: hidden})
			},
		),
		outputs: outputs,
	}
}
