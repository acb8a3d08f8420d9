package models

import (
	"errors"
	"fmt"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Reconstruct returns what the autoencoder makes of images [n, h, w, c], bytes or reals in [0, 1]: as many in [0, 1].
func (a *Autoencoder) Reconstruct(d *tensor.Device, images tensor.Array) (tensor.Array, error) {
	n, err := rowsOf(images)
	if err != nil {
		return tensor.Array{}, err
	}
	return inBatches(d, n, 0, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		return a.Decode(a.Encode(p.Input(images.Slice(from, to))))
	})
}

// Denoise disturbs images as training does and returns them so, and what the autoencoder makes of them.
func (a *Autoencoder) Denoise(d *tensor.Device, images tensor.Array, seed uint64) (disturbed, rebuilt tensor.Array, err error) {
	n, err := rowsOf(images)
	if err != nil {
		return tensor.Array{}, tensor.Array{}, err
	}
	both, err := inBatches(d, n, seed, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		x := a.Disturb(a.clean(p.Input(images.Slice(from, to))))
		return tensor.Stack(1, x, a.Decode(a.Encode(x)))
	})
	if err != nil {
		return tensor.Array{}, tensor.Array{}, err
	}
	size := a.Config.Image.pixels()
	var parts [2][]float32
	for i := range n {
		for k := range parts {
			parts[k] = append(parts[k], both.Floats()[(2*i+k)*size:(2*i+k+1)*size]...)
		}
	}
	return tensor.ArrayOf(parts[0], images.Shape()...), tensor.ArrayOf(parts[1], images.Shape()...), nil
}

// Sample draws n images in [0, 1] from codes of the standard normal distribution, which is that of a variational
// autoencoder's codes; another one's is unknown, and gives an error. The same seed and model give the same images.
func (a *Autoencoder) Sample(d *tensor.Device, n int, seed uint64) (tensor.Array, error) {
	if !a.Config.Variational {
		return tensor.Array{}, errors.New("models: Sample: only a variational autoencoder knows how its codes are distributed: set Variational")
	}
	return inBatches(d, n, seed, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		return a.Decode(p.Normal(to-from, a.Config.Code))
	})
}

// Interpolate goes from each image of from to the one in its place in to, in so many steps of equal length between their
// codes, both ends included: [n·steps, h, w, c] in [0, 1], one way after the other.
func (a *Autoencoder) Interpolate(d *tensor.Device, from, to tensor.Array, steps int) (tensor.Array, error) {
	return ways(d, from, to, steps, a.Encode, a.Decode)
}

// ways is Interpolate for any model that encodes and decodes images.
func ways(d *tensor.Device, from, to tensor.Array, steps int, encode, decode func(*tensor.Tensor) *tensor.Tensor) (tensor.Array, error) {
	n, err := rowsOf(from)
	if err != nil {
		return tensor.Array{}, err
	}
	if m, err := rowsOf(to); err != nil || m != n || steps < 2 {
		return tensor.Array{}, fmt.Errorf("models: Interpolate: from %d images to %d in %d steps: as many, and at least 2 steps, are expected", n, m, steps)
	}
	share := make([]float32, steps)
	for i := range share {
		share[i] = float32(i) / float32(steps-1)
	}
	out, err := inBatches(d, n, 0, func(p *tensor.Pass, i, j int) *tensor.Tensor {
		x, y := encode(p.Input(from.Slice(i, j))).Unsqueeze(1), encode(p.Input(to.Slice(i, j))).Unsqueeze(1)
		codes := x.Add(y.Sub(x).Mul(tensor.From(p, share, steps, 1)))
		images := decode(codes.Reshape((j-i)*steps, codes.Dim(2)))
		return images.Reshape(append([]int{j - i, steps}, images.Shape()[1:]...)...)
	})
	if err != nil {
		return tensor.Array{}, err
	}
	return tensor.ArrayOf(out.Floats(), slices.Concat([]int{n * steps}, out.Shape()[2:])...), nil
}

// rowsOf is the number of images.
func rowsOf(images tensor.Array) (int, error) {
	if images.Absent() || len(images.Shape()) != 4 {
		return 0, errors.New("models: images [n h w c] are expected")
	}
	return images.Shape()[0], nil
}
