package onnx_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/interop/onnx"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// A layer goes out as a graph, and the graph comes in again.
func Example() {
	rng := rand.New(rand.NewPCG(1, 2))
	net := layers.Sequential{layers.NewDense(rng, 3, 8), layers.ReLU, layers.NewDense(rng, 8, 2), layers.Sigmoid}
	var file bytes.Buffer
	if err := onnx.Export(&file, net, onnx.Options{Shape: []int{3}}); err != nil {
		panic(err)
	}
	m, err := onnx.Read(file.Bytes())
	if err != nil {
		panic(err)
	}
	for _, p := range m.Inputs {
		fmt.Println(p.Name, p.Type, p.Shape, p.Names)
	}
	out, err := m.Run(tensor.CPU(), map[string]tensor.Array{"input": tensor.ArrayOf(make([]float32, 4*3), 4, 3)})
	if err != nil {
		panic(err)
	}
	fmt.Println(out["output"].Shape(), out["output"].Floats()[:2])
	// Output:
	// input float32 [-1 3] [batch ]
	// [4 2] [0.5 0.5]
}
