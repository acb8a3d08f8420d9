package explain

import (
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Options choose what is explained.
type Options struct {
	Classes []int  // of each row, the class whose score is explained; nil: the one with the highest score
	Layer   string // path of the layer whose maps Grad-CAM weighs, as in layers.Summary; "": the last convolution, normalised and activated, before it is pooled
	Steps   int    // of Integrate: 64
}

// Explanation is what speaks for a class in each row of a batch.
type Explanation struct {
	Scores  tensor.Array // [n, classes], what the model gives
	Classes []int        // of each row, the class that is explained
	Layer   string       // whose maps CAM weighs; "" without an image

	// CAM is Grad-CAM (Selvaraju et al. 2017), [n, h', w'] of the layer's maps A: max(0, Σ_k α_k·A_k) with
	// α_k = mean over the pixels of dscore/dA_k. [Upsample] brings it to the picture's size.
	CAM tensor.Array
	// Saliency is max over the channels of |dscore/dpixel|, [n, h, w] (Simonyan et al. 2014).
	Saliency tensor.Array
	// Words is gradient times input, [n, time]: for each word the sum of its embedding times dscore/dembedding; for a
	// text that is a vector, each of its numbers times its gradient, [n, d]. What is above 0 speaks for the class.
	Words tensor.Array
}

// Explain computes why m gives a class its score, for a batch: image [n, h, w, c] of bytes or reals, text [n, time] of
// tokens or [n, d] of reals. An absent Array is a missing input, whose part of the Explanation is absent too. Rows do not
// influence each other. A wrong input, an unknown layer or class is the error.
func Explain(d *tensor.Device, m Model, image, text tensor.Array, o Options) (*Explanation, error) {
	e := &Explanation{}
	err := d.Run(tensor.Inference, func(p *tensor.Pass) error {
		s := &seen{}
		layers.Watch(p, m, s.see)
		x, t := inputs(p, image, text)
		scores := m.Forward(x, t)
		classes := choose(p, scores, o.Classes)
		total := scoreOf(scores, classes).Sum()

		var targets [3]*tensor.Tensor // maps, picture, words; those that are there
		if x != nil {
			layer := s.layer(o.Layer)
			e.Layer, targets[0], targets[1] = layer.path, layer.y, x
		}
		if t != nil {
			targets[2] = s.words(t)
		}
		grads := gradients(p, total, targets[:]...)
		e.Scores, e.Classes = scores.Array(), integers(classes)
		if x != nil {
			expect(grads[0] != nil, "Explain", "the scores do not depend on the layer %q: one on the way from the image to the scores is expected", e.Layer)
			e.CAM, e.Saliency = cam(targets[0], grads[0]).Array(), saliency(x, grads[1]).Array()
		}
		if t != nil {
			e.Words = perWord(targets[2], grads[2]).Array()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// inputs are image and text in p; the image is real, so that it has a gradient.
func inputs(p *tensor.Pass, image, text tensor.Array) (x, t *tensor.Tensor) {
	x, t = p.Input(image), p.Input(text)
	if x != nil {
		expect(x.Rank() == 4 && x.DType() != tensor.Int32, "Explain", "the image is %v %v: bytes or reals [n h w c] are expected", x.DType(), x.Shape())
		x = x.Float()
	}
	expect(x != nil || t != nil, "Explain", "image and text are both absent: at least one is expected")
	return x, t
}

// choose is the class of each row, [n].
func choose(p *tensor.Pass, scores *tensor.Tensor, classes []int) *tensor.Tensor {
	expect(scores.Rank() == 2, "Explain", "the model gives %v: scores [n classes] are expected", scores.Shape())
	if classes == nil {
		return scores.ArgMax(1)
	}
	n, k := scores.Dim(0), scores.Dim(1)
	expect(len(classes) == n, "Explain", "there are %d classes for %d rows: one of each row is expected", len(classes), n)
	ids := make([]int32, n)
	for i, c := range classes {
		expect(c >= 0 && c < k, "Explain", "the class of row %d is %d: 0 to %d is expected", i, c, k-1)
		ids[i] = int32(c)
	}
	return p.Input(tensor.ArrayOf(ids, n))
}

// scoreOf is the score of each row's class, [n].
func scoreOf(scores, classes *tensor.Tensor) *tensor.Tensor {
	return scores.Mul(classes.OneHot(scores.Dim(1))).Sum(1)
}

// gradients are dscore/dx, nil for those that are nil.
func gradients(p *tensor.Pass, score *tensor.Tensor, xs ...*tensor.Tensor) []*tensor.Tensor {
	var there []*tensor.Tensor
	for _, x := range xs {
		if x != nil {
			there = append(there, x)
		}
	}
	grads, all := p.Gradients(score, there...), make([]*tensor.Tensor, len(xs))
	for i, x := range xs {
		if x != nil {
			all[i], grads = grads[0], grads[1:]
		}
	}
	return all
}

func integers(t *tensor.Tensor) []int {
	ids := tensor.Values[int32](t.Array())
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}

// cam is Grad-CAM of maps and their gradients, [n, h, w, c] -> [n, h, w].
func cam(maps, grads *tensor.Tensor) *tensor.Tensor {
	weights := grads.Mean(1, 2).Reshape(maps.Dim(0), 1, 1, maps.Dim(3))
	return maps.Mul(weights).Sum(3).ReLU()
}

// saliency is [n, h, w]; zeros where the scores do not depend on the picture.
func saliency(x, grad *tensor.Tensor) *tensor.Tensor {
	if grad == nil {
		return x.Sum(3).Scale(0)
	}
	return grad.Abs().Max(3)
}

// perWord is gradient times input, [n, time, d] or [n, d] -> [n, time] or [n, d].
func perWord(x, grad *tensor.Tensor) *tensor.Tensor {
	y := product(x, grad)
	if y.Rank() == 3 {
		y = y.Sum(2)
	}
	return y
}

// product is x·grad; zeros where the scores do not depend on x.
func product(x, grad *tensor.Tensor) *tensor.Tensor {
	if grad == nil {
		return x.Scale(0)
	}
	return x.Mul(grad)
}
