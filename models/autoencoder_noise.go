package models

import "github.com/braidml/braid/tensor"

// Disturb is x, reals in [0, 1], as a denoising autoencoder gets it in training: with noise, and with hidden patches set
// to 0. It draws from the pass's random numbers, in any pass: to show or to measure what the model makes of it.
func (a *Autoencoder) Disturb(x *tensor.Tensor) *tensor.Tensor {
	c, p, n := a.Config, x.Pass(), x.Dim(0)
	if c.Noise > 0 {
		x = x.Add(p.Normal(x.Shape()...).Scale(c.Noise))
	}
	if c.Mask > 0 {
		kept := p.Uniform(n, c.Image.Height/c.Patch, c.Image.Width/c.Patch, 1).GreaterEqual(p.Full(c.Mask, 1, 1, 1, 1))
		x = x.Mul(kept.Upsample2D(c.Patch))
	}
	return x
}

// split divides an encoder's output into mean and log variance of the code, which is all of it if there is no variance.
func split(y *tensor.Tensor, code int) (mean, logVar *tensor.Tensor) {
	if y.Dim(1) == code {
		return y, nil
	}
	return y.Slice(1, 0, code), y.Slice(1, code, 2*code)
}

// drawn is a code from its distribution: mean + deviation·ε in a training pass, through which gradients flow to both
// (Kingma and Welling 2014), and the mean in others.
func drawn(mean, logVar *tensor.Tensor) *tensor.Tensor {
	p := mean.Pass()
	if logVar == nil || !p.Training() {
		return mean
	}
	return scattered(mean, logVar)
}

// scattered is drawn in any pass.
func scattered(mean, logVar *tensor.Tensor) *tensor.Tensor {
	return mean.Add(logVar.Scale(0.5).Exp().Mul(mean.Pass().Normal(mean.Shape()...)))
}

// divergence is KL(N(mean, e^logVar) ‖ N(0, 1)) of each row, [n]: ½·Σ(e^logVar + mean² - 1 - logVar).
func divergence(mean, logVar *tensor.Tensor) *tensor.Tensor {
	return logVar.Exp().Add(mean.Square()).Sub(logVar).Shift(-1).Sum(1).Scale(0.5)
}
