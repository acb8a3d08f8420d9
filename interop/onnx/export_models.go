package onnx

import (
	"errors"
	"strings"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

func fusion(m *models.Fusion, o Options) (g Graph, err error) {
	c := m.Config
	if o.Image == nil && c.Image.Height == 0 || o.Vector == 0 && c.Outputs == 0 {
		return g, errors.New("the model was put together by hand and has no configuration: Options.Image is expected, and Vector for texts that are vectors")
	}
	image, err := o.image(c.Image, pixelDoc)
	g = Graph{Name: "fusion", Doc: "Classes of a picture and a text, by braid.", Inputs: []Input{image, o.text(c.Text)}}
	if c.Missing || m.Absent[0] != nil {
		g.Inputs = append(g.Inputs, Input{Name: "has", Shape: []int{Batch, 2},
			Doc: "1 where a sample has its picture, its text; 0 where it lacks it, and what stands there is not looked at."})
	}
	g.Outputs = []string{"logits", "probabilities"}
	if c.Regression {
		g.Outputs = []string{"values"}
	}
	g.Forward = func(_ *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor {
		var has *tensor.Tensor
		if len(in) > 2 {
			has = in[2]
		}
		y := m.ForwardHas(in[0], in[1], has)
		switch {
		case c.Regression:
			return []*tensor.Tensor{y}
		case c.MultiLabel:
			return []*tensor.Tensor{y, y.Sigmoid()}
		}
		return []*tensor.Tensor{y, y.Softmax(-1)}
	}
	tell(&g, c.Words, c.Classes)
	return g, err
}

func autoencoder(m *models.Autoencoder, o Options) (g Graph, err error) {
	image, err := o.image(m.Config.Image, pixelDoc)
	return Graph{
		Name: "autoencoder", Doc: "Codes of pictures, and the pictures of the codes, by braid.", Inputs: []Input{image},
		Outputs: []string{"code", "reconstruction"},
		Forward: func(_ *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor {
			code := m.Encode(in[0])
			return []*tensor.Tensor{code, m.Decode(code)}
		},
	}, err
}

func joint(m *models.JointAutoencoder, o Options) (g Graph, err error) {
	image, err := o.image(m.Config.Image, pixelDoc)
	g = Graph{
		Name: "joint", Doc: "One code of a picture and its text, and both from the code, by braid.",
		Inputs:  []Input{image, o.text(m.Config.Text)},
		Outputs: []string{"code", "image_out", "words"},
		Forward: func(_ *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor {
			code := m.Encode(in[0], in[1])
			picture, words := m.Decode(code)
			return []*tensor.Tensor{code, picture, words}
		},
	}
	tell(&g, m.Config.Words, nil)
	return g, err
}

func generator(m *models.Generator, o Options, latent int, text models.TextConfig) Graph {
	g := Graph{
		Name: "generator", Doc: "Pictures from -1 to 1 of noise, by braid.", Outputs: []string{"image"},
		Inputs: []Input{{Name: "noise", Doc: "Numbers of the standard normal distribution.", Shape: []int{Batch, latent}}},
		Forward: func(_ *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor {
			return []*tensor.Tensor{m.Forward(in[0], append(in, nil)[1])}
		},
	}
	if m.Text != nil {
		g.Inputs = append(g.Inputs, o.text(text))
	}
	return g
}

// sizes reads off its weights what a generator takes: numbers of noise, and words, 0 if its texts are vectors.
func sizes(m *models.Generator) (latent, vocab int) {
	features := 0
	for name, p := range layers.Params(m) {
		switch {
		case strings.HasSuffix(name, "embedding.weight"):
			vocab = p.Dim(0)
		case strings.HasPrefix(name, "text.") && strings.HasSuffix(name, ".weight"):
			features = p.Dim(0) // of the last one
		case strings.HasPrefix(name, "net.") && latent == 0:
			latent = p.Dim(1) - features
		}
	}
	return latent, vocab
}
