package main

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

type ganCommand struct {
	deviceFlag
	Options ganOptions `embed:""`
	runFlags
}

const ganKind = "gan"

// Run trains.
func (c *ganCommand) Run(w *world, set flags) error {
	o := &c.Options
	o.Model = ganKind
	if err := c.plan(o, set); err != nil {
		return err
	}
	g, err := o.open()
	if err != nil {
		return err
	}
	model, err := o.model(g)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	fmt.Fprintf(w.out, "%s, %s loss, %d parameters, on %v\n", o.Data, model.Config.Loss, layers.Count(model), dev)
	texts := sheetTexts(model, g)
	if !texts.Absent() {
		fmt.Fprintf(w.out, "the rows of the samples are: %s\n", strings.Join(firstOfRows(g.vocab, texts), ", "))
	}
	var last tensor.Array // what the last sheet shows
	j := &job{
		options: o, shared: &o.pictureOptions, gallery: g, trainer: o.trainer(dev, model, g),
		draw: func() (image.Image, error) {
			pictures, err := model.Sample(dev, sheetColumns*sheetColumns, o.Seed, texts)
			if err != nil {
				return nil, err
			}
			last = pictures
			return sheet(pictures, sheetColumns), nil
		},
		measure: func() (map[string]float64, error) { return nil, nil }, // braid eval does, with a classifier
		save:    model.Save,
		curves: func(dir string, h train.History) error {
			losses, quality := []string{"discriminator", "generator"}, []string{"accuracy", "variety"}
			if !texts.Absent() {
				losses, quality = append(losses, "matching"), append(quality, "variety of a text")
			}
			return errors.Join(
				writeCurves(filepath.Join(dir, curvesFile), "losses", h, losses...),
				writeCurves(filepath.Join(dir, qualityFile), "accuracy of the discriminator, variety of the generator", h, quality...))
		},
	}
	j.failed = func(err error) error { return ganFailure(j.trainer.History(), j.trainer.Train.Len(), err) }
	j.report = func(w *world, _ map[string]float64) {
		if doubt := ganDoubt(j.trainer.History()); doubt != nil {
			fmt.Fprintf(w.out, "but look at the samples before you use it: %v\n", doubt)
		}
		text := ""
		if !texts.Absent() {
			if collapsed(last, g.train.Images) {
				fmt.Fprintf(w.out, "but %s\n", oneForEach)
			}
			text = fmt.Sprintf(" --text %q", firstOfRows(g.vocab, texts)[0])
		}
		fmt.Fprintf(w.out, "try: braid sample --model %s --out samples.png%s\n", j.dir, text)
		fmt.Fprintf(w.out, "and: braid eval --model %s\n", j.dir)
	}
	return j.run(w, &c.runFlags)
}

func (o *ganOptions) trainer(dev *tensor.Device, m *models.GAN, g *gallery) *train.Trainer[data.Pair] {
	conditional := readsText(m)
	return &train.Trainer[data.Pair]{
		Device: dev, Model: m, Seed: o.Seed,
		Step: func(p *tensor.Pass, b data.Pair) error {
			var text *tensor.Tensor
			if conditional {
				text = p.Input(b.Text)
			}
			m.Step(p.Input(b.Image), text)
			return nil
		},
		Train: &data.Loader[data.Pair]{Source: g.train, BatchSize: o.Batch, Shuffle: true, Seed: o.Seed, DropLast: true},
	}
}
