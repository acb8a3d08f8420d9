package models

import "github.com/braidml/braid/tensor"

// Predict computes class probabilities [n, classes], of many labels each by itself, or the values of a regression. Inputs
// are as in Forward; an absent Array is a missing input. Any number of goroutines may call it. What is wrong with the
// inputs is the error.
func (f *Fusion) Predict(d *tensor.Device, image, text tensor.Array) (tensor.Array, error) {
	return f.PredictHas(d, image, text, tensor.Array{})
}

// PredictHas is Predict where has [n, 2] says which of image and text each sample has, as in ForwardHas.
func (f *Fusion) PredictHas(d *tensor.Device, image, text, has tensor.Array) (tensor.Array, error) {
	var out tensor.Array
	err := d.Run(tensor.Inference, func(p *tensor.Pass) error {
		f.checkTokens(text)
		y := f.ForwardHas(p.Input(image), p.Input(text), p.Input(has))
		switch {
		case f.Config.MultiLabel:
			y = y.Sigmoid()
		case !f.Config.Regression:
			y = y.Softmax(-1)
		}
		out = y.Array()
		return nil
	})
	if err != nil {
		return tensor.Array{}, err
	}
	return out, nil
}

// checkTokens looks at the values, before a device does: a GPU reads the row of a token that is not there as NaN.
func (f *Fusion) checkTokens(text tensor.Array) {
	c := f.Config.Text
	if c.Dense > 0 || c.Vocab == 0 || text.Len() == 0 || text.DType() != tensor.Int32 {
		return
	}
	for i, id := range tensor.Values[int32](text) {
		if id < 0 || int(id) >= c.Vocab {
			expect(false, "Fusion", "the texts have token %d at %d: tokens are 0 to %d", id, i, c.Vocab-1)
		}
	}
}
