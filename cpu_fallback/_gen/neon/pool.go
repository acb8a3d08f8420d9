package main

import "fmt"

// pool writes max-pooling over windows that lie side by side. Every channel of a pixel is a lane, every tap of a window a
// vector.
func pool(p *program) {
	maxPool(p)
	maxPoolBwd(p, "maxPoolBwdNEON", "is dx[p·step + i + off/4] = dy[p·c + i] where arg is a tap's id, else 0, for all taps; p < pixels", false)
	maxPoolBwd(p, "maxPoolBwdAddNEON", "adds dy[p·c + i] to dx[p·step + i + off/4] for the tap whose id is arg; p < pixels", true)
}

// pixels runs body for four and then one channel of each pixel at a time. The pointers go along.
func (p *program) pixels(x, y, arg string, body func(l lanes, x, y, arg reg)) {
	px, py, parg, left, channels, step := p.param(x), p.param(y), p.param(arg), p.param("pixels"), p.param("c"), p.param("step")
	c, x0 := p.take(), p.take()
	p.op("LSL", "$2", step)
	p.label("pixel")
	p.op("CBZ", left, "end")
	p.op("MOVD", channels, c)
	p.op("MOVD", px, x0)
	for _, l := range []lanes{4, 1} {
		label, next := "channels4", "channels1"
		if l == 1 {
			label, next = next, "channels0"
		}
		p.label(label)
		p.op("CMP", number(int(l)), c)
		p.op("BLT", next)
		body(l, x0, py, parg)
		p.advance(4*int(l), x0, py)
		p.advance(int(l), parg)
		p.op("SUB", number(int(l)), c)
		p.op("B", label)
	}
	p.label("channels0")
	p.op("ADD", step, px)
	p.op("SUB", "$1", left)
	p.op("B", "pixel")
	p.label("end")
	p.op("RET")
}

func maxPool(p *program) {
	p.function("maxPoolNEON", `is y[p·c + i] = the maximum over taps t of x[p·step + i + off[t]/4], and arg, unless it is nil,
first plus the t of the first that is largest, or of the first NaN; p < pixels and i < c.`,
		"y *float32, arg *uint8, x *float32, off *int, first uint32, taps, c, step, pixels int", "")
	best, won, tap, in, wins, least, first, ones := vec(0), vec(1), vec(2), vec(3), vec(4), vec(5), vec(6), vec(7)
	start, offs, taps, wanted, off, left, from := p.param("first"), p.param("off"), p.param("taps"), p.param("arg"), p.take(), p.take(), p.take()
	p.op("VDUP", start, s4(first))
	p.op("MOVD", "$1", start)
	p.op("VDUP", start, s4(ones))
	p.pixels("x", "y", "arg", func(l lanes, x, y, arg reg) {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, l) }
		load := func(v vec) {
			p.op("MOVD.P", at(off, 8), from)
			p.op("ADD", x, from)
			p.get(l, at(from, 0), v)
		}
		p.op("MOVD", offs, off)
		p.op("MOVD", taps, left)
		p.move(first, tap)
		p.move(first, won)
		load(best)
		p.label(label("tap"))
		p.op("SUB", "$1", left)
		p.op("CBZ", left, label("won"))
		p.op("VADD", s4(ones), s4(tap), s4(tap))
		load(in)
		// The tap wins where best is a number, and not at least as large: so it does if it is NaN.
		p.word(fcmeq, wins, best, best)
		p.word(fcmge, least, best, in)
		p.word(bic, wins, wins, least)
		p.op("VBIT", b16(wins), b16(in), b16(best))
		p.op("VBIT", b16(wins), b16(tap), b16(won))
		p.op("B", label("tap"))
		p.label(label("won"))
		p.put(l, best, at(y, 0))
		p.op("CBZ", wanted, label("stored"))
		p.word(xtn32, won, won)
		p.word(xtn16, won, won)
		if l == 4 {
			p.op("FMOVS", f(won), at(arg, 0))
		} else {
			p.op("VST1", fmt.Sprintf("V%d.B[0]", won), at(arg, 0))
		}
		p.label(label("stored"))
	})
}

func maxPoolBwd(p *program, name, does string, add bool) {
	p.function(name, does+"\nand i < c.", "dx, dy *float32, arg *uint8, tap *byte, taps, c, step, pixels int", "")
	g, chosen, id, to := vec(0), vec(1), vec(2), vec(3)
	list, taps, tap, left, there := p.param("tap"), p.param("taps"), p.take(), p.take(), p.take()
	p.pixels("dx", "dy", "arg", func(l lanes, dx, dy, arg reg) {
		p.get(l, at(dy, 0), g)
		if l == 4 {
			p.op("FMOVS", at(arg, 0), f(chosen))
			p.op("VUXTL", fmt.Sprintf("V%d.B8", chosen), fmt.Sprintf("V%d.H8", chosen))
			p.op("VUXTL", fmt.Sprintf("V%d.H4", chosen), s4(chosen))
		} else {
			p.op("MOVBU", at(arg, 0), there)
			p.op("VDUP", there, s4(chosen))
		}
		p.op("MOVD", list, tap)
		p.op("MOVD", taps, left)
		label := fmt.Sprintf("tap%d", l)
		p.label(label) // a chosenTap is an id, and its off 8 bytes on
		p.op("VLD1R", at(tap, 0), "["+s4(id)+"]")
		p.op("MOVD", at(tap, 8), there)
		p.op("ADD", dx, there)
		p.op("VCMEQ", s4(chosen), s4(id), s4(to))
		p.op("VAND", b16(to), b16(g), b16(to))
		if add {
			p.get(l, at(there, 0), id)
			p.word(fadd, to, to, id)
		}
		p.put(l, to, at(there, 0))
		p.advance(16, tap)
		p.op("SUB", "$1", left)
		p.op("CBNZ", left, label)
	})
}
