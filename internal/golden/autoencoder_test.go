package golden

import (
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// Autoencoders against PyTorch: outputs, gradients, ten steps. The golden runner hands the logits on; the pixels that they
// are compared with are the input.
func TestAutoencoder(t *testing.T) {
	with := func(loss func(out, target *tensor.Tensor) *tensor.Tensor) func(tensorcheck.Case) network {
		return func(tensorcheck.Case) network {
			a := models.NewAutoencoder(rand.New(rand.NewPCG(1, 1)), models.AutoencoderConfig{
				Image: models.ImageConfig{Height: 8, Width: 8, Channels: 3, Widths: []int{4, 6}}, Code: 5,
			})
			var x *tensor.Tensor
			return network{
				model: a, terms: 6 * 8 * 8, depth: 20,
				forward: func(_ *tensor.Pass, inputs in) *tensor.Tensor {
					x = inputs["x"].Detach()
					return a.Forward(inputs["x"])
				},
				loss: func(out, _ *tensor.Tensor) *tensor.Tensor { return loss(out, x) },
			}
		}
	}
	all(t, "ae", map[string]func(tensorcheck.Case) network{
		"bce": with(tensor.BCEWithLogits),
		"mse": with(func(out, x *tensor.Tensor) *tensor.Tensor { return tensor.MSE(out.Sigmoid(), x) }),
	})
}
