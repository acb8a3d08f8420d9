package main

import (
	"fmt"
	"image"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// translating measures what m makes of pictures without their texts and of texts without their pictures: mse, psnr and
// ssim of the pictures that it rebuilds, and the share of pictures (text_from_image) and of texts (text_from_text) whose
// text comes out word for word. A text with a word that the vocabulary lacks never does.
func translating(dev *tensor.Device, m *models.JointAutoencoder, p *data.Pairs) (map[string]float64, error) {
	test, err := rebuilt(m.Config.Image, p.Images, func(batch tensor.Array) (tensor.Array, error) {
		return m.Reconstruct(dev, batch, tensor.Array{})
	})
	if err != nil {
		return nil, err
	}
	for name, in := range map[string][2]tensor.Array{"text_from_image": {p.Images, {}}, "text_from_text": {{}, p.Texts}} {
		if name == "text_from_text" && !allKnown(p.Texts) {
			continue
		}
		words, err := m.Describe(dev, in[0], in[1])
		if err != nil {
			return nil, err
		}
		test[name] = exact(words, p.Texts, m.Config.Length > 0)
	}
	return test, nil
}

// allKnown reports whether each text has a word of the vocabulary, without which no model can begin.
func allKnown(texts tensor.Array) bool {
	for i := range texts.Shape()[0] {
		if slices.Max(tensor.Values[int32](texts.Slice(i, i+1))) <= data.Unknown {
			return false
		}
	}
	return true
}

// exact is the share of texts that are the wanted ones, in order or as sets.
func exact(got, want tensor.Array, ordered bool) float64 {
	n, right := want.Shape()[0], 0
	for i := range n {
		a, b := wordsOf(got, i), wordsOf(want, i)
		if !ordered {
			slices.Sort(a)
			slices.Sort(b)
			b = slices.Compact(b)
		}
		if slices.Equal(a, b) && !slices.Contains(b, data.Unknown) {
			right++
		}
	}
	return float64(right) / float64(n)
}

// wordsOf is the tokens of a row, without padding.
func wordsOf(texts tensor.Array, row int) []int32 {
	ids := slices.Clone(tensor.Values[int32](texts.Slice(row, row+1)))
	return slices.DeleteFunc(ids, func(id int32) bool { return id == data.Padding })
}

func reportTranslating(w *world, test map[string]float64) {
	reportError(w, "test, picture from itself", "", test)
	fmt.Fprintf(w.out, "test, text from picture: exact in %.4f", test["text_from_image"])
	if v, ok := test["text_from_text"]; ok {
		fmt.Fprintf(w.out, ", from itself in %.4f", v)
	}
	fmt.Fprintln(w.out)
}

// drawJoint is a sheet of two rows of pictures and, below each, what m makes of them without their texts; then four rows
// of what it draws for a text each.
func drawJoint(dev *tensor.Device, m *models.JointAutoencoder, g *gallery, texts tensor.Array, seed uint64) (image.Image, error) {
	n := min(g.test.Len(), 2*sheetColumns)
	pictures := g.test.Images.Slice(0, n)
	out, err := m.Reconstruct(dev, pictures, tensor.Array{})
	if err != nil {
		return nil, err
	}
	all := rows(min(n, sheetColumns), reals(pictures), out)
	drawn, err := m.Sample(dev, texts.Shape()[0], seed, texts)
	if err != nil {
		return nil, err
	}
	half := drawn.Slice(0, drawn.Shape()[0]/2)
	shape := append([]int{all.Shape()[0] + half.Shape()[0]}, all.Shape()[1:]...)
	return sheet(tensor.ArrayOf(slices.Concat(all.Floats(), half.Floats()), shape...), sheetColumns), nil
}
