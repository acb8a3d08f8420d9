package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// seen are the layers that ran, in order.
type seen struct{ ran []ran }

type ran struct {
	path  string
	layer any
	y     *tensor.Tensor
}

func (s *seen) see(path string, layer any, y *tensor.Tensor) *tensor.Tensor {
	s.ran = append(s.ran, ran{path, layer, y})
	return y
}

// layer is the one at path, or the default one.
func (s *seen) layer(path string) ran {
	if path == "" {
		return s.lastMaps()
	}
	for _, r := range slices.Backward(s.ran) {
		if r.path == path {
			expect(r.y.Rank() == 4, "Explain", "the layer %q gives %v: maps [n h w c] are expected; %s", path, r.y.Shape(), s.choices())
			return r
		}
	}
	expect(false, "Explain", "no layer %q ran; %s", path, s.choices())
	return ran{}
}

// lastMaps is the last convolution, followed through the layers behind it that keep its shape: normalisation,
// activation, the sum of a residual block. Pooling ends it, and so does flattening.
func (s *seen) lastMaps() ran {
	found := -1
	for i, r := range s.ran {
		if _, ok := r.layer.(*layers.Conv2D); ok && r.y.Rank() == 4 {
			found = i
		}
	}
	expect(found >= 0, "Explain", "the model has no layers.Conv2D: the path of a Layer with maps [n h w c] is expected")
	for found+1 < len(s.ran) && slices.Equal(s.ran[found+1].y.Shape(), s.ran[found].y.Shape()) {
		found++
	}
	return s.ran[found]
}

// choices lists the layers that have maps.
func (s *seen) choices() string {
	var names []string
	for _, r := range s.ran {
		if r.y.Rank() == 4 && r.path != "" {
			names = append(names, fmt.Sprintf("%s %v", r.path, r.y.Shape()[1:]))
		}
	}
	return "those with maps are: " + strings.Join(names, ", ")
}

// words is what stands for the words of a text: its embeddings, or the text itself where it is real.
func (s *seen) words(text *tensor.Tensor) *tensor.Tensor {
	if text.DType() != tensor.Int32 {
		return text
	}
	for _, r := range s.ran {
		if embeds(r.layer, r.y, text) {
			return r.y
		}
	}
	expect(false, "Explain", "the text is of tokens, and no layers.Embedding read it: a model with one is expected")
	return nil
}

// embeds reports whether y is what an embedding gives for the tokens of text.
func embeds(layer any, y, text *tensor.Tensor) bool {
	_, ok := layer.(*layers.Embedding)
	return ok && y.Rank() == 3 && slices.Equal(y.Shape()[:2], text.Shape())
}
