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
	_ "golang.org/x/image/webp" // registers the format

	"github.com/braidml/braid/tensor"
)

const (
	maxPixels    = 64 << 20  // of an image file: 64 megapixels
	maxSide      = 1 << 15   // resizing needs memory for the new width times the old height
	maxImageFile = 512 << 20 // bytes of the file: those pixels in the widest format, uncompressed
)

// DecodeImage reads a PNG, JPEG, WebP or GIF (of that the first picture) and resizes it to [h, w, 3] Uint8, red, green
// and blue, without keeping its proportions. Grey becomes three equal channels, and what is transparent shows white.
// A picture that its Exif data say is lying or mirrored is set upright. Resizing is bilinear, over the whole area of
// source pixels when it shrinks.
//
// An image above 64 megapixels, or above 32768 pixels a side, is refused before memory is asked for.
func DecodeImage(r io.Reader, h, w int) (tensor.Array, error) {
	checkSize("DecodeImage", h, w)
	m, err := decodeImage(r, h, w, maxPixels)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: DecodeImage: %w", err)
	}
	return toArray(m), nil
}

// DecodeGrey is DecodeImage to [h, w, 1]: the brightness (ITU-R BT.601, as of JPEG).
func DecodeGrey(r io.Reader, h, w int) (tensor.Array, error) {
	checkSize("DecodeGrey", h, w)
	m, err := decodeImage(r, h, w, maxPixels)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: DecodeGrey: %w", err)
	}
	pixels := make([]uint8, h*w)
	putPixels(pixels, m, 1)
	return tensor.ArrayOf(pixels, h, w, 1), nil
}

// checkSize panics where no picture can have the size.
func checkSize(op string, h, w int) {
	if h < 1 || w < 1 || h > maxSide || w > maxSide {
		misuse(op, "the size is %d by %d, expected 1 to %d a side", h, w, maxSide)
	}
}

// decodeImage refuses images of more than limit pixels. What it returns is opaque.
func decodeImage(r io.Reader, h, w, limit int) (*image.RGBA, error) {
	file, config, format, err := readImage(r, limit)
	if err != nil {
		return nil, err
	}
	m, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s image of %d by %d pixels: %w", format, config.Width, config.Height, cut(err))
	}
	if format == "webp" {
		m = webpColours(m)
	}
	canvas := image.Rect(0, 0, config.Width, config.Height)
	if m.Bounds() != canvas { // the first picture of a GIF may be smaller than the whole
		whole := image.NewRGBA(canvas)
		draw.Draw(whole, m.Bounds(), m, m.Bounds().Min, draw.Src)
		m = whole
	}
	turn := orientation(format, file)
	if turn.swaps() {
		h, w = w, h
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if canvas == out.Bounds() {
		draw.Draw(out, canvas, m, image.Point{}, draw.Over)
	} else {
		draw.BiLinear.Scale(out, out.Bounds(), m, canvas, draw.Over, nil)
	}
	return turn.upright(out), nil
}

// readImage reads a file whole, once its header has been looked at and its size is not above limit.
func readImage(r io.Reader, limit int) (file []byte, config image.Config, format string, err error) {
	var head bytes.Buffer // what the first look has read
	config, format, err = image.DecodeConfig(io.TeeReader(r, &head))
	switch {
	case err == image.ErrFormat:
		return nil, config, format, fmt.Errorf("the format is not known, expected PNG, JPEG, GIF or WebP")
	case err != nil:
		return nil, config, format, cut(err)
	case config.Width < 1 || config.Height < 1 || config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > limit:
		return nil, config, format, fmt.Errorf("the %s image is %d by %d pixels, expected 1 to %d a side and at most %d in all",
			format, config.Width, config.Height, maxSide, limit)
	}
	if _, err = head.ReadFrom(io.LimitReader(r, maxImageFile+1-int64(head.Len()))); err != nil {
		return nil, config, format, err
	}
	switch file = head.Bytes(); {
	case len(file) > maxImageFile:
		return nil, config, format, fmt.Errorf("the file is larger than %d bytes", maxImageFile)
	case format == "webp" && !riffIsWhole(file):
		return nil, config, format, fmt.Errorf("webp image of %d by %d pixels: %w", config.Width, config.Height, cut(io.EOF))
	}
	return file, config, format, nil
}

// toArray is an opaque picture as [h, w, 3].
func toArray(m *image.RGBA) tensor.Array {
	size := m.Bounds().Size()
	pixels := make([]uint8, size.X*size.Y*3)
	putPixels(pixels, m, 3)
	return tensor.ArrayOf(pixels, size.Y, size.X, 3)
}

// putPixels writes an opaque picture as [h, w, channels]: 3, or 1 for its brightness (ITU-R BT.601, as of JPEG).
func putPixels(out []uint8, m *image.RGBA, channels int) {
	size := m.Bounds().Size()
	o := 0
	for y := range size.Y {
		row := m.Pix[y*m.Stride : y*m.Stride+size.X*4]
		for x := 0; x < len(row); x += 4 {
			if channels == 1 {
				out[o] = uint8((19595*uint32(row[x]) + 38470*uint32(row[x+1]) + 7471*uint32(row[x+2]) + 1<<15) >> 16)
				o++
				continue
			}
			copy(out[o:o+3], row[x:x+3])
			o += 3
		}
	}
}
