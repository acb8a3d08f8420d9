package models

// size is the number of values in the parameters of the model that c describes, frozen ones included. It is a float64
// so that no configuration of a damaged file overflows it.
func (c FusionConfig) size() float64 {
	n, width := 0.0, float64(c.Features)
	dense := func(in, out float64) float64 {
		n += in*out + out
		return out
	}

	in := float64(c.Image.Channels)
	widths := c.Image.Widths
	if c.Image.Strided {
		var k count
		in = k.down(c.Image, false, false)
		n += float64(k)
		for _, w := range c.Image.Deep {
			in = dense(in, float64(w))
		}
		widths = nil
	}
	for _, w := range widths {
		out := float64(w)
		if n += 9 * in * out; c.Image.NoBatchNorm {
			n += out // the bias
		} else {
			n += 4 * out
		}
		in = out
	}
	if halved := len(c.Image.Widths); c.Image.Flatten {
		in *= float64(c.Image.Height>>halved) * float64(c.Image.Width>>halved)
	}
	dense(in, width)

	in = float64(c.Text.Dense)
	if in == 0 {
		in = float64(c.Text.Embed)
		n += float64(c.Text.Vocab) * in
	}
	for _, w := range c.Text.Hidden {
		if c.Text.Dense == 0 && !c.Text.Bag {
			n += float64(w) * float64(w) // from state to state
		}
		in = dense(in, float64(w))
	}
	dense(in, width)

	in = width
	switch c.Merge {
	case Concat:
		in *= 2
	case Gated:
		n += 4*in*in + 3*in
	case Bilinear:
		n += 2 * (in + 1) * in * float64(c.Rank)
	}
	for _, w := range c.Hidden {
		in = dense(in, float64(w))
	}
	dense(in, float64(c.Outputs))
	if c.Missing {
		n += 2 * width
	}
	return n
}
