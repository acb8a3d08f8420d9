package data

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/tensor"
)

// Grid draws images [n, h, w, c] side by side, so many columns a row, with a white line of one pixel between them.
// c is 1 (grey) or 3; the images are Uint8, or real numbers from 0 to 1 (what lies outside is cut off, NaN is black).
func Grid(images tensor.Array, columns int) image.Image {
	shape := images.Shape()
	if len(shape) != 4 || shape[3] != 1 && shape[3] != 3 || images.DType() == tensor.Int32 {
		misuse("Grid", "the images are %v %v, expected [n, h, w, 1 or 3] of bytes or real numbers", shape, images.DType())
	}
	if columns < 1 {
		misuse("Grid", "columns is %d, expected 1 or more", columns)
	}
	n, h, w, c := shape[0], shape[1], shape[2], shape[3]
	columns = min(columns, max(n, 1))
	rows := (n + columns - 1) / columns
	out := image.NewRGBA(image.Rect(0, 0, max(columns*(w+1)-1, 0), max(rows*(h+1)-1, 0)))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	bytes := toBytes(images)
	for i := range n {
		left, top := i%columns*(w+1), i/columns*(h+1)
		for p := range h * w {
			v := bytes[(i*h*w+p)*c:]
			o := out.PixOffset(left+p%w, top+p/w)
			for channel := range 3 {
				out.Pix[o+channel] = v[min(channel, c-1)]
			}
		}
	}
	return out
}

// toBytes is a's elements as brightness.
func toBytes(a tensor.Array) []uint8 {
	if a.DType() == tensor.Uint8 {
		return tensor.Values[uint8](a)
	}
	out := make([]uint8, a.Len())
	for i, x := range a.Float64s() {
		switch {
		case x >= 1:
			out[i] = 255
		case x > 0:
			out[i] = uint8(x*255 + 0.5)
		}
	}
	return out
}
