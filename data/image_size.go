package data

import (
	"fmt"
	"io"
)

// ImageSize is the size of an image file's picture in pixels, set upright as [DecodeImage] does it. It does not decode the
// picture, and refuses what DecodeImage refuses.
func ImageSize(r io.Reader) (h, w int, err error) {
	file, config, format, err := readImage(r, maxPixels)
	if err != nil {
		return 0, 0, fmt.Errorf("data: ImageSize: %w", err)
	}
	if orientation(format, file).swaps() {
		return config.Width, config.Height, nil
	}
	return config.Height, config.Width, nil
}
