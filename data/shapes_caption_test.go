package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// Each caption is that of its label, names the colour that the picture has most of beside its background, and all thirty
// come about equally often.
func TestCaptionedShapes(t *testing.T) {
	const n = 600
	train, test, vocab := CaptionedShapes(ShapesConfig{Train: n, Test: 7, Size: 16, Seed: 3})
	for _, p := range []*Pairs{train, test} {
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if train.Len() != n || test.Len() != 7 || len(train.Classes) != 30 || vocab.Len() != 2+6+5 {
		t.Fatalf("%d and %d pictures, %d classes, %d words", train.Len(), test.Len(), len(train.Classes), vocab.Len())
	}
	texts, labels, pixels := tensor.Values[int32](train.Texts), tensor.Values[int32](train.Labels), tensor.Values[uint8](train.Images)
	count := make([]int, 30)
	for i, label := range labels {
		count[label]++
		caption := train.Classes[label]
		if got := vocab.Decode(texts[2*i : 2*i+2]); got != caption {
			t.Fatalf("picture %d has the text %q and the class %q", i, got, caption)
		}
		ink, least := "", 1<<30
		for k := range inks {
			for p := i * 768; p < (i+1)*768; p += 3 {
				far := 0
				for c := range 3 {
					d := int(pixels[p+c]) - int(inks[k].rgb[c])
					far += d * d
				}
				if far < least {
					ink, least = inks[k].name, far
				}
			}
		}
		if !strings.HasPrefix(caption, ink+" ") {
			t.Errorf("picture %d is %q, but its nearest colour is %s", i, caption, ink)
		}
	}
	for label, c := range count {
		if c < 5 || c > 40 { // 20 expected, deviation 4.4
			t.Errorf("%q comes %d times", train.Classes[label], c)
		}
	}
	again, _, _ := CaptionedShapes(ShapesConfig{Train: n, Test: 7, Size: 16, Seed: 3})
	if !slices.Equal(tensor.Values[uint8](again.Images), pixels) {
		t.Error("the same configuration gives other pictures")
	}
}
