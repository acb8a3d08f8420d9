package models

import "github.com/braidml/braid/tensor"

// Loss is how far both are from what is rebuilt from both, from the image alone and from the text alone: the mean of the
// three, images by Config.Loss and texts by cross-entropy times TextWeight, logged as "image" and "text". If one of the
// two is nil, it is that of the other from itself alone; its optimizer then needs Unused.
//
// Of a variational model it is the negative bound of JMVAE (Suzuki et al. 2016), divided by the number of pixels: codes of
// both rebuild both, Beta weighs their divergence from the prior, and Match that of them from the codes of image or text
// alone, logged as "divergence" and "match". Codes of the image alone rebuild both too, those of a text only the text: it
// has many images.
func (j *JointAutoencoder) Loss(image, text *tensor.Tensor) *tensor.Tensor {
	f := j.features(image, text)
	if image == nil || text == nil {
		return j.loss(image, text, []*tensor.Tensor{j.merged(f)}, 1)
	}
	posteriors := []*tensor.Tensor{j.merged(f), j.merged([2]*tensor.Tensor{f[0], nil}), j.merged([2]*tensor.Tensor{nil, f[1]})}
	if j.Config.Variational {
		return j.loss(image, text, posteriors, 2)
	}
	return j.loss(image, text, posteriors, 3)
}

// loss rebuilds the texts from all codes and the images from the first few, and adds the divergences of the first code's
// distribution: from the prior, and from the others where there are any.
func (j *JointAutoencoder) loss(image, text *tensor.Tensor, merged []*tensor.Tensor, images int) *tensor.Tensor {
	var loss *tensor.Tensor
	p := merged[0].Pass()
	add := func(name string, x *tensor.Tensor, weight float32) {
		p.Log(name, x)
		if x = x.Scale(weight); loss == nil {
			loss = x
		} else {
			loss = loss.Add(x)
		}
	}
	codes := make([]*tensor.Tensor, len(merged))
	for i, m := range merged {
		codes[i] = j.draw(m)
	}
	if image != nil {
		logits := j.ImageDecoder.Forward(tensor.Concat(0, codes[:images]...))
		add("image", j.Config.Loss.of(logits, times(pixels(image), images)), 1)
	}
	if text != nil {
		logits := j.TextDecoder.Forward(tensor.Concat(0, codes...))
		add("text", j.textLoss(logits, text, len(codes)), j.Config.TextWeight)
	}
	if !j.Config.Variational {
		return loss
	}
	perPixel := 1 / float32(j.Config.Image.pixels())
	mean, logVar := split(merged[0], j.Config.Code)
	add("divergence", divergence(mean, logVar).Mean(), j.Config.Beta*perPixel)
	if len(merged) > 1 {
		kl := divergenceFrom(merged[0], merged[1]).Add(divergenceFrom(merged[0], merged[2]))
		add("match", kl.Mean(), j.Config.Match*perPixel)
	}
	return loss
}

// textLoss is the cross-entropy of logits with text, so many times over.
func (j *JointAutoencoder) textLoss(logits, text *tensor.Tensor, n int) *tensor.Tensor {
	if length := j.Config.Length; length > 0 {
		expect(text.Dim(1) <= length, "JointAutoencoder", "the texts have %d words: at most Length, %d, are expected", text.Dim(1), length)
		return tensor.CrossEntropy(logits, times(text.Pad(1, 0, length-text.Dim(1), 0), n))
	}
	return tensor.BCEWithLogits(logits, times(j.present(text), n))
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
