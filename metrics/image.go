package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Metrics of images compare [n, h, w, c] with as many, bytes or reals from 0 to 1, and are means over images.

// ImageError is the mean of (output - target)² over all pixels, named "mse".
func ImageError() Metric { return &imageMetric{name: "mse", of: squaredError} }

// PSNR is the peak signal-to-noise ratio, -10·log10(mse) dB of an image, named "psnr". It is infinite as soon as one image
// is met exactly.
func PSNR() Metric {
	return &imageMetric{name: "psnr", of: func(x, y []float64, _, _, _ int) float64 {
		return -10 * math.Log10(squaredError(x, y, 0, 0, 0))
	}}
}

// SSIM is the mean structural similarity (Wang et al. 2004), named "ssim": 1 for equal images. As in the paper, the window
// is a Gaussian of 11 pixels a side with a deviation of 1.5, wherever it fits into the image; K1 is 0.01 and K2 0.03. Of
// colour images it is the mean over channels. Images below 11 pixels a side are a panic.
func SSIM() Metric { return &imageMetric{name: "ssim", of: similarity, side: window} }

// imageMetric is a mean over images.
type imageMetric struct {
	name  string
	of    func(x, y []float64, h, w, c int) float64
	side  int // that images need at least
	total float64
	n     int
}

func (m *imageMetric) Name() string   { return m.name }
func (m *imageMetric) Reset()         { m.total, m.n = 0, 0 }
func (m *imageMetric) Value() float64 { return m.total / float64(m.n) } // 0/0 is NaN

func (m *imageMetric) Observe(output, target tensor.Array) {
	s, t := output.Shape(), target.Shape()
	if output.Absent() || target.Absent() || len(s) != 4 || !slices.Equal(s, t) || min(s[1], s[2]) < m.side || output.Len() == 0 {
		panic(&tensor.Error{Op: "metrics." + m.name, Shapes: [][]int{s, t},
			Rule: fmt.Sprintf("two batches of images [n, h, w, c] of the same size, at least %d pixels a side, were expected", max(m.side, 1))})
	}
	x, y := unit(output), unit(target)
	size := s[1] * s[2] * s[3]
	for i := range s[0] {
		m.total += m.of(x[i*size:(i+1)*size], y[i*size:(i+1)*size], s[1], s[2], s[3])
	}
	m.n += s[0]
}

func squaredError(x, y []float64, _, _, _ int) (mean float64) {
	for i, v := range x {
		d := v - y[i]
		mean += d * d
	}
	return mean / float64(len(x))
}
