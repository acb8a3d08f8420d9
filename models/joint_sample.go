package models

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Sample draws n images in [0, 1] for texts: one text [1, time] for all of them, or n. A variational model draws the codes,
// so that a text has many images; without a text it draws from the prior. The same seed and model give the same images.
func (j *JointAutoencoder) Sample(d *tensor.Device, n int, seed uint64, text tensor.Array) (tensor.Array, error) {
	if text.Absent() && !j.Config.Variational {
		return tensor.Array{}, errors.New("models: Sample: there is no text, and only a variational model knows how its codes are distributed")
	}
	text, err := j.Config.Text.each(text, n)
	if err != nil {
		return tensor.Array{}, err
	}
	return inBatches(d, n, seed, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		if text.Absent() {
			return j.image(j.drawn(p, to-from, nil))
		}
		return j.image(j.drawn(p, to-from, p.Input(text.Slice(from, to))))
	})
}

// drawn is n codes, for texts or for none.
func (j *JointAutoencoder) drawn(p *tensor.Pass, n int, text *tensor.Tensor) *tensor.Tensor {
	switch {
	case !j.Config.Variational:
		return j.Encode(nil, text)
	case text == nil && j.Flow == nil:
		return p.Normal(n, j.Config.Code)
	case text == nil:
		return j.Flow.draw(p, n, nil)
	}
	f := j.features(nil, text, nil)
	if j.Flow != nil {
		return j.Flow.draw(p, n, f[1])
	}
	return scattered(split(j.merged(f, nil), j.Config.Code))
}

// Reconstruct returns the images [n, h, w, c] in [0, 1] of the codes of images with texts; either may be absent.
func (j *JointAutoencoder) Reconstruct(d *tensor.Device, images, texts tensor.Array) (tensor.Array, error) {
	return j.decoded(d, images, texts, j.image)
}

// Interpolate goes from each image of from to the one in its place in to, as [Autoencoder.Interpolate] does, by the codes
// of the images alone.
func (j *JointAutoencoder) Interpolate(d *tensor.Device, from, to tensor.Array, steps int) (tensor.Array, error) {
	encode := func(image *tensor.Tensor) *tensor.Tensor { return j.Encode(image, nil) }
	return ways(d, from, to, steps, encode, j.image)
}

// Describe returns the texts of the codes of images with texts, of which either may be absent: tokens [n, time], 0 is
// padding. Without Length they are the words that are more likely there than not, the likeliest first; with it, the
// likeliest at each place.
func (j *JointAutoencoder) Describe(d *tensor.Device, images, texts tensor.Array) (tensor.Array, error) {
	words, err := j.decoded(d, images, texts, j.words)
	if err != nil {
		return tensor.Array{}, err
	}
	n, vocab := words.Shape()[0], j.Config.Text.Vocab
	p := words.Floats()
	size := len(p) / n
	rows, longest := make([][]int32, n), 1
	for i := range rows {
		if row := p[i*size : (i+1)*size]; j.Config.Length > 0 {
			rows[i] = likeliest(row, vocab)
		} else {
			rows[i] = likely(row)
		}
		longest = max(longest, len(rows[i]))
	}
	ids := make([]int32, n*longest)
	for i, r := range rows {
		copy(ids[i*longest:], r)
	}
	return tensor.ArrayOf(ids, n, longest), nil
}

// likely are the words of a probability above one half, without padding.
func likely(p []float32) (ids []int32) {
	for id := 1; id < len(p); id++ {
		if p[id] > 0.5 {
			ids = append(ids, int32(id))
		}
	}
	slices.SortStableFunc(ids, func(a, b int32) int { return cmp.Compare(p[b], p[a]) })
	return ids
}

// likeliest is the most probable word at each place, up to the first padding.
func likeliest(p []float32, vocab int) (ids []int32) {
	for ; len(p) > 0; p = p[vocab:] {
		best := 0
		for id, v := range p[:vocab] {
			if v > p[best] {
				best = id
			}
		}
		if best == 0 {
			break
		}
		ids = append(ids, int32(best))
	}
	return ids
}

// decoded is what decode makes of the codes of images and texts.
func (j *JointAutoencoder) decoded(d *tensor.Device, images, texts tensor.Array, decode func(code *tensor.Tensor) *tensor.Tensor) (tensor.Array, error) {
	if err := j.Config.Text.known(texts); err != nil {
		return tensor.Array{}, err
	}
	n := 0
	for _, a := range []tensor.Array{images, texts} {
		if a.Absent() {
			continue
		}
		rows := a.Shape()[0]
		if n > 0 && rows != n {
			return tensor.Array{}, fmt.Errorf("models: there are %d images and %d texts: as many are expected", n, rows)
		}
		n = rows
	}
	if n == 0 {
		return tensor.Array{}, errors.New("models: there is neither an image nor a text: at least one is expected")
	}
	part := func(p *tensor.Pass, a tensor.Array, from, to int) *tensor.Tensor {
		if a.Absent() {
			return nil
		}
		return p.Input(a.Slice(from, to))
	}
	return inBatches(d, n, 0, func(p *tensor.Pass, from, to int) *tensor.Tensor {
		return decode(j.Encode(part(p, images, from, to), part(p, texts, from, to)))
	})
}
