package explain

import (
	"image"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func TestOverlayOfAPicture(t *testing.T) {
	picture := image.NewRGBA(image.Rect(3, 3, 13, 8))
	m, err := Overlay(picture, tensor.ArrayOf([]float32{0, 0, 0, 9}, 2, 2), 100)
	if err != nil || m.Bounds().Size() != image.Pt(100, 50) {
		t.Fatalf("%v, %v", m, err)
	}
	cold, _, _, _ := m.At(0, 0).RGBA()
	hot, _, _, _ := m.At(99, 49).RGBA()
	if hot < 2*cold {
		t.Errorf("the hot corner has a red of %d, the cold one %d", hot, cold)
	}
	for _, wrong := range []tensor.Array{{}, tensor.ArrayOf([]float32{1}, 1), tensor.ArrayOf([]float32{}, 0, 3)} {
		if _, err := Overlay(picture, wrong, 100); err == nil || !strings.Contains(err.Error(), "explain: Overlay: the map is") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if _, err := Overlay(image.NewRGBA(image.Rectangle{}), tensor.ArrayOf([]float32{1}, 1, 1), 100); err == nil {
		t.Error("a picture without pixels is taken")
	}
}
