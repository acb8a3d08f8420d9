package optime

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// steps runs one operation after the other.
func steps(all ...func(s engine.Stream) error) func(s engine.Stream) error {
	return func(s engine.Stream) error {
		for _, f := range all {
			if err := f(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// maxPool is a pooling of 2x2 and its gradient: x [n,h,h,c] and dy give y and dx.
func maxPool(j *Job, o Operation, in map[string]tensor.Array) call {
	n, h, c := o.Sizes["n"], o.Sizes["h"], o.Sizes["c"]
	out := h / 2
	d := engine.ConvDims{N: n, H: h, W: h, C: c, K: c, R: 2, S: 2, OutH: out, OutW: out, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1}
	arg := j.space(engine.U8, n*out*out*c)
	fwd := engine.Pool2D{Y: j.real(n * out * out * c), X: j.input(in, "x"), Arg: arg, ConvDims: d}
	bwd := engine.Pool2D{Y: j.input(in, "dy"), X: j.real(n * h * h * c), Arg: arg, ConvDims: d}
	return call{
		run: steps(func(s engine.Stream) error { return s.MaxPool2D(fwd) }, func(s engine.Stream) error { return s.MaxPool2DBwd(bwd) }),
		outputs: map[string]result{
			"y": {fwd.Y, []int{n, out, out, c}}, "dx": {bwd.X, []int{n, h, h, c}},
		},
	}
}

// batchNorm normalises x [rows, c] by its own statistics, and takes all gradients.
func batchNorm(j *Job, o Operation, in map[string]tensor.Array) call {
	rows, c := o.Sizes["rows"], o.Sizes["c"]
	f := engine.Norm{Y: j.real(rows * c), X: j.input(in, "x"), Gamma: j.input(in, "gamma"), Beta: j.input(in, "beta"),
		Mean: j.real(c), InvStd: j.real(c), Rows: rows, C: c, Eps: 1e-5, Momentum: 0.1, Training: true}
	b := engine.NormBwd{DX: j.real(rows * c), DGamma: j.real(c), DBeta: j.real(c), DY: j.input(in, "dy"), X: f.X, Gamma: f.Gamma,
		Mean: f.Mean, InvStd: f.InvStd, Rows: rows, C: c, Training: true}
	return call{
		run: steps(func(s engine.Stream) error { return s.BatchNorm(f) }, func(s engine.Stream) error { return s.BatchNormBwd(b) }),
		outputs: map[string]result{
			"y": {f.Y, []int{rows, c}}, "dx": {b.DX, []int{rows, c}}, "dgamma": {b.DGamma, []int{c}}, "dbeta": {b.DBeta, []int{c}},
		},
	}
}

// crossEntropy is the mean softmax cross-entropy of logits x [rows, n] with its gradient.
func crossEntropy(j *Job, o Operation, in map[string]tensor.Array) call {
	rows, n := o.Sizes["rows"], o.Sizes["n"]
	c := engine.CrossEntropy{Loss: j.real(1), DX: j.real(rows * n), X: j.input(in, "x"), Label: j.input(in, "label"), Rows: rows, N: n}
	return call{
		run:     func(s engine.Stream) error { return s.CrossEntropy(c) },
		outputs: map[string]result{"loss": {c.Loss, []int{1}}, "dx": {c.DX, []int{rows, n}}},
	}
}

var unaries = map[string]engine.UnaryOp{"tanh": engine.Tanh, "sigmoid": engine.Sigmoid, "exp": engine.Exp, "relu": engine.ReLU}

// unary is a function of each of n numbers.
func unary(j *Job, o Operation, in map[string]tensor.Array) call {
	n := o.Sizes["n"]
	u := engine.Unary{Op: unaries[o.Op], Y: j.real(n), X: j.input(in, "x")}
	return call{
		run:     func(s engine.Stream) error { return s.Unary(u) },
		outputs: map[string]result{"y": {u.Y, []int{n}}},
	}
}

// sum adds up x [outer, n, inner] over n.
func sum(j *Job, o Operation, in map[string]tensor.Array) call {
	outer, n, inner := o.Sizes["outer"], o.Sizes["n"], o.Sizes["inner"]
	r := engine.Reduction{Op: engine.Sum, Y: j.real(outer * inner), X: j.input(in, "x"), Outer: outer, N: n, Inner: inner}
	return call{
		run:     func(s engine.Stream) error { return s.Reduce(r) },
		outputs: map[string]result{"y": {r.Y, []int{outer, inner}}},
	}
}

// embedding looks n ids up in table [rows, dim], and sums dy [n, dim] into a gradient of the whole table.
func embedding(j *Job, o Operation, in map[string]tensor.Array) call {
	rows, dim, n := o.Sizes["rows"], o.Sizes["dim"], o.Sizes["n"]
	f := engine.Gather{Y: j.real(n * dim), Table: j.input(in, "table"), Ids: j.input(in, "ids"), Rows: rows, Dim: dim, N: n, Pad: -1}
	b := engine.Gather{Y: j.input(in, "dy"), Table: j.real(rows * dim), Ids: f.Ids, Rows: rows, Dim: dim, N: n, Pad: -1}
	return call{
		run:     steps(func(s engine.Stream) error { return s.Gather(f) }, func(s engine.Stream) error { return s.ScatterAdd(b) }),
		outputs: map[string]result{"y": {f.Y, []int{n, dim}}, "dtable": {b.Table, []int{rows, dim}}},
	}
}

// adam is the first step of Adam on p with gradient g and moments m and v, rate 1e-3, which it overwrites.
func adam(j *Job, o Operation, in map[string]tensor.Array) call {
	n := o.Sizes["n"]
	u := engine.Update{Param: j.changing(in, "p"), Grad: j.input(in, "g"), S1: j.changing(in, "m"), S2: j.changing(in, "v"),
		Rate: j.number(1e-3), Step: j.number(1), Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	return call{
		run:     func(s engine.Stream) error { return s.Adam(u) },
		outputs: map[string]result{"p": {u.Param, []int{n}}, "m": {u.S1, []int{n}}, "v": {u.S2, []int{n}}},
	}
}
