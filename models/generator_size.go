package models

// count adds up the values in the parameters of a model, frozen ones included. It is a float64 so that no configuration
// of a damaged file overflows it.
type count float64

func (n *count) dense(in, out int, bias bool) {
	*n += count(in) * count(out)
	if bias {
		*n += count(out)
	}
}

// conv is a 4x4 convolution; what follows it is a batch normalisation, or a bias.
func (n *count) conv(in, out int, norm bool) {
	*n += 16 * count(in) * count(out)
	n.after(out, norm)
}

func (n *count) after(channels int, norm bool) {
	if norm {
		*n += 4 * count(channels)
	} else {
		*n += count(channels)
	}
}

// down is pyramid.down's; it returns the width of the result.
func (n *count) down(c ImageConfig, bare, spectral bool) (width float64) {
	in := c.Channels
	for i, out := range c.Widths {
		n.conv(in, out, !c.NoBatchNorm && !spectral && !(i == 0 && bare))
		if spectral {
			*n += count(out) + 16*count(in)
		}
		in = out
	}
	h, w := c.top()
	return float64(h) * float64(w) * float64(in)
}

// up is pyramid.up's.
func (n *count) up(c ImageConfig, in int) {
	h, w := c.top()
	last := len(c.Widths) - 1
	channels := c.Widths[last]
	width := count(h) * count(w) * count(channels)
	*n += count(in) * width
	if c.NoBatchNorm {
		*n += width
	} else {
		*n += 4 * count(channels)
	}
	for i := last; i > 0; i-- {
		n.conv(channels, c.Widths[i-1], !c.NoBatchNorm)
		channels = c.Widths[i-1]
	}
	n.conv(channels, c.Channels, false)
}

// text is a text encoder's.
func (n *count) text(c TextConfig, features int) {
	in := c.Dense
	if in == 0 {
		in = c.Embed
		*n += count(c.Vocab) * count(in)
	}
	for _, w := range c.Hidden {
		if c.Dense == 0 && !c.Bag {
			*n += count(w) * count(w) // from state to state
		}
		n.dense(in, w, true)
		in = w
	}
	n.dense(in, features, true)
}
