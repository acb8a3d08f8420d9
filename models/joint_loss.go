package models

import "github.com/braidml/braid/tensor"

// Loss is how far both are from what is rebuilt from both, from the image alone and from the text alone: the mean of the
// three, images by Config.Loss and texts by cross-entropy times TextWeight, logged as "image" and "text". If one of the
// two is nil, it is that of the other from itself alone; its optimizer then needs Unused.
//
// Of a variational model it is the negative bound of JMVAE (Suzuki et al. 2016), divided by the number of pixels: codes of
// both rebuild both, Beta weighs their divergence from the prior, and Match that of them from the codes of image or text
// alone, logged as "divergence" and "match". Codes of the image alone rebuild both too, those of a text only the text: it
// has many images. What the Flow learns from the codes, logged as "flow", changes nothing else.
func (j *JointAutoencoder) Loss(image, text *tensor.Tensor) *tensor.Tensor {
	return j.LossHas(image, text, nil)
}

// LossHas is Loss where has [n, 2], 0 or 1, says which of image and text each row has; nil means both. What a row lacks
// may hold anything of the right shape: nothing is rebuilt from it, and nothing compared with it. The means are over
// what is compared, so that a row with one input has its share in that input's loss.
func (j *JointAutoencoder) LossHas(image, text, has *tensor.Tensor) *tensor.Tensor {
	loss, _ := j.losses(image, text, has)
	return loss
}

// losses is LossHas, and the logits of the images that were rebuilt, first those from both inputs; nil without images.
func (j *JointAutoencoder) losses(image, text, has *tensor.Tensor) (loss, logits *tensor.Tensor) {
	f := j.features(image, text, has)
	a := &attempts{model: j, has: weights(has), image: image, text: text}
	a.add(j.merged(f, has), -1)
	if image != nil && text != nil {
		a.add(j.merged([2]*tensor.Tensor{f[0], nil}, has), 0)
		a.add(j.merged([2]*tensor.Tensor{nil, f[1]}, has), 1)
	}
	loss = a.loss()
	if j.Flow != nil && image != nil {
		flow := j.Flow.loss(a.codes[0].Detach(), f[1], a.has)
		loss.Pass().Log("flow", flow)
		loss = loss.Add(flow)
	}
	return loss, a.logits
}

// attempts are codes of the same rows from different inputs, all of which are to rebuild the same.
type attempts struct {
	model       *JointAutoencoder
	image, text *tensor.Tensor
	has         *tensor.Tensor   // [n, 2] of 0 and 1; nil: rows lack nothing
	merged      []*tensor.Tensor // what the codes are made of
	codes       []*tensor.Tensor
	from        []int // which input each code is from alone, -1: both

	logits *tensor.Tensor // of the images, once loss has rebuilt them
}

func (a *attempts) add(merged *tensor.Tensor, from int) {
	a.merged, a.codes, a.from = append(a.merged, merged), append(a.codes, a.model.draw(merged)), append(a.from, from)
}

// loss rebuilds image and text from the codes and adds the divergences of the first code's distribution: from the prior,
// and from the others where there are any.
func (a *attempts) loss() *tensor.Tensor {
	j := a.model
	var loss *tensor.Tensor
	p := a.codes[0].Pass()
	add := func(name string, x *tensor.Tensor, weight float32) {
		p.Log(name, x)
		if x = x.Scale(weight); loss == nil {
			loss = x
		} else {
			loss = loss.Add(x)
		}
	}
	if a.image != nil {
		n := len(a.codes)
		if j.Config.Variational {
			n = min(n, 2) // a text has many images
		}
		logits, x := j.ImageDecoder.Forward(tensor.Concat(0, a.codes[:n]...)), times(pixels(a.image), n)
		a.logits = logits
		if a.has == nil {
			add("image", j.Config.Loss.of(logits, x), 1)
		} else {
			add("image", weightedMean(j.Config.Loss.rows(logits, x), a.weight(0, n)), 1)
		}
	}
	if a.text != nil {
		logits := j.TextDecoder.Forward(tensor.Concat(0, a.codes...))
		add("text", a.textLoss(logits), j.Config.TextWeight)
	}
	if !j.Config.Variational {
		return loss
	}
	perPixel := 1 / float32(j.Config.Image.pixels())
	mean, logVar := split(a.merged[0], j.Config.Code)
	add("divergence", divergence(mean, logVar).Mean(), j.Config.Beta*perPixel)
	if len(a.merged) > 1 {
		kl := divergenceFrom(a.merged[0], a.merged[1]).Add(divergenceFrom(a.merged[0], a.merged[2]))
		if a.has == nil {
			add("match", kl.Mean(), j.Config.Match*perPixel)
		} else {
			add("match", weightedMean(kl.Unsqueeze(1), column(a.has, 0).Mul(column(a.has, 1))), j.Config.Match*perPixel)
		}
	}
	return loss
}

// weight says of the first n codes of all rows, [n·rows, 1], whether they are to rebuild an input: they must have been
// given what they are from, and the row must have it.
func (a *attempts) weight(input, n int) *tensor.Tensor {
	all := make([]*tensor.Tensor, n)
	for i, from := range a.from[:n] {
		all[i] = column(a.has, input)
		if from >= 0 && from != input {
			all[i] = all[i].Mul(column(a.has, from))
		}
	}
	return tensor.Concat(0, all...)
}

// textLoss is the cross-entropy of the logits of all codes with the texts.
func (a *attempts) textLoss(logits *tensor.Tensor) *tensor.Tensor {
	j, n := a.model, len(a.codes)
	if length := j.Config.Length; length > 0 {
		expect(a.text.Dim(1) <= length, "JointAutoencoder", "the texts have %d words: at most Length, %d, are expected", a.text.Dim(1), length)
		ids := times(a.text.Pad(1, 0, length-a.text.Dim(1), 0), n)
		if a.has == nil {
			return tensor.CrossEntropy(logits, ids)
		}
		each := logits.LogSoftmax(-1).Gather(2, ids.Unsqueeze(2)).Mean(1).Neg()
		return weightedMean(each, a.weight(1, n))
	}
	present := times(j.present(a.text), n)
	if a.has == nil {
		return tensor.BCEWithLogits(logits, present)
	}
	return weightedMean(PixelBCE.rows(logits, present), a.weight(1, n))
}

// weights is has as reals, nil for nil.
func weights(has *tensor.Tensor) *tensor.Tensor {
	if has == nil || has.DType() == tensor.Float32 || has.DType() == tensor.Float64 {
		return has
	}
	return has.Int().NotEqual(0)
}

// present says which words are in a text, [n, vocabulary]: 1 or 0. Padding never is.
func (j *JointAutoencoder) present(text *tensor.Tensor) *tensor.Tensor {
	vocab := j.Config.Text.Vocab
	return text.OneHot(vocab).Slice(2, 1, vocab).Max(1).Pad(1, 1, 0, 0)
}

// times repeats the rows of x n times, one whole after the other.
func times(x *tensor.Tensor, n int) *tensor.Tensor {
	if n == 1 {
		return x
	}
	all := make([]*tensor.Tensor, n)
	for i := range all {
		all[i] = x
	}
	return tensor.Concat(0, all...)
}
