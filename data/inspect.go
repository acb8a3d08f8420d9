package data

import (
	"fmt"
	"image"
	"image/color"
	"io"
)

// ImageInfo is what the header of a picture's file says.
type ImageInfo struct {
	Format        string // "png", "jpeg", "gif" or "webp"
	Mode          string // of its colours: "colour", "grey", "palette", "colour with alpha", with "16 bit" behind it where that is so
	Width, Height int
}

// InspectImage reads no more than the header of a picture. It refuses what [DecodeImage] refuses by its size.
func InspectImage(r io.Reader) (ImageInfo, error) {
	c, format, err := image.DecodeConfig(r)
	switch {
	case err == image.ErrFormat:
		err = fmt.Errorf("the format is not known, expected PNG, JPEG, GIF or WebP")
	case err == nil && (c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels):
		err = fmt.Errorf("the %s image is %d by %d pixels, expected 1 to %d a side and at most %d in all", format, c.Width, c.Height, maxSide, maxPixels)
	case err != nil:
		err = cut(err)
	}
	if err != nil {
		return ImageInfo{}, fmt.Errorf("data: InspectImage: %w", err)
	}
	return ImageInfo{format, modeOf(c.ColorModel), c.Width, c.Height}, nil
}

func modeOf(m color.Model) string {
	if _, is := m.(color.Palette); is {
		return "palette"
	}
	switch m {
	case color.GrayModel:
		return "grey"
	case color.Gray16Model:
		return "grey, 16 bit"
	case color.RGBA64Model:
		return "colour, 16 bit"
	case color.NRGBAModel, color.NYCbCrAModel:
		return "colour with alpha"
	case color.NRGBA64Model:
		return "colour with alpha, 16 bit"
	case color.CMYKModel:
		return "CMYK"
	}
	return "colour"
}

// Inspect reads the header of a row's picture. A row without one is an error.
func (f *ImageFolder) Inspect(row int) (ImageInfo, error) {
	if f.files[row] == "" {
		return ImageInfo{}, fmt.Errorf("data: Inspect: %s: there is no picture", f.at(row))
	}
	r, err := f.open(f.files[row])
	if err != nil {
		return ImageInfo{}, fmt.Errorf("data: Inspect: %s: %w", f.at(row), err)
	}
	defer r.Close()
	info, err := InspectImage(r)
	if err != nil {
		return ImageInfo{}, fmt.Errorf("data: Inspect: %s: %w", f.at(row), err)
	}
	return info, nil
}
