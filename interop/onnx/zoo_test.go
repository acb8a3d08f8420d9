package onnx

import (
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// exported is a model with the number of its words.
type exported struct {
	name    string
	model   any
	options Options
	vocab   int
}

func smallFusion(change func(c *models.FusionConfig)) *models.Fusion {
	c := models.FusionConfig{Image: models.ImageConfig{Height: 16, Width: 12, Widths: []int{6, 8}}, Outputs: 5, Features: 10, Hidden: []int{9},
		Text: models.TextConfig{Vocab: 20, Embed: 6, Hidden: []int{7}}}
	if change != nil {
		change(&c)
	}
	return trained(models.NewFusion(newRand(1), c))
}

// zoo is every kind of model.
func zoo() (all []exported) {
	add := func(name string, m any, o Options, vocab int) { all = append(all, exported{name, m, o, vocab}) }
	add("fusion", trained(models.NewFusion(newRand(1), models.FusionConfig{Text: models.TextConfig{Vocab: 36}, Outputs: 13})), Options{}, 36)
	add("listing", trained(models.NewListing(newRand(2), 20, 16, 3, 40, 10)), Options{Image: []int{20, 16, 3}, Vector: 40}, 0)
	add("gan", trained(models.NewGAN(newRand(3), models.GANConfig{Image: models.ImageConfig{Height: 16, Width: 16, Widths: []int{16, 24}}})), Options{}, 0)
	add("autoencoder", trained(models.NewAutoencoder(newRand(4), models.AutoencoderConfig{Image: models.ImageConfig{Widths: []int{8, 12}}})), Options{}, 0)
	for _, merge := range []models.Merge{models.Concat, models.Add, models.Multiply, models.Gated, models.Bilinear} {
		add(merge.String(), smallFusion(func(c *models.FusionConfig) { c.Merge = merge }), Options{}, 20)
	}
	add("flatten, two rnns", smallFusion(func(c *models.FusionConfig) {
		c.Image.Flatten, c.Text.Hidden, c.Image.NoBatchNorm = true, []int{7, 5}, true
	}), Options{}, 20)
	add("bag", smallFusion(func(c *models.FusionConfig) { c.Text.Bag, c.Text.Hidden = true, []int{8} }), Options{}, 20)
	add("dense text, regression", smallFusion(func(c *models.FusionConfig) {
		c.Text, c.Regression = models.TextConfig{Dense: 11}, true
		c.Shift, c.Scale = []float32{1, 2, 3, 4, 5}, []float32{5, 4, 3, 2, 1}
	}), Options{}, 0)
	add("missing", smallFusion(func(c *models.FusionConfig) { c.Missing, c.MultiLabel = true, true }), Options{}, 20)
	add("bytes, six tokens", smallFusion(nil), Options{Pixels: tensor.Uint8, Tokens: 6}, 20)
	add("variational", trained(models.NewAutoencoder(newRand(5), models.AutoencoderConfig{Image: models.ImageConfig{Height: 8, Width: 12, Widths: []int{4, 6}}, Variational: true})), Options{}, 0)
	add("joint", trained(models.NewJointAutoencoder(newRand(6), models.JointConfig{Image: models.ImageConfig{Height: 8, Width: 8, Widths: []int{4, 6}},
		Text: models.TextConfig{Vocab: 12}, Length: 4})), Options{}, 12)
	add("conditional generator", trained(models.NewGAN(newRand(7), models.GANConfig{Image: models.ImageConfig{Height: 8, Width: 8, Widths: []int{6, 8}},
		Text: models.TextConfig{Vocab: 9}}).Generator), Options{}, 9)
	return append(all, layerZoo()...)
}
