package gorgonia_test

import (
	"fmt"

	"github.com/braidml/braid/interop/gorgonia"
	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// Gorgonia's MatMul on a braid device.
func ExampleEngine() {
	e := gorgonia.Engine{Device: tensor.CPU()}
	a := g.New(g.WithShape(2, 2), g.WithBacking([]float32{1, 2, 3, 4}), g.WithEngine(e))
	c, err := g.MatMul(a, a)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Data())
	// Output: [7 10 15 22]
}

// Columns of a Gorgonia array through braid and back.
func ExampleArray() {
	d := g.New(g.WithShape(2, 3), g.WithBacking([]float32{-1, 2, -3, 4, -5, 6}))
	columns, err := d.Slice(nil, g.S(1, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := gorgonia.Array(columns.(*g.Dense))
	if err != nil {
		fmt.Println(err)
		return
	}
	var y tensor.Array
	err = tensor.CPU().Run(tensor.Inference, func(p *tensor.Pass) error {
		y = p.Input(x).ReLU().Array()
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(gorgonia.Dense(y).Data())
	// Output: [2 0 0 6]
}
