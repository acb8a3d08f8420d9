package data

import (
	"context"
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// epochOf reads all rows of s as a loader does.
func epochOf(t *testing.T, s Source[Pair], seed uint64, epoch, size int) (texts, labels []int32) {
	t.Helper()
	l := &Loader[Pair]{Source: s, BatchSize: size, Seed: seed}
	for b, err := range l.Batches(context.Background(), Cursor{Epoch: epoch}) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, tensor.Values[int32](b.Text)...)
		if !b.Label.Absent() {
			labels = append(labels, tensor.Values[int32](b.Label)...)
		}
	}
	return texts, labels
}

// TestMatching: half of the texts are those of the picture, every other class comes equally often, another draw in each
// epoch, whatever the batches.
func TestMatching(t *testing.T) {
	const n, classes = 4000, 5
	m := &Matching{Images: tensor.ArrayOf(make([]uint8, n), n, 1, 1, 1), Texts: tensor.ArrayOf([]int32{2, 3, 4, 5, 6}, classes, 1)}
	for i := range n {
		m.Classes = append(m.Classes, int32(i%classes))
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	texts, labels := epochOf(t, m, 1, 0, 64)
	same, sameLabels := epochOf(t, m, 1, 0, 999)
	if !slices.Equal(texts, same) || !slices.Equal(labels, sameLabels) {
		t.Error("batches of another size have other texts")
	}
	next, nextLabels := epochOf(t, m, 1, 1, 64)
	other, _ := epochOf(t, m, 2, 0, 64)
	fits, moved := 0, 0
	offset := make([]int, classes)
	for i := range n {
		right := int(texts[i]-2) == i%classes
		if right != (labels[i] == 1) {
			t.Fatalf("row %d has text %d and label %d", i, texts[i], labels[i])
		}
		offset[(int(texts[i]-2)-i%classes+classes)%classes]++
		fits += int(labels[i])
		if nextLabels[i] != labels[i] {
			moved++
		}
	}
	// Five standard deviations of a binomial distribution: sqrt(4000/4) is 32, sqrt(4000/8*7/8) is 21.
	if fits < n/2-160 || fits > n/2+160 || moved < n/2-160 || moved > n/2+160 {
		t.Errorf("%d of %d texts fit, %d labels are others in the next epoch: about half was expected of both", fits, n, moved)
	}
	for k := 1; k < classes; k++ {
		if offset[k] < n/8-105 || offset[k] > n/8+105 {
			t.Errorf("the texts that do not fit are %v classes away, each should come equally often", offset)
		}
	}
	if slices.Equal(next, texts) || slices.Equal(other, texts) {
		t.Error("another epoch, or another seed, draws the same texts")
	}
	var b Pair
	if err := m.Read(&b, []int{0, 1, 2}, nil); err != nil || b.Label.Len() != 3 {
		t.Errorf("without drawing: %v, %v", b.Label, err)
	}
	// Augmentation mirrors every second picture: that has nothing to do with which text is drawn.
	rng, mirrored := NewRowRand(1, 0), 0
	for i := range n {
		if d := (&Augment{Flip: true}).draw(rng.Row(i), 8, 8); d.flip == (labels[i] == 1) {
			mirrored++
		}
	}
	if mirrored < n/2-160 || mirrored > n/2+160 {
		t.Errorf("%d of %d pictures are mirrored where their text fits: half was expected", mirrored, n)
	}
	m.Classes[7] = classes
	if err := m.Check(); err == nil {
		t.Error("a class without a text passes")
	}
}

func TestDrawTexts(t *testing.T) {
	const n = 300
	p := &Pairs{Images: tensor.ArrayOf(make([]uint8, n), n, 1, 1, 1)}
	vocab := BuildVocab([]string{"a b c d e"}, 0, 1)
	texts := make([][]string, n)
	for i := range n {
		texts[i] = [][]string{{"a", "b c", "d"}, {"e"}, nil}[i%3]
	}
	s := DrawTexts(p, texts, vocab, 0)
	ids, _ := epochOf(t, s, 1, 0, 7)
	next, _ := epochOf(t, s, 1, 1, 7)
	counts := map[string]int{}
	for i := range n {
		text := vocab.Decode(ids[2*i : 2*i+2])
		if i%3 > 0 && text != []string{"", "e", ""}[i%3] {
			t.Fatalf("row %d has the text %q", i, text)
		}
		if i%3 == 0 {
			counts[text]++
		}
	}
	// A third of 100 each; five standard deviations are 24.
	for _, text := range []string{"a", "b c", "d"} {
		if counts[text] < 10 || counts[text] > 58 {
			t.Errorf("the texts are drawn %v times", counts)
		}
	}
	if len(counts) != 3 || slices.Equal(ids, next) {
		t.Errorf("drawn are %v, and the same in the next epoch: %v", counts, slices.Equal(ids, next))
	}
	var b Pair
	if err := s.Read(&b, []int{0, 3}, nil); err != nil || vocab.Decode(tensor.Values[int32](b.Text)[:2]) != "a" {
		t.Errorf("without drawing: %v, %v", b.Text.Any(), err)
	}
	cut := DrawTexts(p, texts, vocab, 1)
	if ids, _ := epochOf(t, cut, 1, 0, 7); len(ids) != n {
		t.Errorf("cut to one token there are %d, want %d", len(ids), n)
	}
}

// TestLongTail: a geometric series from what the rarest class has.
func TestLongTail(t *testing.T) {
	var labels []int32
	for i := range 3 * 400 {
		labels = append(labels, int32(i%3))
	}
	for range 50 {
		labels = append(labels, 0)
	}
	rows := LongTail(labels, 16, 1)
	counts := make([]int, 3)
	for i, row := range rows {
		counts[labels[row]]++
		if i > 0 && row <= rows[i-1] {
			t.Fatal("the rows are not in ascending order")
		}
	}
	if !slices.Equal(counts, []int{400, 100, 25}) {
		t.Errorf("the classes have %v rows, want 400, 100, 25", counts)
	}
	if slices.Equal(rows, LongTail(labels, 16, 2)) {
		t.Error("another seed chooses the same rows")
	}
}

// TestMeasuredShapes: the number is what a picture of exactly that kind shows.
func TestMeasuredShapes(t *testing.T) {
	c := ShapesConfig{Train: 60, Test: 20, Size: 32}
	for _, what := range []ShapesMeasure{Counting, Covering} {
		train, test, vocab := MeasuredShapes(c, what)
		if err := train.Check(); err != nil || train.Len() != 300 || test.Len() != 100 || vocab.Len() < 10 {
			t.Fatalf("%v rows and %v, %d words, %v", train.Len(), test.Len(), vocab.Len(), err)
		}
		again, _, _ := MeasuredShapes(c, what)
		least, most := float32(1e9), float32(0)
		for i, v := range tensor.Values[float32](train.Labels) {
			if tensor.Values[float32](again.Labels)[i] != v {
				t.Fatal("the same configuration gives other labels")
			}
			least, most = min(least, v), max(most, v)
		}
		if what == Counting && (least != 0 || most != 4) || what == Covering && (least != 0 || most < 10 || most > 60) {
			t.Errorf("the numbers go from %v to %v", least, most)
		}
	}
	// What a scene covers is what is painted, within the pixels of the edge.
	rng := stream(3, purposeShapes, 9)
	for range 50 {
		s := newScene(rng, 2, 64)
		share := 0.0
		for _, thing := range s.things {
			one := scene{things: s.things[:0:0]}
			one.things = append(one.things, thing)
			rgb := make([]uint8, 64*64*3)
			canvas{64, rgb}.fill([3]int{255, 255, 255}, [3]int{255, 255, 255})
			before := slices.Clone(rgb)
			canvas{64, rgb}.draw(thing)
			// Each pixel is its cover times the way from white to the ink.
			covered, full := 0.0, 0.0
			for k := range 3 {
				full += 255 - float64(min(max(int(inks[thing.ink].rgb[k])+thing.light, 0), 255))
			}
			for i := range rgb {
				covered += float64(before[i]) - float64(rgb[i])
			}
			share += covered / full / (64 * 64)
		}
		// A rounding of half a step in 40 edge pixels of each thing.
		if got := s.cover(-1, -1, 64); !(got-share < .01 && share-got < .01) {
			t.Fatalf("things cover %v of the picture, painted is %v", got, share)
		}
	}
}

func TestTaggedShapes(t *testing.T) {
	train, _, vocab := TaggedShapes(ShapesConfig{Train: 60, Test: 20})
	if err := train.Check(); err != nil || len(train.Classes) != 11 {
		t.Fatalf("%v, %v", train.Classes, err)
	}
	labels := tensor.Values[float32](train.Labels)
	for i := range train.Len() {
		colours, shapes := 0, 0
		for k, v := range labels[i*11 : (i+1)*11] {
			if v == 1 && k < 6 {
				colours++
			} else if v == 1 {
				shapes++
			}
		}
		text := vocab.Decode(tensor.Values[int32](train.Texts.Slice(i, i+1)))
		if asked := text[6:13] == "colours"; asked && (colours == 0 || shapes > 0) || !asked && (shapes == 0 || colours > 0) {
			t.Fatalf("%q has %d colours and %d shapes", text, colours, shapes)
		}
	}
}

func TestUnbalancedShapes(t *testing.T) {
	train, test, _ := UnbalancedShapes(ShapesConfig{Train: 400, Test: 50}, 20)
	if err := train.Check(); err != nil {
		t.Fatal(err)
	}
	counts := make([]float64, len(train.Classes))
	for _, l := range tensor.Values[int32](train.Labels) {
		counts[l]++
	}
	for _, group := range [][2]int{{0, 1}, {2, 7}, {8, 12}} {
		if r := counts[group[0]] / counts[group[1]]; !(r > 15 && r < 27) { // the last class has a handful of rows
			t.Errorf("classes %v have %v and %v rows, want 20:1", group, counts[group[0]], counts[group[1]])
		}
	}
	if test.Len() != 250 {
		t.Errorf("the test part has %d rows, want all 250", test.Len())
	}
}
