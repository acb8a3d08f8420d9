package models_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// A GAN learns from a few pictures of coloured shapes, is watched for collapse, and draws.
func ExampleGAN() {
	shapes, _, _ := data.Shapes(data.ShapesConfig{Train: 16, Test: 1, Size: 16, Questions: 1})
	gan := models.NewGAN(rand.New(rand.NewPCG(1, 2)), models.GANConfig{
		Image:  models.ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{4, 8}},
		Latent: 8,
	})
	trainer := &train.Trainer[data.Pair]{
		Device: tensor.CPU(),
		Model:  gan, // checkpoints hold both halves, both optimizers and the average
		Step: func(p *tensor.Pass, b data.Pair) error {
			gan.Step(p.Input(b.Image), nil)
			return nil
		},
		Train: &data.Loader[data.Pair]{Source: &data.Pairs{Images: shapes.Images}, BatchSize: 8, Shuffle: true},
	}
	var epochs []map[string]float64
	for epoch, err := range trainer.Epochs(context.Background(), 2) {
		if err != nil {
			log.Fatal(err)
		}
		epochs = append(epochs, epoch.Values)
		if err := (models.GANLimits{}).Check(epochs, trainer.Train.Len()); err != nil {
			log.Fatal(err)
		}
	}
	drawn, err := gan.Sample(tensor.CPU(), 4, 1, tensor.Array{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(drawn.Shape())
	// Output: [4 16 16 3]
}

// A denoising autoencoder. Its loss is what the Trainer's Forward returns, so that validation measures it too.
func ExampleAutoencoder() {
	shapes, valid, _ := data.Shapes(data.ShapesConfig{Train: 16, Test: 8, Size: 16, Questions: 1})
	model := models.NewAutoencoder(rand.New(rand.NewPCG(1, 2)), models.AutoencoderConfig{
		Image: models.ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{4, 8}},
		Code:  16, Noise: 0.1,
	})
	trainer := &train.Trainer[data.Pair]{
		Device:    tensor.CPU(),
		Model:     model,
		Optimizer: optim.New(layers.Params(model), optim.Adam{}),
		Forward: func(p *tensor.Pass, b data.Pair) (loss, none *tensor.Tensor) {
			return model.Loss(p.Input(b.Image)), nil
		},
		Loss:  func(loss, _ *tensor.Tensor) *tensor.Tensor { return loss },
		Train: &data.Loader[data.Pair]{Source: &data.Pairs{Images: shapes.Images}, BatchSize: 8, Shuffle: true},
		Valid: &data.Loader[data.Pair]{Source: &data.Pairs{Images: valid.Images}},
	}
	if _, err := trainer.Fit(context.Background(), 2, 0); err != nil {
		log.Fatal(err)
	}
	rebuilt, err := model.Reconstruct(tensor.CPU(), valid.Images)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rebuilt.Shape())
	// Output: [8 16 16 3]
}

// Image and text share a code, so that either gives the other. Here nothing is learned yet.
func ExampleJointAutoencoder() {
	vocab := data.BuildVocab([]string{"red circle", "blue square"}, 0, 1)
	model := models.NewJointAutoencoder(rand.New(rand.NewPCG(1, 2)), models.JointConfig{
		Image: models.ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{4, 8}},
		Text:  models.TextConfig{Vocab: vocab.Len(), Bag: true},
		Words: vocab.Words,
	})
	image, err := model.Sample(tensor.CPU(), 3, 1, vocab.EncodeAll([]string{"red square"}, 0))
	if err != nil {
		log.Fatal(err)
	}
	_, err = model.Sample(tensor.CPU(), 3, 1, vocab.EncodeAll([]string{"a green dog"}, 0))
	fmt.Println(image.Shape(), err)
	// Output: [3 16 16 3] models: text 0 has no word that the model knows
}
