package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// GANLoss is what the two halves of a GAN minimise. It is written and read as its name ("non-saturating").
//
// The Wasserstein loss with gradient penalty (Gulrajani et al. 2017) is not among them: the penalty is trained by a
// second derivative, and braid computes first ones. Hinge with [GANConfig.Spectral] keeps the discriminator Lipschitz
// without it.
type GANLoss uint8

// With x for the discriminator's logits, real, fake and generator are the means of
const (
	NonSaturating GANLoss = iota // softplus(-x), softplus(x), softplus(-x): cross-entropy (Goodfellow et al. 2014)
	LeastSquares                 // (x-1)²/2, x²/2, (x-1)²/2 (Mao et al. 2017)
	Hinge                        // max(0, 1-x), max(0, 1+x), -x (Lim and Ye 2017)
)

var ganLossNames = []string{"non-saturating", "least-squares", "hinge"}

var ganLossList = strings.Join(ganLossNames, ", ")

// String is the loss's name.
func (l GANLoss) String() string {
	if int(l) < len(ganLossNames) {
		return ganLossNames[l]
	}
	return fmt.Sprintf("GANLoss(%d)", l)
}

// MarshalText is the loss's name.
func (l GANLoss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a loss's name.
func (l *GANLoss) UnmarshalText(text []byte) error {
	i := slices.Index(ganLossNames, string(text))
	if i < 0 {
		return fmt.Errorf("models: there is no GAN loss %q: one of %s is expected", text, ganLossList)
	}
	*l = GANLoss(i)
	return nil
}

// real is the discriminator's loss on real images with the label 1-smooth, one for each.
func (l GANLoss) real(x *tensor.Tensor, smooth float32) *tensor.Tensor {
	switch l {
	case LeastSquares:
		return x.Shift(smooth - 1).Square().Scale(0.5)
	case Hinge:
		return x.Neg().Shift(1).ReLU()
	}
	// (1-s)·softplus(-x) + s·softplus(x), where softplus(x) = softplus(-x) + x.
	y := x.Neg().Softplus()
	if smooth > 0 {
		y = y.Add(x.Scale(smooth))
	}
	return y
}

// fake is the discriminator's loss on what it should refuse.
func (l GANLoss) fake(x *tensor.Tensor) *tensor.Tensor {
	switch l {
	case LeastSquares:
		return x.Square().Scale(0.5)
	case Hinge:
		return x.Shift(1).ReLU()
	}
	return x.Softplus()
}

// generator is the generator's loss.
func (l GANLoss) generator(x *tensor.Tensor) *tensor.Tensor {
	switch l {
	case LeastSquares:
		return x.Shift(-1).Square().Scale(0.5)
	case Hinge:
		return x.Neg()
	}
	return x.Neg().Softplus()
}

// boundary is the logit between real and fake.
func (l GANLoss) boundary() float32 {
	if l == LeastSquares {
		return 0.5
	}
	return 0
}
