package models

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// sampleBatch is how many images are drawn at once: memory for any number of them is that of so many.
const sampleBatch = 128

// Sample draws n images [n, h, w, c] in [0, 1] by the averaged generator. text is absent, or one text for all of them
// [1, time], or n. The same seed and model give the same images; those of a smaller n are the first of a larger one.
func (g *GAN) Sample(d *tensor.Device, n int, seed uint64, text tensor.Array) (tensor.Array, error) {
	text, err := g.Config.Text.each(text, n)
	if err != nil {
		return tensor.Array{}, err
	}
	return inBatches(d, n, seed, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		t := text
		if !t.Absent() {
			t = t.Slice(from, to)
		}
		return g.Generate(p, to-from, p.Input(t))
	})
}

// each is n texts: texts itself, or the one text there is n times.
func (t TextConfig) each(texts tensor.Array, n int) (tensor.Array, error) {
	if err := t.known(texts); err != nil || texts.Absent() {
		return texts, err
	}
	shape := texts.Shape()
	if len(shape) != 2 || shape[0] != 1 && shape[0] != n {
		return texts, fmt.Errorf("models: the texts are %v: [1 time] or [%d time] is expected", shape, n)
	}
	if shape[0] == n {
		return texts, nil
	}
	if texts.DType() == tensor.Int32 {
		return repeat(tensor.Values[int32](texts), n), nil
	}
	return repeat(texts.Floats(), n), nil
}

func repeat[T tensor.Elem](row []T, n int) tensor.Array {
	all := make([]T, 0, n*len(row))
	for range n {
		all = append(all, row...)
	}
	return tensor.ArrayOf(all, n, len(row))
}

// inBatches joins what f gives for rows from to to-1, in inference passes of a few rows each.
func inBatches(d *tensor.Device, n int, seed uint64, f func(p *tensor.Pass, from, to int) *tensor.Tensor) (tensor.Array, error) {
	if n < 1 {
		return tensor.Array{}, fmt.Errorf("models: %d images are asked for: at least 1 is expected", n)
	}
	var all []float32
	var shape []int
	for from := 0; from < n; from += sampleBatch {
		err := d.Run(tensor.Inference, func(p *tensor.Pass) error {
			p.Seed(seed, uint64(from/sampleBatch))
			y := f(p, from, min(from+sampleBatch, n))
			all = append(all, y.Float32s()...)
			shape = append([]int{n}, y.Shape()[1:]...)
			return nil
		})
		if err != nil {
			return tensor.Array{}, err
		}
	}
	return tensor.ArrayOf(all, shape...), nil
}
