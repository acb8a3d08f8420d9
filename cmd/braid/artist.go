package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// artist is the model of a run that draws: one of the two.
type artist struct {
	gan         *models.GAN
	autoencoder *models.Autoencoder
	options     settings
	shared      *pictureOptions // of options
}

// openDrawing opens the model of the run in dir.
func openDrawing(dir string) (*artist, error) {
	kind, _, err := kindOf(dir)
	if err != nil {
		return nil, err
	}
	m := &artist{}
	path := filepath.Join(dir, modelFile)
	switch kind {
	case ganKind:
		o := &ganOptions{}
		m.options, m.shared = o, &o.pictureOptions
		m.gan, err = models.OpenGAN(path)
	case autoencoderKind:
		o := &autoencoderOptions{}
		m.options, m.shared = o, &o.pictureOptions
		m.autoencoder, err = models.OpenAutoencoder(path)
	default:
		return nil, fmt.Errorf("the run in %s is of the kind %s, which does not draw: want %s or %s", dir, kind, ganKind, autoencoderKind)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (a run has a model when it has ended)", err)
	}
	return m, readOptions(dir, m.options)
}

func (m *artist) image() models.ImageConfig {
	if m.gan != nil {
		return m.gan.Config.Image
	}
	return m.autoencoder.Config.Image
}

// encode is a text for the model, absent if it reads none.
func (m *artist) encode(text string) (tensor.Array, error) {
	switch {
	case m.gan == nil || !readsText(m.gan):
		if text != "" {
			return tensor.Array{}, errors.New("--text is given, but the model was trained without texts")
		}
		return tensor.Array{}, nil
	case text == "":
		return tensor.Array{}, errors.New("the model draws what a text asks for: --text is needed")
	}
	vocab := &data.Vocab{Words: m.gan.Config.Words}
	if len(vocab.Unknown([]string{text})) > 0 {
		return tensor.Array{}, unknownText(text, vocab)
	}
	return vocab.EncodeAll([]string{text}, 0), nil
}

// unknownText names some words that the model knows instead.
func unknownText(text string, v *data.Vocab) error {
	const most = 40
	words := v.Words[2:]
	more := ""
	if len(words) > most {
		words, more = words[:most], " …"
	}
	return fmt.Errorf("the model knows no word of %q; it knows: %s%s", text, strings.Join(words, " "), more)
}
