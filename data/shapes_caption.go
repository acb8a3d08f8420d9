package data

import "github.com/braidml/braid/tensor"

// CaptionedShapes draws pictures of one coloured shape each, as [Shapes] does on level 1, with what they show for a text:
// "red circle". It is a data set for models that draw what a text asks for, and tells whether they did: labels are numbers
// of Classes, one for each caption. Level and Questions of c have no meaning.
//
// The same configuration gives the same bytes, on every machine. Impossible ones panic.
func CaptionedShapes(c ShapesConfig) (train, test *Pairs, vocab *Vocab) {
	c = c.withDefaults()
	var captions []string
	for _, ink := range inks {
		for _, figure := range figures {
			captions = append(captions, ink.name+" "+figure.name)
		}
	}
	vocab = BuildVocab(captions, 0, 1)
	tokens := tensor.Values[int32](vocab.EncodeAll(captions, 2))
	seen := map[string]bool{}
	part := func(number uint64, n int) *Pairs {
		rng := stream(c.Seed, purposeShapes, number)
		size := c.Size * c.Size * 3
		pictures := make([]uint8, n*size)
		texts, labels := make([]int32, 0, 2*n), make([]int32, 0, n)
		for i := 0; i < n; {
			picture := pictures[i*size : (i+1)*size]
			s := newScene(rng, 1, c.Size)
			s.paint(rng, c.Size, picture)
			if seen[string(picture)] {
				continue
			}
			seen[string(picture)] = true
			label := s.things[0].ink*len(figures) + s.things[0].figure
			texts = append(texts, tokens[2*label:2*label+2]...)
			labels = append(labels, int32(label))
			i++
		}
		return &Pairs{
			Images: tensor.ArrayOf(pictures, n, c.Size, c.Size, 3), Texts: tensor.ArrayOf(texts, n, 2),
			Labels: tensor.ArrayOf(labels, n), Classes: captions,
		}
	}
	return part(0, c.Train), part(1, c.Test), vocab
}
