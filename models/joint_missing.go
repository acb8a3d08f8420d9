package models

import "github.com/braidml/braid/tensor"

// features is what the encoders give, nil where there is nothing to encode. What a row lacks is black, or no word, to
// them: a batch normalisation of the image encoder sees it with the others.
func (j *JointAutoencoder) features(image, text, has *tensor.Tensor) (f [2]*tensor.Tensor) {
	expect(image != nil || text != nil, "JointAutoencoder", "image and text are both nil: at least one is expected")
	n := 0
	if image != nil {
		j.Config.Image.checkImages("JointAutoencoder", image)
		n = image.Dim(0)
	} else {
		n = text.Dim(0)
	}
	if text != nil {
		j.Config.Text.checkTexts("JointAutoencoder", text, n)
	}
	if has != nil {
		ok := has.Rank() == 2 && has.Dim(0) == n && has.Dim(1) == 2
		expect(ok, "JointAutoencoder", "has is %v: [%d 2] is expected", has.Shape(), n)
	}
	if image != nil {
		x := pixels(image)
		if has != nil {
			x = tensor.Where(column(has, 0).Reshape(n, 1, 1, 1), x, x.Pass().Full(0, 1, 1, 1, 1))
		}
		f[0] = j.Image.Forward(x)
	}
	if text != nil {
		f[1] = j.Text.Forward(text)
	}
	return f
}

// column is one of the columns of has, [n, 1].
func column(has *tensor.Tensor, i int) *tensor.Tensor { return has.Slice(1, i, i+1) }

// merged joins features, with what stands for those that are nil, or that has says a row lacks.
func (j *JointAutoencoder) merged(f [2]*tensor.Tensor, has *tensor.Tensor) *tensor.Tensor {
	var there []*tensor.Tensor
	for i, x := range f {
		switch {
		case x == nil && j.Config.Variational:
		case x == nil:
			some := f[1-i]
			there = append(there, some.Pass().Use(j.Absent[i]).Expand(some.Dim(0), some.Dim(1)))
		case has != nil:
			there = append(there, tensor.Where(column(has, i), x, j.missing(x.Pass(), i)))
		default:
			there = append(there, x)
		}
	}
	return j.Merge.Forward(there...)
}

// missing is what stands for the image (0) or the text (1) of a row that has none.
func (j *JointAutoencoder) missing(p *tensor.Pass, i int) *tensor.Tensor {
	if !j.Config.Variational {
		return p.Use(j.Absent[i])
	}
	// A distribution so wide that Experts adds nothing to a precision of at least 1: e^-80 is far below half an ulp.
	return tensor.Concat(0, p.Full(0, j.Config.Code), p.Full(80, j.Config.Code))
}
