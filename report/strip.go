package report

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Frame is a picture of a strip, with a line of text over it.
type Frame struct {
	Caption string
	Picture image.Image
}

const (
	gap    = 8  // pixels around the frames of a strip
	height = 18 // of the line with captions
)

// Strip draws frames from left to right, such as one grid of samples at different epochs.
func Strip(frames ...Frame) image.Image {
	face := basicfont.Face7x13
	width := func(f Frame) int {
		return max(f.Picture.Bounds().Dx(), font.MeasureString(face, f.Caption).Ceil())
	}
	size := image.Pt(gap, 0)
	for _, f := range frames {
		size.X += width(f) + gap
		size.Y = max(size.Y, f.Picture.Bounds().Dy())
	}
	out := image.NewRGBA(image.Rect(0, 0, size.X, size.Y+height+2*gap))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	left := gap
	for _, f := range frames {
		text := font.Drawer{Dst: out, Src: image.NewUniform(color.Black), Face: face, Dot: fixed.P(left, gap+face.Ascent)}
		text.DrawString(f.Caption)
		b := f.Picture.Bounds()
		draw.Draw(out, b.Sub(b.Min).Add(image.Pt(left, gap+height)), f.Picture, b.Min, draw.Src)
		left += width(f) + gap
	}
	return out
}

// Enlarge makes every pixel a square of side pixels, so that pictures of 28 pixels can be looked at.
func Enlarge(m image.Image, side int) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()*side, b.Dy()*side))
	draw.NearestNeighbor.Scale(out, out.Bounds(), m, b, draw.Src, nil)
	return out
}

// PNG writes m.
func PNG(w io.Writer, m image.Image) error {
	if err := png.Encode(w, m); err != nil {
		return fmt.Errorf("report: PNG: %w", err)
	}
	return nil
}
