package explain

import (
	"image"
	"image/color"
	"slices"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/tensor"
)

// scale gives a colour to a value: of a map from 0 to most, or, where there are values on both sides, from -most to most.
type scale struct {
	signed bool
	most   float64
}

func scaleOf(values []float64) scale {
	s := scale{}
	for _, v := range values {
		s.signed = s.signed || v < 0
		s.most = max(s.most, v, -v)
	}
	return s
}

// Colours from little to much, of even steps in lightness, and from against to for, which the colour-blind tell apart too.
var (
	heat    = []color.RGBA{{0, 0, 4, 255}, {87, 16, 110, 255}, {188, 55, 84, 255}, {249, 142, 9, 255}, {252, 255, 164, 255}}
	against = []color.RGBA{{33, 102, 172, 255}, {146, 197, 222, 255}, {247, 247, 247, 255}, {244, 165, 130, 255}, {178, 24, 43, 255}}
)

func (s scale) colour(v float64) color.RGBA {
	if s.most > 0 {
		v /= s.most
	}
	if s.signed {
		return between(against, (v+1)/2)
	}
	return between(heat, v)
}

// between is the colour at a place from 0 to 1 of stops.
func between(stops []color.RGBA, at float64) color.RGBA {
	at = min(max(at, 0), 1) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	return blend(stops[i], stops[i+1], at-float64(i))
}

// blend is share of b and the rest of a.
func blend(a, b color.RGBA, share float64) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share + 0.5) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// fit enlarges or shrinks m to a square of so many pixels without changing its proportions. A small picture gets square
// pixels of a whole size, so that they can be told apart.
func fit(m image.Image, side int) *image.RGBA {
	b := m.Bounds()
	longer := max(b.Dx(), b.Dy())
	w, h := max(1, b.Dx()*side/longer), max(1, b.Dy()*side/longer)
	var by draw.Scaler = draw.CatmullRom
	if times := side / longer; times >= 2 {
		w, h, by = b.Dx()*times, b.Dy()*times, draw.NearestNeighbor
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	by.Scale(out, out.Bounds(), m, b, draw.Over, nil)
	return out
}

// overlay lays the colours of values, [1, h', w'], over the picture in grey.
func overlay(picture *image.RGBA, values tensor.Array, s scale) *image.RGBA {
	size := picture.Bounds().Size()
	large := Upsample(values, size.Y, size.X).Floats()
	out := image.NewRGBA(picture.Bounds())
	for i, v := range large {
		x, y := i%size.X, i/size.X
		grey := 80 + color.GrayModel.Convert(picture.RGBAAt(x, y)).(color.Gray).Y/5*3 // so that heat shows on black as well
		out.SetRGBA(x, y, blend(color.RGBA{grey, grey, grey, 255}, s.colour(float64(v)), 0.6))
	}
	return out
}

// ink is the colour of a text on a background.
func ink(on color.RGBA) color.RGBA {
	if color.GrayModel.Convert(on).(color.Gray).Y < 128 {
		return color.RGBA{255, 255, 255, 255}
	}
	return black
}

// ramp is the colours of s from its least (left, or below) to its largest value.
func (s scale) ramp(width, height int, upwards bool) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		x, y := i%width, i/width
		at := float64(x) / float64(max(1, width-1))
		if upwards {
			at = 1 - float64(y)/float64(max(1, height-1))
		}
		stops := heat
		if s.signed {
			stops = against
		}
		out.SetRGBA(x, y, between(stops, at))
	}
	return out
}

// largest are the places of the n largest values, largest first; equal ones keep their order.
func largest(values []float64, n int) []int {
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		}
		return 0
	})
	return at[:min(n, len(at))]
}
