package main

import (
	"fmt"
	"image"

	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

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
	test, err := rebuilt(m.Config.Image, pictures, func(batch tensor.Array) (tensor.Array, error) { return m.Reconstruct(dev, batch) })
	if err != nil || !disturbs(m) {
		return test, err
	}
	restored, err := rebuilt(m.Config.Image, pictures, func(batch tensor.Array) (tensor.Array, error) {
		seed++ // other noise for each batch
		_, out, err := m.Denoise(dev, batch, seed)
		return out, err
	})
	for name, v := range restored {
		test["denoised_"+name] = v
	}
	return test, err
}

// rebuilt measures what rebuild makes of batches of pictures against them: mse and psnr, and ssim where they are large
// enough for its window.
func rebuilt(c models.ImageConfig, pictures tensor.Array, rebuild func(batch tensor.Array) (tensor.Array, error)) (map[string]float64, error) {
	measures := []metrics.Metric{metrics.ImageError(), metrics.PSNR()}
	if min(c.Height, c.Width) >= 11 {
		measures = append(measures, metrics.SSIM())
	}
	const size = 512 // pictures at a time: memory
	for from, n := 0, pictures.Shape()[0]; from < n; from += size {
		batch := pictures.Slice(from, min(from+size, n))
		out, err := rebuild(batch)
		if err != nil {
			return nil, err
		}
		for _, m := range measures {
			m.Observe(out, batch)
		}
	}
	test := map[string]float64{}
	for _, m := range measures {
		test[m.Name()] = m.Value()
	}
	return test, nil
}

func reportRebuilding(w *world, test map[string]float64) {
	reportError(w, "test", "", test)
	if _, ok := test["denoised_mse"]; ok {
		reportError(w, "test, disturbed", "denoised_", test)
	}
}

// reportError is a line of what rebuilt measured.
func reportError(w *world, what, prefix string, test map[string]float64) {
	fmt.Fprintf(w.out, "%s: MSE %.5f, PSNR %.2f dB", what, test[prefix+"mse"], test[prefix+"psnr"])
	if ssim, ok := test[prefix+"ssim"]; ok {
		fmt.Fprintf(w.out, ", SSIM %.4f", ssim)
	}
	fmt.Fprintln(w.out)
}
