package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // registers the format
	_ "image/jpeg" // registers the format
	_ "image/png"  // registers the format
	"io"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/tensor"
)

const (
	maxPixels = 64 << 20 // of an image file: 64 megapixels
	maxSide   = 1 << 15  // resizing needs memory for the new width times the old height
)

// DecodeImage reads a PNG, JPEG or GIF (of that the first picture) and resizes it to [h, w, 3] Uint8, red, green and
// blue, without keeping its proportions. Grey becomes three equal channels, and what is transparent shows white.
// Resizing is bilinear, over the whole area of source pixels when it shrinks.
//
// An image above 64 megapixels, or above 32768 pixels a side, is refused before memory is asked for.
func DecodeImage(r io.Reader, h, w int) (tensor.Array, error) {
	if h < 1 || w < 1 || h > maxSide || w > maxSide {
		misuse("DecodeImage", "the size is %d by %d, expected 1 to %d a side", h, w, maxSide)
	}
	m, err := decodeImage(r, h, w, maxPixels)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: DecodeImage: %w", err)
	}
	return toArray(m), nil
}

func decodeImage(r io.Reader, h, w, limit int) (*image.RGBA, error) {
	var head bytes.Buffer // what the first look has read
	config, format, err := image.DecodeConfig(io.TeeReader(r, &head))
	switch {
	case err == image.ErrFormat:
		return nil, fmt.Errorf("the format is not known, expected PNG, JPEG or GIF")
	case err != nil:
		return nil, cut(err)
	case config.Width < 1 || config.Height < 1 || config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > limit:
		return nil, fmt.Errorf("the %s image is %d by %d pixels, expected 1 to %d a side and at most %d in all",
			format, config.Width, config.Height, maxSide, limit)
	}
	m, _, err := image.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, fmt.Errorf("%s image of %d by %d pixels: %w", format, config.Width, config.Height, cut(err))
	}
	canvas := image.Rect(0, 0, config.Width, config.Height)
	if m.Bounds() != canvas { // the first picture of a GIF may be smaller than the whole
		whole := image.NewRGBA(canvas)
		draw.Draw(whole, m.Bounds(), m, m.Bounds().Min, draw.Src)
		m = whole
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if canvas == out.Bounds() {
		draw.Draw(out, canvas, m, image.Point{}, draw.Over)
	} else {
		draw.BiLinear.Scale(out, out.Bounds(), m, canvas, draw.Over, nil)
	}
	return out, nil
}

// toArray is an opaque picture as [h, w, 3].
func toArray(m *image.RGBA) tensor.Array {
	size := m.Bounds().Size()
	rgb := make([]uint8, 0, size.X*size.Y*3)
	for y := range size.Y {
		for x := range size.X {
			i := m.PixOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			rgb = append(rgb, m.Pix[i:i+3]...)
		}
	}
	return tensor.ArrayOf(rgb, size.Y, size.X, 3)
}
