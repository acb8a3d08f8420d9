package data

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/braidml/braid/tensor"
)

// Counting of [MeasuredShapes] asks how many things of a kind there are, Covering how many percent of the picture they
// cover.
const (
	Counting ShapesMeasure = iota
	Covering
)

// ShapesMeasure is the number that [MeasuredShapes] asks for.
type ShapesMeasure uint8

var askCover = []string{
	"how much of the picture do the %s cover?", "which share of the picture is %s?", "what is the area of the %s?",
}

// MeasuredShapes draws pictures of several shapes, as [Shapes] does on level 2, and asks for a number: a regression that
// neither the picture nor the text answers alone. Labels are [n, 1] Float32. Level of c has no meaning.
//
// The same configuration gives the same bytes, on every machine. Impossible ones panic.
func MeasuredShapes(c ShapesConfig, what ShapesMeasure) (train, test *Pairs, vocab *Vocab) {
	return c.severalShapes(1, nil, func(rng *rand.Rand, s *scene) (string, []float32) {
		if what == Counting {
			q, _ := s.askCountOf(rng)
			for n, name := range numbers {
				if q.answer == name {
					return q.text, []float32{float32(n)}
				}
			}
		}
		t := s.things[rng.IntN(len(s.things))] // most of what is asked for is there
		ink, figure := t.ink, t.figure
		switch kind := rng.IntN(8); {
		case kind == 0:
			ink, figure = rng.IntN(len(inks)), rng.IntN(len(figures))
		case kind <= 2:
			ink = -1
		case kind <= 4:
			figure = -1
		}
		return fmt.Sprintf(pick(rng, askCover), plural(ink, figure)), []float32{float32(100 * s.cover(ink, figure, c.withDefaults().Size))}
	})
}

// TaggedShapes draws pictures of several shapes, as [Shapes] does on level 2, and asks which colours or which shapes there
// are: any number of classes for a sample. Labels are [n, classes] Float32, 0 or 1. Level of c has no meaning.
//
// The same configuration gives the same bytes, on every machine. Impossible ones panic.
func TaggedShapes(c ShapesConfig) (train, test *Pairs, vocab *Vocab) {
	classes := ShapesConfig{Level: 1}.classes()[2:] // without yes and no
	return c.severalShapes(len(classes), classes, func(rng *rand.Rand, s *scene) (string, []float32) {
		row := make([]float32, len(classes))
		t := s.things[rng.IntN(len(s.things))]
		kind := rng.IntN(4)
		for _, o := range s.things {
			if kind == 0 || kind == 2 && o.figure == t.figure {
				row[o.ink] = 1
			}
			if kind == 1 || kind == 3 && o.ink == t.ink {
				row[len(inks)+o.figure] = 1
			}
		}
		switch kind {
		case 0:
			return "which colours are there?", row
		case 1:
			return "which shapes are there?", row
		case 2:
			return fmt.Sprintf("which colours do the %s have?", plural(-1, t.figure)), row
		}
		return fmt.Sprintf("which shapes are %s?", inks[t.ink].name), row
	})
}

// cover is the share of the picture that things of a kind cover; -1 is any.
func (s *scene) cover(ink, figure, size int) float64 {
	share := 0.0
	for _, t := range s.things {
		if (ink < 0 || t.ink == ink) && (figure < 0 || t.figure == figure) {
			share += float64(float64(figureAreas()[t.figure]*t.r)*t.r) / float64(size*size)
		}
	}
	return share
}

// figureAreas are those of the figures with radius 1, counted on a grid.
var figureAreas = sync.OnceValue(func() []float64 {
	const side = 256
	areas := make([]float64, len(figures))
	for f := range figures {
		inside := 0
		for i := range side * side {
			x, y := float64(float64(i%side)*2.2)/(side-1)-1.1, float64(float64(i/side)*2.2)/(side-1)-1.1
			if figures[f].inside(x, y) {
				inside++
			}
		}
		areas[f] = float64(inside) * (2.2 * 2.2) / (side * side)
	}
	return areas
})

// severalShapes draws both parts of level 2 and asks about each picture; ask gives a text and a row of the labels.
func (c ShapesConfig) severalShapes(width int, classes []string, ask func(*rand.Rand, *scene) (string, []float32)) (train, test *Pairs, vocab *Vocab) {
	c.Level = 2
	c = c.withDefaults()
	seen := map[string]bool{}
	part := func(number uint64, n int) ([]string, *Pairs) {
		p := &Pairs{Classes: classes}
		rng := stream(c.Seed, purposeShapes, number)
		size := c.Size * c.Size * 3
		pictures := make([]uint8, n*size)
		var texts []string
		var labels []float32
		for i := 0; i < n; {
			picture := pictures[i*size : (i+1)*size]
			s := newScene(rng, c.Level, c.Size)
			s.paint(rng, c.Size, picture)
			if seen[string(picture)] {
				continue
			}
			seen[string(picture)] = true
			for range c.Questions {
				text, row := ask(rng, &s)
				texts, labels = append(texts, text), append(labels, row...)
				p.Rows = append(p.Rows, int32(i))
			}
			i++
		}
		p.Images = tensor.ArrayOf(pictures, n, c.Size, c.Size, 3)
		p.Labels = tensor.ArrayOf(labels, len(texts), width)
		return texts, p
	}
	trainTexts, train := part(0, c.Train)
	testTexts, test := part(1, c.Test)
	return train, test, shareVocab(train, test, trainTexts, testTexts)
}

// UnbalancedShapes is [Shapes] where the answers to train on are unequally frequent: among those that answer the same
// kind of question, each next one is rarer, and the last comes ratio times more seldom than the first. The test part is
// as it is there.
func UnbalancedShapes(c ShapesConfig, ratio float64) (train, test *Pairs, vocab *Vocab) {
	if !(ratio >= 1) {
		misuse("UnbalancedShapes", "ratio is %v, expected 1 or more", ratio)
	}
	c.Level = 1
	train, test, vocab = Shapes(c)
	labels := tensor.Values[int32](train.Labels)
	groups := []int{2, 2 + len(inks), 2 + len(inks) + len(figures)} // where yes and no, the inks and the figures end
	var rows []int
	first := 0
	for _, end := range groups {
		rows = append(rows, longTail(labels, first, end, ratio, c.Seed)...)
		first = end
	}
	return train.take(rows), test, vocab
}
