package layers

import "github.com/braidml/braid/tensor"

// OutShape is the shape that l gives for an input of the given shape, both without the batch dimension. It runs l on
// shapes alone, so it works for every layer, a user's too. Layers that read tokens get Int32.
func OutShape(l Layer, in ...int) []int {
	var out []int
	try := func(tokens bool) error {
		return tensor.Shapes(tensor.Inference, func(p *tensor.Pass) error {
			x := p.Full(0, append([]int{1}, in...)...)
			if tokens {
				x = x.Int()
			}
			out = append([]int(nil), l.Forward(x).Shape()[1:]...)
			return nil
		})
	}
	err := try(false)
	if err != nil && try(true) == nil {
		err = nil
	}
	if err != nil {
		panic(&tensor.Error{Op: "layers.OutShape", Shapes: [][]int{in}, Err: err})
	}
	return out
}
