package models

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Like is c with the encoders of j: what a Fusion needs to be to start from j's. Words, and so the size of the vocabulary,
// stay c's own.
func (c FusionConfig) Like(j *JointAutoencoder) FusionConfig {
	c.Image = j.Config.Image
	c.Image.Strided, c.Image.Deep = true, j.Config.Deep
	c.Text.Embed, c.Text.Hidden, c.Text.Bag = j.Config.Text.Embed, j.Config.Text.Hidden, j.Config.Text.Bag
	return c
}

// StartFrom copies what j learned without labels into f, whose configuration is [FusionConfig.Like] j: the image encoder
// and the text encoder up to their last layers, which lead to features of other widths, and the vectors of the words that
// both know. It returns how many these are. Nothing is shared with j.
func (f *Fusion) StartFrom(j *JointAutoencoder) (words int, err error) {
	from, to := layers.State(j), layers.State(f)
	image, ok := f.Image.(layers.Sequential)
	if !ok || !f.Config.Image.Strided {
		return 0, fmt.Errorf("models: StartFrom: the image encoder is not that of an autoencoder: FusionConfig.Like makes it so")
	}
	last := "image." + strconv.Itoa(len(image)-1) + "."
	for name, old := range to {
		switch {
		case name == "text.embedding.weight":
			words = f.adopt(old, j, from[name])
			continue
		case len(name) > len(last) && name[:len(last)] == last, len(name) > 9 && name[:9] == "text.out.":
			continue
		case len(name) < 6 || name[:6] != "image." && name[:5] != "text.":
			continue
		}
		a, ok := from[name]
		if !ok || !slices.Equal(a.Shape(), old.Shape()) {
			return 0, fmt.Errorf("models: StartFrom: %s is %v, the autoencoder has %v: FusionConfig.Like makes them agree", name, old.Shape(), a.Shape())
		}
		to[name] = a
	}
	return words, layers.Restore(f, to)
}

// adopt writes the vectors of j's words, from, to those of the same words of f, and counts them. Padding is no word.
func (f *Fusion) adopt(to tensor.Array, j *JointAutoencoder, from tensor.Array) (n int) {
	if from.Absent() || from.Shape()[1] != to.Shape()[1] {
		return 0
	}
	width := to.Shape()[1]
	dst, src := to.Floats(), from.Floats()
	for i, word := range f.Config.Words {
		if at := slices.Index(j.Config.Words, word); at > 0 && i > 0 {
			copy(dst[i*width:(i+1)*width], src[at*width:(at+1)*width])
			n++
		}
	}
	return n
}
