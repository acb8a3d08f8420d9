package explain

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// The task: a square of one of two colours lies somewhere in the picture, and a blue one, which means nothing, somewhere
// else. One word of the text, among words that mean nothing, says whether the answer is the colour or its opposite.
const (
	side, square, length = 16, 4, 5
	yes, no              = 2, 3 // the words that count; 4 to 7 do not
)

type sample struct{ x, y, word int } // where the square lies, and the place of the word

func task(rng *rand.Rand, n int) (image, text, label tensor.Array, at []sample) {
	pixels, ids, labels := make([]uint8, n*side*side*3), make([]int32, n*length), make([]int32, n)
	for i := range n {
		for j := range side * side * 3 {
			pixels[i*side*side*3+j] = uint8(rng.IntN(60))
		}
		cells := rng.Perm(side / square * side / square)
		put := func(cell, channel int) (x, y int) {
			x, y = cell%(side/square)*square, cell/(side/square)*square
			for dy := range square {
				for dx := range square {
					pixels[((i*side+y+dy)*side+x+dx)*3+channel] = 255
				}
			}
			return x, y
		}
		colour, word, place := rng.IntN(2), rng.IntN(2), rng.IntN(length)
		put(cells[1], 2)
		x, y := put(cells[0], colour)
		for j := range length {
			ids[i*length+j] = int32(4 + rng.IntN(4))
		}
		ids[i*length+place] = int32(yes + word)
		labels[i] = int32(colour ^ word)
		at = append(at, sample{x, y, place})
	}
	return tensor.ArrayOf(pixels, n, side, side, 3), tensor.ArrayOf(ids, n, length), tensor.ArrayOf(labels, n), at
}

// trained learns the task, once for all tests.
var trained = sync.OnceValues(func() (*models.Fusion, error) {
	rng := rand.New(rand.NewPCG(11, 12))
	m := models.NewFusion(rng, models.FusionConfig{
		Image: models.ImageConfig{Height: side, Width: side, Widths: []int{8, 16}},
		Text:  models.TextConfig{Vocab: 8, Embed: 8, Bag: true}, Features: 16, Merge: models.Multiply, Hidden: []int{16}, Outputs: 2,
	})
	o := optim.New(layers.Params(m), optim.Adam{LR: 5e-3})
	for range 250 {
		image, text, label, _ := task(rng, 32)
		err := tensor.CPU().Run(tensor.Training, func(p *tensor.Pass) error {
			o.Minimize(tensor.CrossEntropy(m.Forward(p.Input(image), p.Input(text)), p.Input(label)))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return m, nil
})

// pointing is how often the hottest place lies in the square that counts, or a pixel beside it (the pointing game, Zhang
// et al. 2018), and how often the word with the largest weight is the one that counts.
func pointing(t *testing.T, m *models.Fusion) (accuracy, picture, word float64) {
	t.Helper()
	const n = 200
	image, text, label, at := task(rand.New(rand.NewPCG(21, 22)), n)
	e, err := Explain(tensor.CPU(), m, image, text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	maps := Upsample(e.CAM, side, side)
	for i, s := range at {
		hot := most(maps.Slice(i, i+1).Floats())
		if x, y := hot%side, hot/side; x >= s.x-1 && x <= s.x+square && y >= s.y-1 && y <= s.y+square {
			picture++
		}
		if most(e.Words.Slice(i, i+1).Floats()) == s.word {
			word++
		}
		if e.Classes[i] == int(tensor.Values[int32](label)[i]) {
			accuracy++
		}
	}
	return accuracy / n, picture / n, word / n
}

func most(v []float32) (at int) {
	for i := range v {
		if math.Abs(float64(v[i])) > math.Abs(float64(v[at])) {
			at = i
		}
	}
	return at
}

// A model that knows the task looks at the square and at the word that count.
func TestPointing(t *testing.T) {
	m, err := trained()
	if err != nil {
		t.Fatal(err)
	}
	accuracy, picture, word := pointing(t, m)
	// By chance: a place lies in the square and its border in 36 of 256 cases, in the word in 1 of 5.
	if !(accuracy >= 0.99 && picture >= 0.8 && word >= 0.8) {
		t.Errorf("accuracy %.3f, hottest in the square %.3f, word %.3f", accuracy, picture, word)
	}
}

// An explanation that did not depend on the weights would only show the picture (Adebayo et al. 2018). With random
// weights, from the head downwards or everywhere, it no longer finds what counts, and the maps do not resemble it.
func TestSanity(t *testing.T) {
	m, err := trained()
	if err != nil {
		t.Fatal(err)
	}
	kept := layers.State(m)
	defer func() {
		if err := layers.Restore(m, kept); err != nil {
			t.Error(err)
		}
	}()
	image, text, _, _ := task(rand.New(rand.NewPCG(31, 32)), 40)
	classes := make([]int, 40)
	explain := func() (parts [3][]float64) {
		e, err := Explain(tensor.CPU(), m, image, text, Options{Classes: classes})
		if err != nil {
			t.Fatal(err)
		}
		return [3][]float64{reals(e.CAM), reals(e.Saliency), reals(e.Words)}
	}
	before := explain()
	for i, again := range explain() {
		if !(correlation(before[i], again) > 1-1e-9) {
			t.Errorf("part %d: the same weights explain otherwise", i)
		}
	}
	fresh := layers.State(models.NewFusion(rand.New(rand.NewPCG(99, 100)), m.Config))
	if err := layers.Restore(m, fresh); err != nil {
		t.Fatal(err)
	}
	for i, after := range explain() {
		if c := correlation(before[i], after); !(math.Abs(c) < 0.5) {
			t.Errorf("%s with random weights correlate by %.2f with those of the trained model", [3]string{"maps", "saliencies", "words"}[i], c)
		}
	}
	if _, picture, word := pointing(t, m); !(picture < 0.6 && word < 0.6) {
		t.Errorf("with random weights %.2f of the squares and %.2f of the words are found", picture, word)
	}
}

// correlation is Pearson's.
func correlation(a, b []float64) float64 {
	var ma, mb, ab, aa, bb float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(b))
	}
	for i := range a {
		x, y := a[i]-ma, b[i]-mb
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
