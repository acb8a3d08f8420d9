package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// critic describes the discriminator of a joint autoencoder: that of a GAN for the same images and texts, with spectral
// normalisation.
func (c JointConfig) critic() GANConfig {
	return GANConfig{Image: c.Image, Text: c.Text, Features: 64, Loss: Hinge, Spectral: true, Match: 0.3}
}

// addCritic adds the critic and both optimizers: Adam with a rate of 1e-3 and, for the critic, 5e-4; β1 is 0.5.
func (j *JointAutoencoder) addCritic(rng *rand.Rand, c JointConfig) {
	j.Opt = optim.New(layers.Params(j), optim.Adam{LR: 1e-3, Beta1: 0.5})
	j.Critic = newDiscriminator(rng, c.critic())
	j.OptD = optim.New(layers.Params(j.Critic), optim.Adam{LR: 5e-4, Beta1: 0.5})
}

// Step updates the critic and then all else on images with their texts, of a model with a critic (Larsen et al. 2016); has
// is as in LossHas. It returns the loss of LossHas plus Adversary times the critic's on rebuilt images, half of them from
// both inputs and half from the image alone, which are to look real and to match their texts. For its loss each side takes
// the other's parameters for constants.
//
// It logs what LossHas does, and "loss", "critic", "judged" (the adversarial loss) and "matching" as [GAN.Step] does.
func (j *JointAutoencoder) Step(image, text, has *tensor.Tensor) *tensor.Tensor {
	expect(j.Critic != nil, "JointAutoencoder.Step", "the model has no critic: set JointConfig.Adversary, or train by Loss")
	expect(image != nil && text != nil, "JointAutoencoder.Step", "image or text is nil: a critic needs both")
	expect(image.Dim(0) > 1, "JointAutoencoder.Step", "there is 1 image: at least 2 are expected")
	c, d, p := j.Config.critic(), j.Critic, image.Pass()
	loss, logits := j.losses(image, text, has)
	n := image.Dim(0)
	half := n / 2
	rebuilt := tensor.Concat(0, logits.Slice(0, 0, half), logits.Slice(0, n+half, 2*n))
	real, fake := centred(image), centred(rebuilt.Sigmoid())
	pictures, both := p.Full(1, n, 1), p.Full(1, n, 1) // rows that have an image, and those that have a text too
	if has != nil {
		there := weights(has)
		pictures, both = column(there, 0), column(there, 0).Mul(column(there, 1))
		text = tensor.Where(column(there, 1), text, p.Full(0, 1, 1).Int())
	}

	t := d.encode(text)
	seen := d.Body.Forward(real)
	onReal, onFake := d.score(seen, t), d.score(d.Body.Forward(fake.Detach()), t)
	wrong, differs := mismatched(t, text)
	refused := weightedMean(c.Loss.fake(onFake), both).Add(weightedMean(c.Loss.fake(d.score(seen, wrong)), differs.Mul(pictures))).Scale(0.5)
	lossD := weightedMean(c.Loss.real(onReal, 0), both).Add(refused).Add(weightedMean(d.matching(seen, t, text), both))
	p.Log("critic", lossD)
	j.OptD.Minimize(lossD)

	t = d.encode(text)
	seen = d.Body.Forward(fake)
	found := weightedMean(d.matching(seen, t, text), both)
	judged := weightedMean(c.Loss.generator(d.score(seen, t)), both).Add(found.Scale(c.Match))
	p.Log("judged", judged)
	p.Log("matching", found)
	loss = loss.Add(judged.Scale(j.Config.Adversary))
	p.Log("loss", loss)
	j.Opt.Minimize(loss)
	return loss
}
