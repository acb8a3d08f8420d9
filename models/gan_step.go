package models

import "github.com/braidml/braid/tensor"

// Step updates the discriminator and then the generator on real images, bytes or reals in [0, 1], with their texts (nil
// if the model has none), and returns their losses. For its loss each half takes the other's parameters for constants;
// only the running statistics of batch normalisations follow every batch that passes.
//
// It logs what [GANLimits] and a Trainer look at: "loss" (the sum, so that a Trainer stops where it is not finite),
// "discriminator", "generator", "accuracy" (of the discriminator, before its update) and "variety" (the variance of a
// pixel over drawn images by that over real ones). With texts also "matching" (of drawn images with their texts, see
// GANConfig.Match) and "variety of a text": the variance of a pixel over images of one text by that over all. For the
// latter a sixteenth more images are drawn, which belong to the generator's batch as its batch normalisations see it.
func (g *GAN) Step(real, text *tensor.Tensor) (lossD, lossG *tensor.Tensor) {
	return g.StepFrom(real.Pass().Normal(real.Dim(0), g.Config.Latent), real, text)
}

// StepFrom is Step with the caller's noise z [n, latent].
func (g *GAN) StepFrom(z, real, text *tensor.Tensor) (lossD, lossG *tensor.Tensor) {
	g.Config.Image.checkImages("GAN.Step", real)
	g.checkTexts(text, real.Dim(0))
	p, loss, d := real.Pass(), g.Config.Loss, g.Discriminator
	x := centred(real)
	z, wanted, more := again(z, text)
	fake := g.Generator.Forward(z, wanted)
	if more > 0 {
		n := real.Dim(0)
		p.Log("variety of a text", ofText(fake.Slice(0, 0, n), fake.Slice(0, n, n+more)))
		fake = fake.Slice(0, 0, n)
	}

	features := d.encode(text)
	seen := d.Body.Forward(x)
	onReal, onFake := d.score(seen, features), d.score(d.Body.Forward(fake.Detach()), features)
	refused := loss.fake(onFake).Mean()
	if features != nil {
		// Half of what it must refuse is drawn, half is real with a text of another image (Reed et al. 2016).
		wrong, differs := mismatched(features, text)
		refused = refused.Add(weightedMean(loss.fake(d.score(seen, wrong)), differs)).Scale(0.5)
	}
	lossD = loss.real(onReal, g.Config.Smooth).Mean().Add(refused)
	match := features != nil && g.Config.Match > 0
	if match {
		lossD = lossD.Add(d.matching(seen, features, text).Mean())
	}
	p.Log("accuracy", g.accuracy(onReal, onFake))
	g.OptD.Minimize(lossD)

	drawn, features := d.Body.Forward(fake), d.encode(text) // by what the discriminator is now
	lossG = loss.generator(d.score(drawn, features)).Mean()
	if match {
		found := d.matching(drawn, features, text).Mean()
		p.Log("matching", found)
		lossG = lossG.Add(found.Scale(g.Config.Match))
	}
	g.OptG.Minimize(lossG)
	g.average(p)
	p.Log("loss", lossD.Add(lossG))
	p.Log("discriminator", lossD)
	p.Log("generator", lossG)
	p.Log("variety", spread(fake).Div(spread(x).Clamp(1e-12, 1)))
	return lossD, lossG
}

// mismatched gives each image the features of the next one's text, and says [n, 1] where that is another text: 1 or 0.
func mismatched(features, text *tensor.Tensor) (wrong, differs *tensor.Tensor) {
	same := text.Equal(next(text)).Sum(1).Unsqueeze(1)
	width := text.Pass().Full(float32(text.Dim(1)), 1, 1)
	return next(features), same.Less(width)
}

// next moves each row to the place before it, and the first to the last.
func next(x *tensor.Tensor) *tensor.Tensor {
	n := x.Dim(0)
	if n == 1 {
		return x
	}
	return tensor.Concat(0, x.Slice(0, 1, n), x.Slice(0, 0, 1))
}

// weightedMean is the mean of x [n, 1] over the rows of weight 1, or 0 if all have weight 0.
func weightedMean(x, weight *tensor.Tensor) *tensor.Tensor {
	return x.Mul(weight).Sum().Div(weight.Sum().Clamp(1, float32(max(1, x.Dim(0)))))
}

// accuracy is the share of images that the discriminator takes for what they are.
func (g *GAN) accuracy(onReal, onFake *tensor.Tensor) *tensor.Tensor {
	at := onReal.Pass().Full(g.Config.Loss.boundary(), 1, 1)
	return onReal.Greater(at).Mean().Add(onFake.Less(at).Mean()).Scale(0.5)
}

// spread is the variance over the batch, averaged over pixels and channels.
func spread(x *tensor.Tensor) *tensor.Tensor { return x.Sub(x.Mean(0)).Square().Mean() }
