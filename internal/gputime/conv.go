//go:build linux && cgo && !cpu

package gputime

import "github.com/braidml/braid/internal/engine"

// convolution is the buffers of a 3x3 convolution and of its gradients.
type convolution struct {
	engine.ConvDims
	x, w, y, dy, dx, dw engine.Buffer
}

func (c *convolution) pixelsIn() int  { return c.N * c.H * c.W }
func (c *convolution) pixelsOut() int { return c.N * c.OutH * c.OutW }

// convolutions are a 3x3 convolution without padding, and its two gradients.
func convolutions(images [3]int, channels [2]int) []Case {
	d := engine.ConvDims{N: images[0], H: images[1], W: images[2], C: channels[0], K: channels[1], R: 3, S: 3,
		OutH: images[1] - 2, OutW: images[2] - 2, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1}
	size := convolution{ConvDims: d}
	weights := d.K * d.R * d.S * d.C
	in, out := size.pixelsIn()*d.C, size.pixelsOut()*d.K
	c := Case{Flops: 2 * float64(size.pixelsOut()) * float64(weights), Bytes: 4 * float64(in+out+weights)}
	const sets = 2
	named := func(name string, prepare func(t *tensors) job) Case {
		c := c
		c.Name, c.prepare = name, prepare
		return c
	}
	return []Case{
		named("conv forward", func(t *tensors) job {
			var all [sets]convolution
			for i := range all {
				all[i] = convolution{ConvDims: d, x: t.random(in, 1), w: t.random(weights, 1), y: t.output(out)}
			}
			return job{sets, func(s engine.Stream, set int) error {
				c := all[set]
				return s.Conv2D(engine.Conv2D{Y: c.y, X: c.x, W: c.w, ConvDims: d})
			}, all[0].verifyForward}
		}),
		named("conv data gradient", func(t *tensors) job {
			var all [sets]convolution
			for i := range all {
				all[i] = convolution{ConvDims: d, dx: t.output(in), w: t.random(weights, 1), dy: t.random(out, 1)}
			}
			return job{sets, func(s engine.Stream, set int) error {
				c := all[set]
				return s.Conv2DBwdData(engine.Conv2DBwd{DX: c.dx, DY: c.dy, W: c.w, ConvDims: d})
			}, all[0].verifyData}
		}),
		named("conv filter gradient", func(t *tensors) job {
			var all [sets]convolution
			for i := range all {
				all[i] = convolution{ConvDims: d, x: t.random(in, 1), dw: t.output(weights), dy: t.random(out, 1)}
			}
			return job{sets, func(s engine.Stream, set int) error {
				c := all[set]
				return s.Conv2DBwdWeights(engine.Conv2DBwd{DW: c.dw, DY: c.dy, X: c.x, ConvDims: d})
			}, all[0].verifyWeights}
		}),
	}
}

func (c *convolution) verifyForward(t *tensors) {
	x, w := t.whole("x", c.x), t.whole("w", c.w)
	t.sample("convolution", t.whole("y", c.y), func(at int, s *sum) {
		k, col := at%c.K, at/c.K%c.OutW
		row, n := at/c.K/c.OutW%c.OutH, at/c.K/c.OutW/c.OutH
		for i := range c.R * c.S * c.C {
			channel, dj, di := i%c.C, i/c.C%c.S, i/c.C/c.S
			s.add(x[((n*c.H+row+di)*c.W+col+dj)*c.C+channel], w[k*c.R*c.S*c.C+i])
		}
	})
}

func (c *convolution) verifyData(t *tensors) {
	dy, w := t.whole("dy", c.dy), t.whole("w", c.w)
	t.sample("data gradient", t.whole("dx", c.dx), func(at int, s *sum) {
		channel, col := at%c.C, at/c.C%c.W
		row, n := at/c.C/c.W%c.H, at/c.C/c.W/c.H
		for i := range c.R * c.S * c.K {
			k, dj, di := i%c.K, i/c.K%c.S, i/c.K/c.S
			if u, v := row-di, col-dj; u >= 0 && u < c.OutH && v >= 0 && v < c.OutW {
				s.add(dy[((n*c.OutH+u)*c.OutW+v)*c.K+k], w[((k*c.R+di)*c.S+dj)*c.C+channel])
			}
		}
	})
}

func (c *convolution) verifyWeights(t *tensors) {
	x, dy := t.whole("x", c.x), t.whole("dy", c.dy)
	t.sample("filter gradient", t.whole("dw", c.dw), func(at int, s *sum) {
		channel, dj := at%c.C, at/c.C%c.S
		di, k := at/c.C/c.S%c.R, at/c.C/c.S/c.R
		for p := range c.pixelsOut() {
			col, row, n := p%c.OutW, p/c.OutW%c.OutH, p/c.OutW/c.OutH
			s.add(dy[p*c.K+k], x[((n*c.H+row+di)*c.W+col+dj)*c.C+channel])
		}
	})
}
