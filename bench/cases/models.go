package cases

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// Widths of what the models of cases read and answer.
const (
	ListingText    = 1000
	ListingClasses = 10
	FusionWords    = 30
	FusionTime     = 9
	FusionClasses  = 13
)

// NewModel is the model of a training step, by the case's Op: "listing", "fusion", "dcgan" or "autoencoder".
func NewModel(op string, rng *rand.Rand) any {
	switch op {
	case "listing":
		return models.Listing(rng)
	case "fusion":
		return NewFusion(rng, FusionWords)
	case "dcgan":
		return models.NewGAN(rng, models.GANConfig{Average: -1})
	}
	return models.NewAutoencoder(rng, models.AutoencoderConfig{Image: models.ImageConfig{Height: 28, Width: 28, Channels: 1}})
}

// NewFusion is the default fusion model for a vocabulary, with a product for merge.
func NewFusion(rng *rand.Rand, words int) *models.Fusion {
	return models.NewFusion(rng, models.FusionConfig{
		Text: models.TextConfig{Vocab: words}, Merge: models.Multiply, Outputs: FusionClasses,
	})
}

// parameters adds a model's parameters to t, by name behind a prefix.
func (t Tensors) parameters(prefix string, model any) {
	for name, p := range layers.State(model) {
		t[prefix+name] = p
	}
}

// State is the parameters in t whose names begin with prefix, for layers.Restore.
func (t Tensors) State(prefix string) map[string]tensor.Array {
	state := map[string]tensor.Array{}
	for name, a := range t {
		if len(name) > len(prefix) && name[:len(prefix)] == prefix {
			state[name[len(prefix):]] = a
		}
	}
	return state
}
