// Command gorgonia measures matrix products of gorgonia.org/tensor, and convolutions and functions of Gorgonia's graphs;
// with -blas both multiply by braid.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"gonum.org/v1/gonum/blas/blas32"
	"gorgonia.org/gorgonia"
	dense "gorgonia.org/tensor"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/gopeer"
	"github.com/braidml/braid/bench/wire"
	braid "github.com/braidml/braid/blas"
	"github.com/braidml/braid/tensor"
)

type library struct{}

func (library) Describe(device string, threads int) (name, version string, err error) {
	if device != "cpu" {
		return "", "", errors.New("measured on CPUs only")
	}
	runtime.GOMAXPROCS(threads)
	return "gorgonia", fmt.Sprintf("gorgonia %s, tensor %s, %d threads", gopeer.Version("gorgonia.org/gorgonia"), gopeer.Version("gorgonia.org/tensor"), threads), nil
}

func (library) Prepare(c wire.Case, inputs string) (wire.Job, error) {
	if c.Precision != "fp32" || c.Kind == "conv2d" && (c.Pass != "forward" || c.Sizes["transposed"] == 1) || c.Kind == "gemm" && c.Sizes["batch"] != 1 {
		return nil, wire.ErrWithout
	}
	prepare := map[string]func(wire.Case, cases.Tensors) (wire.Job, error){"gemm": gemm, "conv2d": conv2d, "unary": unary}[c.Kind]
	if prepare == nil {
		return nil, wire.ErrWithout
	}
	in, err := cases.ReadFile(inputs)
	if err != nil {
		return nil, err
	}
	return prepare(c, in)
}

func array(v []float32, shape ...int) *dense.Dense {
	return dense.New(dense.WithShape(shape...), dense.WithBacking(v))
}

func gemm(c wire.Case, in cases.Tensors) (wire.Job, error) {
	m, n, k := c.Sizes["m"], c.Sizes["n"], c.Sizes["k"]
	var a, b, y []*dense.Dense
	for range c.Sets {
		a, b = append(a, array(gopeer.Copy(in, "a"), m, k)), append(b, array(gopeer.Copy(in, "b"), k, n))
		y = append(y, array(make([]float32, m*n), m, n))
	}
	return &gopeer.Job{
		Sets: c.Sets,
		Compute: func(i int) error {
			_, err := dense.MatMul(a[i], b[i], dense.WithReuse(y[i]))
			return err
		},
		Results: func() (cases.Tensors, error) {
			return cases.Tensors{"c": tensor.ArrayOf(y[0].Float32s(), 1, m, n)}, nil
		},
	}, nil
}

// graph is a job of one graph a set, made by f from the nodes of its inputs.
func graph(c wire.Case, inputs map[string]func() *dense.Dense, f func(of map[string]*gorgonia.Node) (*gorgonia.Node, error),
	result func(v []float32) tensor.Array) (wire.Job, error) {
	var machines []gorgonia.VM
	var first gorgonia.Value
	for set := range c.Sets {
		g, of := gorgonia.NewGraph(), map[string]*gorgonia.Node{}
		for name, make := range inputs {
			v := make()
			of[name] = gorgonia.NewTensor(g, dense.Float32, v.Dims(), gorgonia.WithName(name), gorgonia.WithShape(v.Shape()...), gorgonia.WithValue(v))
		}
		y, err := f(of)
		if err != nil {
			return nil, err
		}
		if set == 0 {
			gorgonia.Read(y, &first)
		}
		machines = append(machines, gorgonia.NewTapeMachine(g))
	}
	return &gopeer.Job{
		Sets: c.Sets,
		Compute: func(i int) error {
			machines[i].Reset()
			return machines[i].RunAll()
		},
		Results: func() (cases.Tensors, error) {
			return cases.Tensors{"y": result(first.Data().([]float32))}, nil
		},
	}, nil
}

// conv2d goes over to NCHW before it is timed, and back after.
func conv2d(c wire.Case, in cases.Tensors) (wire.Job, error) {
	z := c.Sizes
	n, h, ci, k, r, out := z["n"], z["h"], z["c"], z["k"], z["r"], z["out"]
	return graph(c, map[string]func() *dense.Dense{
		"x": func() *dense.Dense { return array(turn(in["x"].Floats(), n, h*h, ci), n, ci, h, h) },
		"w": func() *dense.Dense { return array(turn(in["w"].Floats(), k, r*r, ci), k, ci, r, r) },
	}, func(of map[string]*gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Conv2d(of["x"], of["w"], dense.Shape{r, r}, []int{z["pad"], z["pad"]}, []int{z["stride"], z["stride"]}, []int{1, 1})
	}, func(v []float32) tensor.Array { return tensor.ArrayOf(turn(v, n, k, out*out), n, out, out, k) })
}

// turn exchanges the last two dimensions of [n, a, b].
func turn(v []float32, n, a, b int) []float32 {
	out := make([]float32, len(v))
	for i := range n {
		for j := range a {
			for k := range b {
				out[(i*b+k)*a+j] = v[(i*a+j)*b+k]
			}
		}
	}
	return out
}

func unary(c wire.Case, in cases.Tensors) (wire.Job, error) {
	n := c.Sizes["n"]
	f := map[string]func(*gorgonia.Node) (*gorgonia.Node, error){"tanh": gorgonia.Tanh, "sigmoid": gorgonia.Sigmoid, "exp": gorgonia.Exp}[c.Op]
	return graph(c, map[string]func() *dense.Dense{"x": func() *dense.Dense { return array(gopeer.Copy(in, "x"), n) }},
		func(of map[string]*gorgonia.Node) (*gorgonia.Node, error) { return f(of["x"]) },
		func(v []float32) tensor.Array { return tensor.ArrayOf(v, n) })
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-blas" {
		blas32.Use(braid.Implementation{})
		dense.Use(braid.Implementation{})
	}
	wire.Main(library{})
}
