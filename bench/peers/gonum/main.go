// Command gonum measures gonum's matrix product; with -blas, gonum on braid's.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/gopeer"
	"github.com/braidml/braid/bench/wire"
	braid "github.com/braidml/braid/blas"
	"github.com/braidml/braid/tensor"
)

type library struct{}

func (library) Describe(device string, threads int) (name, version string, err error) {
	if device != "cpu" {
		return "", "", errors.New("gonum computes on CPUs only")
	}
	runtime.GOMAXPROCS(threads)
	return "gonum", fmt.Sprintf("gonum %s, %d threads", gopeer.Version("gonum.org/v1/gonum"), threads), nil
}

func (library) Prepare(c wire.Case, inputs string) (wire.Job, error) {
	if c.Kind != "gemm" || c.Sizes["batch"] != 1 || c.Precision != "fp32" {
		return nil, wire.ErrWithout
	}
	in, err := cases.ReadFile(inputs)
	if err != nil {
		return nil, err
	}
	m, n, k := c.Sizes["m"], c.Sizes["n"], c.Sizes["k"]
	general := func(v []float32, rows, cols int) blas32.General {
		return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: v}
	}
	var a, b, y []blas32.General
	for range c.Sets {
		a, b = append(a, general(gopeer.Copy(in, "a"), m, k)), append(b, general(gopeer.Copy(in, "b"), k, n))
		y = append(y, general(make([]float32, m*n), m, n))
	}
	return &gopeer.Job{
		Sets: c.Sets,
		Compute: func(i int) error {
			blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, a[i], b[i], 0, y[i])
			return nil
		},
		Results: func() (cases.Tensors, error) { return cases.Tensors{"c": tensor.ArrayOf(y[0].Data, 1, m, n)}, nil },
	}, nil
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-blas" {
		blas32.Use(braid.Implementation{})
	}
	wire.Main(library{})
}
