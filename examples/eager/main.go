// Eager looks around step by step, as one does in a notebook or a debugger.
package main

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

func main() {
	p := tensor.CPU().Pass(tensor.Training)
	conv := layers.NewConv2D(rand.New(rand.NewPCG(1, 2)), layers.Conv2DConfig{In: 3, Out: 8, Kernel: 3})

	x := p.Normal(1, 8, 8, 3)
	y := conv.Forward(x)
	fmt.Println("convolved:", y) // computes the convolution now

	z := y.ReLU().MaxPool2D(2, 2, 0)
	loss := z.Square().Mean()
	grads := p.Gradients(loss, conv.Weight, conv.Bias)
	fmt.Println("loss:", loss.Item())
	fmt.Println("gradient of the bias:", grads[1])

	// What the engine did. Had y not been printed, relu and maxpool would be part of the convolution.
	for _, op := range p.Ops() {
		fmt.Println("  ", op)
	}

	// A mistake is a panic at the line that made it; Try turns it into an error, as Device.Run does.
	err := tensor.Try(func() error {
		fmt.Println(x.MatMul(z))
		return nil
	})
	fmt.Println("mistake:", err)

	if err := p.Close(); err != nil {
		log.Fatal(err)
	}
}
