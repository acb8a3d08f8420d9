package main

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/train"
)

type jointCommand struct {
	deviceFlag
	Options jointOptions `embed:""`
	runFlags
}

const jointKind = "joint"

// Run trains, measures and saves.
func (c *jointCommand) Run(w *world, set flags) error {
	o := &c.Options
	o.Model = jointKind
	if err := c.plan(o, set); err != nil {
		return err
	}
	g, err := o.open()
	if err != nil {
		return err
	}
	if g.vocab == nil {
		return fmt.Errorf("the pictures in %s have no texts: a joint autoencoder needs both (emoji, a folder for each class, or IDX files with labels)", o.Data)
	}
	model := models.NewJointAutoencoder(rng(o.Seed), o.config(g))
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	texts := rowTexts(g)
	fmt.Fprintf(w.out, "%s, %d words, %d numbers for a picture with its text, %d parameters, on %v\n", o.Data, g.vocab.Len(), o.Code, layers.Count(model), dev)
	curves := []string{"loss", "image", "text"}
	if o.Adversary > 0 {
		curves = append(curves, "critic")
	}
	j := &job{
		options: o, shared: &o.pictureOptions, gallery: g, trainer: o.trainer(dev, model, g),
		draw:    func() (image.Image, error) { return drawJoint(dev, model, g, texts, o.Seed) },
		failed:  func(err error) error { return diverged("joint autoencoder", err) },
		measure: func() (map[string]float64, error) { return translating(dev, model, g.test) },
		save:    model.Save,
		curves: func(dir string, h train.History) error {
			return errors.Join(
				writeCurves(filepath.Join(dir, curvesFile), "losses of training", h, curves...),
				writeCurves(filepath.Join(dir, qualityFile), "squared error on pictures that were kept back", h, "valid"))
		},
	}
	j.report = func(w *world, test map[string]float64) {
		reportTranslating(w, test)
		fmt.Fprintf(w.out, "try: braid describe --model %s --image PICTURE\n", j.dir)
		fmt.Fprintf(w.out, "and: braid sample --model %s --out samples.png --text %q\n", j.dir, firstOfRows(g.vocab, texts)[0])
		fmt.Fprintf(w.out, "and: braid eval --model %s\n", j.dir)
	}
	return j.run(w, &c.runFlags)
}
