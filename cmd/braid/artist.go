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

// artist is the model of a run that draws: one of the three.
type artist struct {
	gan         *models.GAN
	autoencoder *models.Autoencoder
	joint       *models.JointAutoencoder
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
	case jointKind:
		o := &jointOptions{}
		m.options, m.shared = o, &o.pictureOptions
		m.joint, err = models.OpenJointAutoencoder(path)
	default:
		return nil, fmt.Errorf("the run in %s is of the kind %s, which does not draw: want %s, %s or %s", dir, kind, ganKind, autoencoderKind, jointKind)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (a run has a model when it has ended)", err)
	}
	return m, readOptions(dir, m.options)
}

func (m *artist) image() models.ImageConfig {
	switch {
	case m.gan != nil:
		return m.gan.Config.Image
	case m.joint != nil:
		return m.joint.Config.Image
	}
	return m.autoencoder.Config.Image
}

// words are those of the texts that the model reads, nil if it reads none.
func (m *artist) words() []string {
	switch {
	case m.gan != nil && readsText(m.gan):
		return m.gan.Config.Words
	case m.joint != nil:
		return m.joint.Config.Words
	}
	return nil
}

// encode is a text for the model, absent if there is none and it can do without.
func (m *artist) encode(text string) (tensor.Array, error) {
	vocab := &data.Vocab{Words: m.words()}
	switch {
	case vocab.Len() == 0 && text != "":
		return tensor.Array{}, errors.New("--text is given, but the model was trained without texts")
	case text == "" && (vocab.Len() == 0 || m.joint != nil && m.joint.Config.Variational):
		return tensor.Array{}, nil
	case text == "":
		return tensor.Array{}, errors.New("the model draws what a text asks for: --text is needed")
	case len(vocab.Unknown([]string{text})) > 0:
		return tensor.Array{}, unknownText(text, vocab)
	}
	return vocab.EncodeAll([]string{text}, 0), nil
}

// sample draws n pictures, for a text if the model reads them.
func (m *artist) sample(dev *tensor.Device, n int, seed uint64, text tensor.Array) (tensor.Array, error) {
	switch {
	case m.gan != nil:
		return m.gan.Sample(dev, n, seed, text)
	case m.joint != nil:
		return m.joint.Sample(dev, n, seed, text)
	case !m.autoencoder.Config.Variational:
		return tensor.Array{}, errors.New("only a variational autoencoder can draw from noise: train one with --variational")
	}
	return m.autoencoder.Sample(dev, n, seed)
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
