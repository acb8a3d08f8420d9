package metrics

import "math"

// window is the side of SSIM's.
const window = 11

// gaussian is one row of the window; the window is the product of a row and a column.
var gaussian = func() (g [window]float64) {
	sum := 0.0
	for i := range g {
		d := float64(i - window/2)
		g[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
		sum += g[i]
	}
	for i := range g {
		g[i] /= sum
	}
	return g
}()

// similarity is SSIM of one image: the mean over windows and channels of
//
//	(2·μx·μy + C1)·(2·σxy + C2) / ((μx² + μy² + C1)·(σx² + σy² + C2))
func similarity(x, y []float64, h, w, c int) float64 {
	const c1, c2 = 0.01 * 0.01, 0.03 * 0.03
	total := 0.0
	plane := func(a, b []float64, channel int) []float64 {
		p := make([]float64, h*w)
		for i := range p {
			p[i] = a[i*c+channel]
			if b != nil {
				p[i] *= b[i*c+channel]
			}
		}
		return blurred(p, h, w)
	}
	for k := range c {
		mx, my := plane(x, nil, k), plane(y, nil, k)
		xx, yy, xy := plane(x, x, k), plane(y, y, k), plane(x, y, k)
		sum := 0.0
		for i, a := range mx {
			b := my[i]
			sum += (2*a*b + c1) * (2*(xy[i]-a*b) + c2) / ((a*a + b*b + c1) * (xx[i] - a*a + yy[i] - b*b + c2))
		}
		total += sum / float64(len(mx))
	}
	return total / float64(c)
}

// blurred is the mean of p [h, w] under each window that fits.
func blurred(p []float64, h, w int) []float64 {
	wide, high := w-window+1, h-window+1
	rows, out := make([]float64, h*wide), make([]float64, high*wide)
	for y := range h {
		for x := range wide {
			for k, g := range gaussian {
				rows[y*wide+x] += g * p[y*w+x+k]
			}
		}
	}
	for i := range out {
		for k, g := range gaussian {
			out[i] += g * rows[i+k*wide]
		}
	}
	return out
}
