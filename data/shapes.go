package data

import (
	"math/rand/v2"
	"slices"

	"github.com/braidml/braid/tensor"
)

// ShapesConfig says what [Shapes] draws. The zero value is the data set of the examples.
type ShapesConfig struct {
	Level     int // 1: one shape a picture; 2: several, with position and counting words; 0: 1
	Train     int // pictures to train on; 0: 3000
	Test      int // pictures to test on; 0: 600
	Questions int // about each picture, 1 to 8; 0: 5
	Size      int // pixels a side, 16 to 256; 0: 32
	Seed      uint64
}

// Shapes draws pictures of coloured shapes and asks questions about them: a data set that needs no file and that neither
// the picture nor the text answers alone. Images are [m, size, size, 3] Uint8, texts [n, time] token ids padded to the
// longest, labels [n] Int32 numbers of Classes; the rows of a picture stand together.
//
// Five shapes in six colours, of changing place, size, tilt, brightness and background. Level 1 asks what colour or shape
// it is, or whether it is a given one; level 2 also how many of some kind there are, and what is left of, right of, above
// or below what. Yes and no come equally often for every question; train and test have no picture in common.
//
// The same configuration gives the same bytes, on every machine. Impossible ones panic.
func Shapes(c ShapesConfig) (train, test *Pairs, vocab *Vocab) {
	c = c.withDefaults()
	seen := map[string]bool{}
	trainTexts, train := c.part(seen, 0, c.Train)
	testTexts, test := c.part(seen, 1, c.Test)
	return train, test, shareVocab(train, test, trainTexts, testTexts)
}

// shareVocab numbers the texts of both parts. The grammar is known, so the vocabulary is that of both: a small train part
// lacks no word.
func shareVocab(train, test *Pairs, trainTexts, testTexts []string) *Vocab {
	all := slices.Concat(trainTexts, testTexts)
	vocab := BuildVocab(all, 0, 1)
	ids := vocab.EncodeAll(all, 0)
	train.Texts, test.Texts = ids.Slice(0, len(trainTexts)), ids.Slice(len(trainTexts), len(all))
	return vocab
}

func (c ShapesConfig) withDefaults() ShapesConfig {
	for _, f := range []struct {
		name              string
		value             *int
		fallback, low, up int
	}{
		{"Level", &c.Level, 1, 1, 2},
		{"Train", &c.Train, 3000, 1, 1 << 24},
		{"Test", &c.Test, 600, 1, 1 << 24},
		{"Questions", &c.Questions, 5, 1, 8},
		{"Size", &c.Size, 32, 16, 256},
	} {
		if *f.value == 0 {
			*f.value = f.fallback
		}
		if *f.value < f.low || *f.value > f.up {
			misuse("Shapes", "%s is %d, expected %d to %d, or 0 for %d", f.name, *f.value, f.low, f.up, f.fallback)
		}
	}
	return c
}

// classes are the answers: those of level 1 first, so that they have the same numbers in both levels.
func (c ShapesConfig) classes() []string {
	names := []string{"yes", "no"}
	for _, i := range inks {
		names = append(names, i.name)
	}
	for _, f := range figures {
		names = append(names, f.name)
	}
	if c.Level > 1 {
		names = append(names, numbers...)
	}
	return names
}

// part draws n pictures that are not in seen, and their questions.
func (c ShapesConfig) part(seen map[string]bool, number uint64, n int) ([]string, *Pairs) {
	p := &Pairs{Classes: c.classes()}
	class := map[string]int32{}
	for i, name := range p.Classes {
		class[name] = int32(i)
	}
	rng := stream(c.Seed, purposeShapes, number)
	bytes := c.Size * c.Size * 3
	pictures := make([]uint8, n*bytes)
	var texts []string
	var labels []int32
	for i := 0; i < n; {
		picture := pictures[i*bytes : (i+1)*bytes]
		s := newScene(rng, c.Level, c.Size)
		s.paint(rng, c.Size, picture)
		questions := c.questions(rng, &s)
		if len(questions) < c.Questions || seen[string(picture)] {
			continue
		}
		seen[string(picture)] = true
		for _, q := range questions {
			p.Rows = append(p.Rows, int32(i))
			texts = append(texts, q.text)
			labels = append(labels, class[q.answer])
		}
		i++
	}
	p.Images = tensor.ArrayOf(pictures, n, c.Size, c.Size, 3)
	p.Labels = tensor.ArrayOf(labels, len(labels))
	return texts, p
}

// questions are different questions about s, fewer than asked for if s has no more. At most two have the same answer,
// so that no answer can be guessed from the picture; only the last tries let a third one pass.
func (c ShapesConfig) questions(rng *rand.Rand, s *scene) []question {
	var qs []question
	for try := range 20 * c.Questions {
		q, ok := s.ask(rng, c.Level)
		if !ok {
			continue
		}
		same := 0
		for _, o := range qs {
			if o.text == q.text {
				ok = false
			}
			if o.answer == q.answer {
				same++
			}
		}
		if !ok || same >= 2 && try < 16*c.Questions {
			continue
		}
		if qs = append(qs, q); len(qs) == c.Questions {
			break
		}
	}
	return qs
}
