package onnx

import (
	"fmt"
	"io"
	"strings"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// Options say how [Export] writes a model.
type Options struct {
	Name   string       // of the graph; "" is the model's type
	Doc    string       // of the graph; "" is a sentence about it
	Pixels tensor.DType // of images of a Fusion or an Autoencoder: Float32, from 0 to 1, or Uint8
	Image  []int        // [h, w, c] of the images, where the model does not know it
	Vector int          // width of the texts, where they are vectors and the model does not know it
	Tokens int          // how long texts are; 0: any length
	Shape  []int        // of a layer's input, without the batch
	Type   tensor.DType // of a layer's input
}

// Export writes the inference graph of a model: a *[models.Fusion], *[models.Autoencoder], *[models.JointAutoencoder],
// *[models.GAN] or *[models.Generator] (of a GAN the averaged generator where there is one), or any [layers.Layer], for which
// Options.Shape is needed. For other functions of tensors make a [Graph].
//
// Inputs and outputs:
//
//	Fusion            image [batch, h, w, c], text [batch, time] int64 or [batch, d], has [batch, 2] if inputs may be missing
//	                  -> logits and probabilities [batch, classes], or values of a regression
//	Autoencoder       image -> code [batch, code], reconstruction [batch, h, w, c]
//	JointAutoencoder  image, text -> code, image_out, words
//	Generator         noise [batch, latent], text of a conditional one -> image [batch, h, w, c] from -1 to 1
//	a layer           input -> output
//
// The words and classes of a Fusion are metadata, one a line: "classes", "words".
func Export(w io.Writer, model any, o Options) error {
	g, err := graphOf(model, o)
	if err != nil {
		return fmt.Errorf("onnx: export: %w", err)
	}
	if o.Name != "" {
		g.Name = o.Name
	}
	if o.Doc != "" {
		g.Doc = o.Doc
	}
	return g.Write(w)
}

func graphOf(model any, o Options) (g Graph, err error) {
	switch m := model.(type) {
	case *models.Fusion:
		g, err = fusion(m, o)
	case *models.Autoencoder:
		g, err = autoencoder(m, o)
	case *models.JointAutoencoder:
		g, err = joint(m, o)
	case *models.GAN:
		best := m.Generator
		if m.Average != nil {
			best = m.Average
		}
		g = generator(best, o, m.Config.Latent, m.Config.Text)
		tell(&g, m.Config.Words, nil)
	case *models.Generator:
		latent, vocab := sizes(m)
		g = generator(m, o, latent, models.TextConfig{Vocab: vocab, Dense: o.Vector})
	case layers.Layer:
		g = layer(m, o)
	default:
		return g, fmt.Errorf("a %T: a model of package models, or a layers.Layer, is expected", model)
	}
	g.Model = model
	return g, err
}

// tell puts words and classes into the metadata.
func tell(g *Graph, words, classes []string) {
	g.Meta = map[string]string{}
	for name, list := range map[string][]string{"words": words, "classes": classes} {
		if len(list) > 0 {
			g.Meta[name] = strings.Join(list, "\n")
		}
	}
}

func layer(l layers.Layer, o Options) Graph {
	return Graph{
		Name: "layer", Doc: "A layer written by braid.", Inputs: []Input{{Name: "input", Type: o.Type, Shape: append([]int{Batch}, o.Shape...)}},
		Outputs: []string{"output"},
		Forward: func(_ *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor { return []*tensor.Tensor{l.Forward(in[0])} },
	}
}

// image is the input of pictures, of a model that was made for those of c.
func (o Options) image(c models.ImageConfig, doc string) (Input, error) {
	if o.Pixels != tensor.Float32 && o.Pixels != tensor.Uint8 {
		return Input{}, fmt.Errorf("Options.Pixels is %v: Float32 or Uint8 is expected", o.Pixels)
	}
	shape := []int{Batch, c.Height, c.Width, c.Channels}
	if c.Height == 0 {
		if len(o.Image) != 3 {
			return Input{}, fmt.Errorf("the model does not say how large its images are: Options.Image is expected, [h, w, c]")
		}
		shape = append(shape[:1], o.Image...)
	}
	if o.Pixels == tensor.Uint8 {
		doc = strings.Replace(doc, "0 to 1", "0 to 255", 1)
	}
	return Input{Name: "image", Doc: doc, Type: o.Pixels, Shape: shape}, nil
}

const pixelDoc = "Pictures [batch, height, width, channels], 0 to 1."

// text is the input of texts.
func (o Options) text(c models.TextConfig) Input {
	if c.Dense == 0 && c.Vocab == 0 {
		c.Dense = o.Vector
	}
	if c.Dense > 0 {
		return Input{Name: "text", Doc: "One vector a text.", Shape: []int{Batch, c.Dense}}
	}
	time := o.Tokens
	if time == 0 {
		time = Time
	}
	return Input{Name: "text", Doc: "Tokens: places in the list of words; 0 is padding, at the end of a row.", Type: tensor.Int32, Shape: []int{Batch, time}}
}
