package main

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

type autoencoderCommand struct {
	deviceFlag
	Options autoencoderOptions `embed:""`
	runFlags
}

const autoencoderKind = "autoencoder"

// Run trains, measures and saves.
func (c *autoencoderCommand) Run(w *world, set flags) error {
	o := &c.Options
	o.Model = autoencoderKind
	if err := c.plan(o, set); err != nil {
		return err
	}
	g, err := o.open()
	if err != nil {
		return err
	}
	model := o.model(g)
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	fmt.Fprintf(w.out, "%s, %s loss, %d numbers a picture, %d parameters, on %v\n", o.Data, o.Loss, o.Code, layers.Count(model), dev)
	curves := []string{"loss"}
	if o.Variational {
		curves = append(curves, "reconstruction")
	}
	j := &job{
		options: o, shared: &o.pictureOptions, gallery: g, trainer: o.trainer(dev, model, g),
		draw:    func() (image.Image, error) { return o.draw(dev, model, g.test.Images) },
		failed:  func(err error) error { return diverged("autoencoder", err) },
		measure: func() (map[string]float64, error) { return rebuilding(dev, model, g.test.Images, o.Seed) },
		save:    model.Save,
		curves: func(dir string, h train.History) error {
			return errors.Join(
				writeCurves(filepath.Join(dir, curvesFile), "loss of training", h, curves...),
				writeCurves(filepath.Join(dir, qualityFile), "squared error on pictures that were kept back", h, "valid"))
		},
	}
	j.report = func(w *world, test map[string]float64) {
		reportRebuilding(w, test)
		fmt.Fprintf(w.out, "try: braid reconstruct --model %s --out reconstructed.png\n", j.dir)
	}
	return j.run(w, &c.runFlags)
}

// diverged is why a training has no model, if its numbers left the finite ones.
func diverged(what string, err error) error {
	if !errors.Is(err, train.ErrNotFinite) {
		return nil
	}
	return fmt.Errorf("the %s diverged: %w", what, err)
}

// keptBack divides p: a twentieth, at most 1000 rows, is not trained on, but measured after every epoch.
func keptBack(p *data.Pairs, seed uint64) (seen, valid data.Source[data.Pair]) {
	n := max(1, min(p.Len()/20, 1000))
	return data.Split[data.Pair](p, 1-float64(n)/float64(p.Len()), seed)
}

// model makes the model that o describes, for g.
func (o *autoencoderOptions) model(g *gallery) *models.Autoencoder {
	c := models.AutoencoderConfig{Image: o.image(g), Code: o.Code, Loss: o.Loss, Noise: o.Noise, Mask: o.Mask, Variational: o.Variational}
	if o.Variational {
		c.Beta = o.Beta
	}
	return models.NewAutoencoder(rng(o.Seed), c)
}

func (o *autoencoderOptions) trainer(dev *tensor.Device, m *models.Autoencoder, g *gallery) *train.Trainer[data.Pair] {
	opt := optim.New(layers.Params(m), optim.Adam{LR: o.rate(1e-3)})
	seen, valid := keptBack(g.train, o.Seed)
	flat := func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(x.Dim(0), g.height*g.width*g.channels) }
	return &train.Trainer[data.Pair]{
		Device: dev, Model: m, Optimizer: opt, Seed: o.Seed,
		Step: func(p *tensor.Pass, b data.Pair) error {
			loss := m.Loss(p.Input(b.Image))
			p.Log("loss", loss)
			opt.Minimize(loss)
			return nil
		},
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			x := p.Input(b.Image)
			return flat(m.Decode(m.Encode(x))), flat(x.Float())
		},
		Loss:  tensor.MSE,
		Train: &data.Loader[data.Pair]{Source: seen, BatchSize: min(o.Batch, seen.Len()), Shuffle: true, Seed: o.Seed, DropLast: true},
		Valid: &data.Loader[data.Pair]{Source: valid, BatchSize: 100},
	}
}
