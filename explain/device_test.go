package explain

import (
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// The default device explains as the CPU does: on a build for GPUs, and its emulated driver, this is another engine.
func TestDefaultDevice(t *testing.T) {
	dev, err := tensor.Open(nil)
	if err != nil {
		t.Skip("there is no default device: ", err)
	}
	defer dev.Close()
	for _, c := range tensorcheck.Golden(t, "explain") {
		e, err := Explain(dev, restored(t, c), c.In["image"], c.In["text"], Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Integrate(dev, restored(t, c), c.In["image"], c.In["text"], Options{Steps: 8})
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]tensor.Array{"cam": e.CAM, "saliency": e.Saliency, "words": e.Words, "integrated_words": a.Words, "integrated_pixels": a.Pixels} {
			want := tensor.Values[float64](c.Out[name])
			check.Close(t, c.Name+" "+name, reals(got), want, check.Tolerance(54, 2*10).At(check.Scale(want)))
		}
	}
}
