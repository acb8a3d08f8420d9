package optime

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

type arrays = map[string]tensor.Array

func reals(rng *rand.Rand, shape ...int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = 2*rng.Float32() - 1
	}
	return tensor.ArrayOf(v, shape...)
}

// vjp is f of parameters with the values of in, and the gradients of sum(f·dy), by the public interface.
func vjp(in arrays, names []string, dy tensor.Array, result string, f func(p *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor) arrays {
	out := arrays{}
	var params []*tensor.Tensor
	for _, n := range names {
		params = append(params, tensor.NewParam(append([]float32{}, in[n].Floats()...), in[n].Shape()...))
	}
	err := tensor.CPU().Run(tensor.Training, func(p *tensor.Pass) error {
		var used []*tensor.Tensor
		for _, x := range params {
			used = append(used, p.Use(x))
		}
		y := f(p, used)
		loss := y
		if !dy.Absent() {
			loss = y.Mul(p.Input(dy)).Sum()
		}
		for i, g := range p.Gradients(loss, params...) {
			if g != nil {
				out["d"+names[i]] = g.Array()
			}
		}
		out[result] = y.Array()
		return nil
	})
	if err != nil {
		panic(err)
	}
	return out
}

// Operations at the seam give what the public interface gives.
func TestOperations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rig, err := Open("cpu", tensor.FP32)
	if err != nil {
		t.Fatal(err)
	}
	defer rig.Close()
	run := func(name string, o Operation, in, want arrays, names ...string) {
		t.Helper()
		o.Sets = 2
		j, err := rig.Prepare(o, in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 3 { // from the inputs as they came, however often it ran
			if err := j.Run(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := j.Outputs()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if got[n].Len() != want[n].Len() || got[n].Len() == 0 {
				t.Errorf("%s: %s has %v, want %v", name, n, got[n].Shape(), want[n].Shape())
				continue
			}
			check.Close(t, name+" "+n, got[n].Float64s(), want[n].Float64s(), check.Tol{Abs: 1e-5, Rel: 1e-5})
		}
		if len(got) != len(names) {
			t.Errorf("%s gives %d results, want %v", name, len(got), names)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}

	a, b := reals(rng, 2, 5, 7), reals(rng, 2, 7, 3)
	in := arrays{"a": a, "b": b}
	want := vjp(in, []string{"a", "b"}, reals(rng, 2, 5, 3), "c", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor { return x[0].MatMul(x[1]) })
	run("gemm", Operation{Kind: "gemm", Sizes: map[string]int{"batch": 2, "m": 5, "n": 3, "k": 7}}, in, want, "c")

	for _, transposed := range []int{0, 1} {
		z := map[string]int{"n": 2, "h": 6, "c": 3, "k": 5, "r": 4, "stride": 2, "pad": 1, "out": 3, "transposed": transposed}
		w := reals(rng, 5, 4, 4, 3)
		conv := tensor.Conv2D
		if transposed == 1 {
			z["out"], w, conv = 12, reals(rng, 3, 4, 4, 5), tensor.ConvTranspose2D
		}
		in := arrays{"x": reals(rng, 2, 6, 6, 3), "w": w, "dy": reals(rng, 2, z["out"], z["out"], 5)}
		want := vjp(in, []string{"x", "w"}, in["dy"], "y", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
			return conv(x[0], x[1], nil, tensor.Conv2DOptions{Stride: [2]int{2, 2}, Pad: [2]int{1, 1}})
		})
		for pass, result := range map[string]string{"forward": "y", "data": "dx", "filter": "dw"} {
			run("conv "+pass, Operation{Kind: "conv2d", Pass: pass, Sizes: z}, in, want, result)
		}
	}

	in = arrays{"x": reals(rng, 2, 4, 4, 3), "dy": reals(rng, 2, 2, 2, 3)}
	want = vjp(in, []string{"x"}, in["dy"], "y", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor { return x[0].MaxPool2D(2, 0, 0) })
	run("maxpool", Operation{Kind: "maxpool", Sizes: map[string]int{"n": 2, "h": 4, "c": 3}}, in, want, "y", "dx")

	in = arrays{"x": reals(rng, 9, 4), "gamma": reals(rng, 4), "beta": reals(rng, 4), "dy": reals(rng, 9, 4)}
	want = vjp(in, []string{"x", "gamma", "beta"}, in["dy"], "y", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
		mean, variance := tensor.NewParam(make([]float32, 4), 4).Freeze(), tensor.NewParam(make([]float32, 4), 4).Freeze()
		return tensor.BatchNorm(x[0], x[1], x[2], mean, variance, 0.1, 1e-5)
	})
	run("batchnorm", Operation{Kind: "batchnorm", Sizes: map[string]int{"rows": 9, "c": 4}}, in, want, "y", "dx", "dgamma", "dbeta")

	label := tensor.ArrayOf([]int32{0, 3, 2, 1, 3}, 5)
	in = arrays{"x": reals(rng, 5, 4), "label": label}
	want = vjp(in, []string{"x"}, tensor.Array{}, "loss", func(p *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
		return tensor.CrossEntropy(x[0], p.Input(label))
	})
	run("crossentropy", Operation{Kind: "crossentropy", Sizes: map[string]int{"rows": 5, "n": 4}}, in, want, "loss", "dx")

	in = arrays{"x": reals(rng, 33)}
	want = vjp(in, []string{"x"}, reals(rng, 33), "y", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor { return x[0].Sigmoid() })
	run("unary", Operation{Kind: "unary", Op: "sigmoid", Sizes: map[string]int{"n": 33}}, in, want, "y")

	in = arrays{"x": reals(rng, 3, 5, 2)}
	want = vjp(in, []string{"x"}, reals(rng, 3, 2), "y", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor { return x[0].Sum(1) })
	run("sum", Operation{Kind: "sum", Sizes: map[string]int{"outer": 3, "n": 5, "inner": 2}}, in, want, "y")

	ids := tensor.ArrayOf([]int32{1, 0, 1, 3}, 4)
	in = arrays{"table": reals(rng, 5, 3), "ids": ids, "dy": reals(rng, 4, 3)}
	want = vjp(in, []string{"table"}, in["dy"], "y", func(p *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor { return x[0].Rows(p.Input(ids)) })
	run("embedding", Operation{Kind: "embedding", Sizes: map[string]int{"rows": 5, "dim": 3, "n": 4}}, in, want, "y", "dtable")

	z := map[string]int{"n": 2, "t": 4, "in": 3, "hidden": 5}
	names := []string{"x", "wih", "whh", "b"}
	in = arrays{"x": reals(rng, 2, 4, 3), "wih": reals(rng, 5, 3), "whh": reals(rng, 5, 5), "b": reals(rng, 5), "dh": reals(rng, 2, 4, 5)}
	want = vjp(in, names, in["dh"], "h", func(_ *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
		h, _ := tensor.RNN(x[0], x[1], x[2], x[3], nil, nil)
		return h
	})
	run("rnn", Operation{Kind: "rnn", Sizes: z}, in, want, "h", "dx", "dwih", "dwhh", "db")
	in["lengths"], in["dlast"] = tensor.ArrayOf([]int32{2, 4}, 2), reals(rng, 2, 5)
	want = vjp(in, names, in["dlast"], "last", func(p *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
		_, last := tensor.RNN(x[0], x[1], x[2], x[3], nil, p.Input(in["lengths"]))
		return last
	})
	run("ragged rnn", Operation{Kind: "rnn", Sizes: z}, in, want, "last", "dx", "dwih", "dwhh", "db")
}

// One step of Adam, and the share of a dropout, by hand.
func TestStateful(t *testing.T) {
	rig, err := Open("cpu", tensor.FP32)
	if err != nil {
		t.Fatal(err)
	}
	defer rig.Close()
	outputs := func(o Operation, in arrays) arrays {
		j, err := rig.Prepare(o, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.Run(), j.Run()); err != nil {
			t.Fatal(err)
		}
		out, err := j.Outputs()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one := func(v float32) tensor.Array { return tensor.ArrayOf([]float32{v}, 1) }
	out := outputs(Operation{Kind: "adam", Sizes: map[string]int{"n": 1}}, arrays{"p": one(1), "g": one(2), "m": one(0), "v": one(0)})
	check.Close(t, "adam", []float64{out["p"].Float64s()[0], out["m"].Float64s()[0], out["v"].Float64s()[0]}, []float64{1 - 1e-3, 0.2, 0.004}, check.Tol{Abs: 1e-6, Rel: 1e-6})

	rng := rand.New(rand.NewPCG(1, 2))
	out = outputs(Operation{Kind: "dropout", Sizes: map[string]int{"n": 10000}}, arrays{"x": reals(rng, 10000), "dy": reals(rng, 10000)})
	check.Close(t, "dropped", []float64{out["dropped"].Float64s()[0]}, []float64{0.5}, check.Tol{Abs: 0.02, Rel: 0})
	check.Close(t, "factor, same", []float64{out["factor"].Float64s()[0], out["same"].Float64s()[0]}, []float64{2, 1}, check.Tol{Abs: 1e-6, Rel: 0})

	if _, err := rig.Prepare(Operation{Kind: "none"}, nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown kind: %v", err)
	}
	if _, err := rig.Prepare(Operation{Kind: "unary", Op: "exp", Sizes: map[string]int{"n": 3}}, nil); err == nil {
		t.Error("no inputs, and no error")
	}
}
