// Package gorgonia passes arrays between braid and gorgonia.org/tensor, and lets Gorgonia compute on a braid
// device. It is the only importer of that module outside the benchmarks, so that programs which do not use Gorgonia do
// not link its 14 MB. docs/gorgonia.md says what runs where, and how fast. In this package's documentation g is gorgonia.org/tensor.
//
//	a := g.New(g.WithShape(512, 256), g.Of(g.Float32), g.WithEngine(gorgonia.Engine{Device: dev}))
//	c, err := g.MatMul(a, b)           // runs on dev
//
//	x, err := gorgonia.Array(a)        // for p.Input(x)
//	d := gorgonia.Dense(y.Array())     // for the rest of a Gorgonia program
//
// A program that only wants Gorgonia's float32 products to be fast on the CPU says g.Use(blas.Implementation{}), with
// braid's package blas, and needs none of this.
package gorgonia
