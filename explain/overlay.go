package explain

import (
	"fmt"
	"image"

	"github.com/braidml/braid/tensor"
)

// Overlay lays the colours of a map [h', w'], such as a row of CAM, over picture in grey, as [Figure.Draw] does: from dark
// to light, or from blue to red where the map has values on both sides of 0. The longer side becomes about side pixels.
// The error says that they do not fit each other.
func Overlay(picture image.Image, heat tensor.Array, side int) (image.Image, error) {
	s := heat.Shape()
	if len(s) != 2 || heat.Len() == 0 || picture.Bounds().Empty() || side < 1 {
		return nil, fmt.Errorf("explain: Overlay: the map is %v, the picture %v, the side %d: a map [h w] and a picture with pixels are expected",
			s, picture.Bounds().Size(), side)
	}
	values := heat.Reshape(1, s[0], s[1])
	return overlay(fit(picture, side), values, scaleOf(reals(values))), nil
}
