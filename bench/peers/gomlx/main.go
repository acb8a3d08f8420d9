// Command gomlx measures GoMLX on its backend in pure Go.
package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/gopeer"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

type library struct{ backend backends.Backend }

func (l *library) Describe(device string, threads int) (name, version string, err error) {
	if device != "cpu" {
		return "", "", errors.New("GoMLX's Go backend computes on CPUs only")
	}
	runtime.GOMAXPROCS(threads)
	if l.backend, err = backends.NewWithConfig("go"); err != nil {
		return "", "", err
	}
	return "gomlx", fmt.Sprintf("gomlx %s, %s, %d threads", gopeer.Version("github.com/gomlx/gomlx"), l.backend.Name(), threads), nil
}

// operation is a graph of the named inputs, and its result's name and shape.
type operation struct {
	graph  any
	inputs []string
	result string
	shape  []int
}

func (l *library) Prepare(c wire.Case, inputs string) (wire.Job, error) {
	o := operationOf(c)
	if o.graph == nil || c.Precision != "fp32" {
		return nil, wire.ErrWithout
	}
	in, err := cases.ReadFile(inputs)
	if err != nil {
		return nil, err
	}
	exec, err := NewExecAny(l.backend, o.graph)
	if err != nil {
		return nil, err
	}
	var sets [][]any
	for range c.Sets {
		var args []any
		for _, name := range o.inputs {
			args = append(args, tensors.FromFlatDataAndDimensions(gopeer.Copy(in, name), in[name].Shape()...))
		}
		sets = append(sets, args)
	}
	var last *tensors.Tensor
	return &gopeer.Job{
		Sets: c.Sets,
		Compute: func(i int) error {
			if last != nil {
				if err := last.FinalizeAll(); err != nil {
					return err
				}
			}
			last, err = exec.Exec1(sets[i]...)
			return err
		},
		Results: func() (cases.Tensors, error) {
			v, err := tensors.CopyFlatData[float32](last)
			return cases.Tensors{o.result: tensor.ArrayOf(v, o.shape...)}, err
		},
	}, nil
}

// operationOf is the graph of a case, without one where there is none.
func operationOf(c wire.Case) operation {
	z := c.Sizes
	switch {
	case c.Kind == "gemm":
		return operation{func(a, b *Node) *Node { return Einsum("bmk,bkn->bmn", a, b) }, []string{"a", "b"}, "c", []int{z["batch"], z["m"], z["n"]}}
	case c.Kind == "conv2d" && c.Pass == "forward" && z["transposed"] == 0:
		return operation{func(x, w *Node) *Node {
			w = TransposeAllAxes(w, 1, 2, 3, 0) // [h, w, in, out]
			return Convolve(x, w).Strides(z["stride"]).PaddingPerDim([][2]int{{z["pad"], z["pad"]}, {z["pad"], z["pad"]}}).Done()
		}, []string{"x", "w"}, "y", []int{z["n"], z["out"], z["out"], z["k"]}}
	case c.Kind == "unary":
		f := map[string]func(*Node) *Node{"tanh": Tanh, "sigmoid": Sigmoid, "exp": Exp}[c.Op]
		return operation{f, []string{"x"}, "y", []int{z["n"]}}
	case c.Kind == "sum":
		return operation{func(x *Node) *Node { return ReduceSum(x, 1) }, []string{"x"}, "y", []int{z["outer"], z["inner"]}}
	}
	return operation{}
}

func main() { wire.Main(&library{}) }
