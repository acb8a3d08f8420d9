package main

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

type autoencoderCommand struct {
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
	dev, err := tensor.Open(nil)
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
		failed:  func(error) error { return nil }, // an error of the training says enough
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

// model makes the model that o describes, for g.
func (o *autoencoderOptions) model(g *gallery) *models.Autoencoder {
	c := models.AutoencoderConfig{Image: o.image(g), Code: o.Code, Loss: o.Loss, Noise: o.Noise, Mask: o.Mask, Variational: o.Variational}
	if o.Variational {
		c.Beta = o.Beta
	}
	return models.NewAutoencoder(rand.New(rand.NewPCG(o.Seed, 0)), c)
}

func (o *autoencoderOptions) trainer(dev *tensor.Device, m *models.Autoencoder, g *gallery) *train.Trainer[data.Pair] {
	opt := optim.New(layers.Params(m), optim.Adam{LR: o.rate(1e-3)})
	kept := g.train.Len() / 20
	seen, valid := data.Split[data.Pair](g.train, 1-float64(max(1, min(kept, 1000)))/float64(g.train.Len()), o.Seed)
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

// disturbs reports whether m was trained to restore pictures.
func disturbs(m *models.Autoencoder) bool { return m.Config.Noise > 0 || m.Config.Mask > 0 }

// draw is a sheet of rows of pictures and, below each, what m makes of them; a denoising one has what it is given between
// them. The last two rows of a variational one are drawn from noise.
func (o *autoencoderOptions) draw(dev *tensor.Device, m *models.Autoencoder, pictures tensor.Array) (image.Image, error) {
	n := min(pictures.Shape()[0], 3*sheetColumns)
	all, err := restored(dev, m, pictures.Slice(0, n), o.Seed, min(n, sheetColumns))
	if err == nil && o.Variational {
		var drawn tensor.Array
		if drawn, err = m.Sample(dev, 2*sheetColumns, o.Seed); err == nil {
			shape := append([]int{all.Shape()[0] + 2*sheetColumns}, all.Shape()[1:]...)
			all = tensor.ArrayOf(append(all.Floats(), drawn.Floats()...), shape...)
		}
	}
	if err != nil {
		return nil, err
	}
	return sheet(all, sheetColumns), nil
}

// restored is pictures and what m makes of them, by rows of so many columns.
func restored(dev *tensor.Device, m *models.Autoencoder, pictures tensor.Array, seed uint64, columns int) (tensor.Array, error) {
	if disturbs(m) {
		given, out, err := m.Denoise(dev, pictures, seed)
		if err != nil {
			return tensor.Array{}, err
		}
		return rows(columns, reals(pictures), given, out), nil
	}
	out, err := m.Reconstruct(dev, pictures)
	if err != nil {
		return tensor.Array{}, err
	}
	return rows(columns, reals(pictures), out), nil
}

// rebuilding measures what m makes of pictures against them: mse, psnr and ssim, and those of disturbed pictures as
// denoised_mse and so on if m was trained for that.
func rebuilding(dev *tensor.Device, m *models.Autoencoder, pictures tensor.Array, seed uint64) (map[string]float64, error) {
	measures := []metrics.Metric{metrics.ImageError(), metrics.PSNR()}
	if c := m.Config.Image; min(c.Height, c.Width) >= 11 {
		measures = append(measures, metrics.SSIM())
	}
	test := map[string]float64{}
	measure := func(prefix string, rebuild func(batch tensor.Array) (tensor.Array, error)) error {
		const size = 512 // pictures at a time: memory
		for _, m := range measures {
			m.Reset()
		}
		for from, n := 0, pictures.Shape()[0]; from < n; from += size {
			batch := pictures.Slice(from, min(from+size, n))
			out, err := rebuild(batch)
			if err != nil {
				return err
			}
			for _, m := range measures {
				m.Observe(out, batch)
			}
		}
		for _, m := range measures {
			test[prefix+m.Name()] = m.Value()
		}
		return nil
	}
	err := measure("", func(batch tensor.Array) (tensor.Array, error) { return m.Reconstruct(dev, batch) })
	if err == nil && disturbs(m) {
		err = measure("denoised_", func(batch tensor.Array) (tensor.Array, error) {
			seed++ // other noise for each batch
			_, out, err := m.Denoise(dev, batch, seed)
			return out, err
		})
	}
	return test, err
}

func reportRebuilding(w *world, test map[string]float64) {
	line := func(what, prefix string) {
		fmt.Fprintf(w.out, "%s: MSE %.5f, PSNR %.2f dB", what, test[prefix+"mse"], test[prefix+"psnr"])
		if ssim, ok := test[prefix+"ssim"]; ok {
			fmt.Fprintf(w.out, ", SSIM %.4f", ssim)
		}
		fmt.Fprintln(w.out)
	}
	line("test", "")
	if _, ok := test["denoised_mse"]; ok {
		line("test, disturbed", "denoised_")
	}
}
