package tensor_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/braidml/braid/tensor"
)

// Values, and a gradient, of a small expression.
func Example() {
	err := tensor.CPU().Run(tensor.Training, func(p *tensor.Pass) error {
		x := tensor.From(p, []float32{1, 2, 3, 4}, 2, 2)
		y := x.MatMul(x)
		fmt.Println(y)

		loss := y.Sum()
		grads := p.Gradients(loss, x)
		fmt.Println(loss.Item(), grads[0])
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// [2 2] 7 10 15 22
	// 54 [2 2] 7 11 9 13
}

// A mistake comes out of Run as an error that names the operation and the shapes.
func ExampleDevice_Run() {
	err := tensor.CPU().Run(tensor.Inference, func(p *tensor.Pass) error {
		x := p.Full(1, 64, 128)
		x.MatMul(p.Full(1, 64, 10))
		return nil
	})
	var mistake *tensor.Error
	if errors.As(err, &mistake) {
		fmt.Println(mistake.Op, mistake.Shapes)
		fmt.Println(mistake.Rule)
	}
	// Output:
	// MatMul [[64 128] [64 10]]
	// inner dimensions differ (128, 64)
}

// A number that changes from step to step is a Scalar: the steps stay one replayed plan.
func ExamplePass_Scalar() {
	dev := tensor.CPU()
	for step := range 3 {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			beta := p.Scalar(float32(step) / 2)
			fmt.Println(tensor.From(p, []float32{2, 4}, 2).Mul(beta))
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// [2] 0 0
	// [2] 1 2
	// [2] 2 4
}
