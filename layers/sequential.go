package layers

import "github.com/braidml/braid/tensor"

// Sequential runs layers in order. torch.nn.Sequential.
type Sequential []Layer

// Forward runs x through all layers.
func (s Sequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	for i, l := range s {
		expect(l != nil, "Sequential", "layer %d of %d is nil", i, len(s))
		if w := watching(x); w != nil {
			x = w.child(s, i, x)
		} else {
			x = l.Forward(x)
		}
	}
	return x
}

// Residual is x + Body(x), or Shortcut(x) + Body(x) where Body changes the shape (He et al. 2015). Behind a Dense layer the
// sum, and an activation that follows it, are part of the matrix product.
type Residual struct{ Body, Shortcut Layer }

// Forward runs both ways and adds them.
func (r Residual) Forward(x *tensor.Tensor) *tensor.Tensor {
	expect(r.Body != nil, "Residual", "Body is nil")
	y := r.Body.Forward(x)
	if r.Shortcut != nil {
		x = r.Shortcut.Forward(x)
	}
	expect(sameShape(x, y), "Residual", "the body's output is %v, what it is added to is %v: give it a Shortcut that changes the shape too", y.Shape(), x.Shape())
	return saw(r, x.Add(y))
}
