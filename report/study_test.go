package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// whatIs is n rows whose images [1 1 k] and texts [k] are logits: a model that adds them is known by heart.
func whatIs(n, k int, seed uint64) *data.Pairs {
	rng := rand.New(rand.NewPCG(seed, 0))
	images, texts, labels := make([]float32, n*k), make([]float32, n*k), make([]int32, n)
	for i := range n {
		if labels[i] = int32(rng.IntN(k + 1)); int(labels[i]) == k {
			labels[i] = 1 // twice as frequent as others
		}
		for c := range k {
			images[i*k+c], texts[i*k+c] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
		}
		images[i*k+int(labels[i])] += 2
		texts[i*k+int(labels[i])]++
	}
	return &data.Pairs{Images: tensor.ArrayOf(images, n, 1, 1, k), Texts: tensor.ArrayOf(texts, n, k), Labels: tensor.ArrayOf(labels, n)}
}

// adds is logits of image and text together.
func adds(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
	text := p.Input(b.Text)
	return p.Input(b.Image).Reshape(text.Shape()...).Add(text), p.Input(b.Label)
}

// looks is logits of the image alone.
func looks(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
	return p.Input(b.Image).Reshape(b.Text.Shape()...), p.Input(b.Label)
}

func reported(t *testing.T, s *Study) *Report {
	t.Helper()
	s.Time = time.Date(2026, 5, 4, 3, 2, 0, 0, time.UTC)
	r, err := s.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answers is what a model says of rows whose logits are rows of a and b.
func answers(a, b []float32, k int) (said []int, sure []float64) {
	for i := 0; i < len(a); i += k {
		best, sum := 0, 0.0
		for c := range k {
			if a[i+c]+b[i+c] > a[i+best]+b[i+best] {
				best = c
			}
			sum += math.Exp(float64(a[i+c] + b[i+c]))
		}
		said, sure = append(said, best), append(sure, math.Exp(float64(a[i+best]+b[i+best]))/sum)
	}
	return said, sure
}

// The figures on the page are those that a program without this library's metrics finds.
func TestFiguresOfClasses(t *testing.T) {
	const n, k = 700, 5
	test, training := whatIs(n, k, 1), whatIs(300, k, 2)
	names := []string{"zero", "one", "two", "three", "four"}
	r := reported(t, &Study{Forward: adds, Loss: tensor.CrossEntropy, Test: test, Train: training, Classes: names, Seed: 3})
	page := pageOf(t, r)
	image, text, labels := tensor.Values[float32](test.Images), tensor.Values[float32](test.Texts), tensor.Values[int32](test.Labels)
	said, sure := answers(image, text, k)
	var counts [k][k]int
	for i, s := range said {
		counts[labels[i]][s]++
	}

	right := 0
	scores := tableOf(t, page, "scores")[1:]
	for c := range k {
		row, column := 0, 0
		for o := range k {
			row += counts[c][o]
			column += counts[o][c]
		}
		right += counts[c][c]
		p, rec := float64(counts[c][c])/float64(column), float64(counts[c][c])/float64(row)
		want := []string{names[c], fmt.Sprintf("%.4f", p), fmt.Sprintf("%.4f", rec), fmt.Sprintf("%.4f", 2*p*rec/(p+rec)),
			fmt.Sprintf("%.4f", rankArea(image, text, labels, c, k)), scores[c][5], fmt.Sprint(row)}
		if !slices.Equal(scores[c], want) {
			t.Errorf("class %d: %q, want %q", c, scores[c], want)
		}
	}
	accuracy := fmt.Sprintf("%.4f", float64(right)/n)
	if got := cards(page)["accuracy"]; got != accuracy {
		t.Errorf("accuracy %s, want %s", got, accuracy)
	}
	if want := fmt.Sprintf("%d of %d test rows are right, %d wrong.", right, n, n-right); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
	for i, row := range regexp.MustCompile(`(?s)<tr><th scope="row".*?</tr>`).FindAllString(page, -1) {
		for j, c := range cells.FindAllStringSubmatch(row, -1)[1:] {
			want := fmt.Sprint(counts[i][j])
			if counts[i][j] == 0 {
				want = ""
			}
			if c[1] != want {
				t.Errorf("confusion %d %d is %q, want %q", i, j, c[1], want)
			}
		}
	}
	ece := fmt.Sprintf("%.4f", calibrationError(said, sure, labels))
	if got := cards(page)["calibration error"]; got != ece {
		t.Errorf("calibration error %s, want %s", got, ece)
	}
	ones := 0 // of the most frequent class in the rows to train on
	for _, l := range labels {
		if l == 1 {
			ones++
		}
	}
	base := r.Ablations[len(r.Ablations)-1]
	if got := base.Measures[0].Value; got != float64(ones)/n || base.Note != "always “one”" {
		t.Errorf("baseline %v (%s), want %v", got, base.Note, float64(ones)/n)
	}
	if m := r.Mistakes[0]; len(r.Mistakes) != 24 || r.Wrong != n-right || m.Probability < r.Mistakes[1].Probability ||
		m.Right != names[labels[m.Row]] || m.Said != names[said[m.Row]] || math.Abs(m.Probability-sure[m.Row]) > 1e-6 {
		t.Errorf("the first of %d mistakes, %d in all, is %+v", len(r.Mistakes), r.Wrong, m)
	}
	for i := range said {
		if said[i] != int(labels[i]) && sure[i] > r.Mistakes[0].Probability+1e-6 {
			t.Errorf("row %d is wrong with %v, the first mistake with %v", i, sure[i], r.Mistakes[0].Probability)
		}
	}
}

// rankArea is the area under the ROC curve by its meaning: how often a row of the class is above one that is not.
func rankArea(image, text []float32, labels []int32, c, k int) float64 {
	odds := make([]float64, len(labels))
	for i := range labels {
		sum, own := 0.0, 0.0
		for o := range k {
			e := math.Exp(float64(image[i*k+o] + text[i*k+o]))
			if sum += e; o == c {
				own = e
			}
		}
		odds[i] = own / (sum - own)
	}
	above, pairs := 0.0, 0.0
	for i := range labels {
		for j := range labels {
			if labels[i] == int32(c) && labels[j] != int32(c) {
				pairs++
				if odds[i] > odds[j] {
					above++
				}
			}
		}
	}
	return above / pairs
}

func calibrationError(said []int, sure []float64, labels []int32) (e float64) {
	var right, confidence [15]float64
	for i, p := range sure {
		b := int(math.Ceil(p*15)) - 1
		confidence[b] += p
		if said[i] == int(labels[i]) {
			right[b]++
		}
	}
	for b := range right {
		e += math.Abs(right[b]-confidence[b]) / float64(len(said))
	}
	return e
}

// A model that does not read the text does not care which one it gets, or whether it gets one.
func TestModalities(t *testing.T) {
	const n, k = 600, 4
	test := whatIs(n, k, 7)
	measured := func(forward func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor)) (*Report, map[string]float64) {
		r := reported(t, &Study{Forward: forward, Test: test, Seed: 5})
		all := map[string]float64{}
		for _, a := range r.Ablations {
			all[a.Name] = a.Measures[0].Value
		}
		if len(all) != 6 {
			t.Errorf("the ablations are %v", all)
		}
		return r, all
	}
	r, blind := measured(looks)
	if whole := blind["image and text"]; blind[textShuffled] != whole || blind["image only"] != whole {
		t.Errorf("without looking at the text: %v", blind)
	}
	if blind[imageShuffled] > blind["image and text"]-.2 {
		t.Errorf("with other images: %v", blind)
	}
	if page := pageOf(t, r); !strings.Contains(page, "The text hardly matters") {
		t.Error("the page does not say that the text hardly matters")
	}

	// What another row's image does, by hand.
	r, both := measured(adds)
	image, text, labels := tensor.Values[float32](test.Images), tensor.Values[float32](test.Texts), tensor.Values[int32](test.Labels)
	var lent data.Pair
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if err := data.ShuffleImages(test, 5).Read(&lent, rows, nil); err != nil {
		t.Fatal(err)
	}
	share := func(a, b []float32) float64 {
		said, _ := answers(a, b, k)
		right := 0
		for i, s := range said {
			if s == int(labels[i]) {
				right++
			}
		}
		return float64(right) / n
	}
	for name, want := range map[string]float64{
		"image and text": share(image, text), "image only": share(image, make([]float32, n*k)),
		imageShuffled: share(tensor.Values[float32](lent.Image), text),
	} {
		if both[name] != want {
			t.Errorf("%s: %v, want %v", name, both[name], want)
		}
	}
	page := pageOf(t, r)
	if !strings.Contains(page, "It uses both inputs") {
		t.Error("the page does not say that both inputs are used")
	}
	for i, row := range tableOf(t, page, "modalities")[1:] {
		if want := fmt.Sprintf("%.4f", r.Ablations[i].Measures[0].Value); row[1] != want {
			t.Errorf("%s is written as %s, want %s", row[0], row[1], want)
		}
	}
	again, _ := measured(adds)
	if pageOf(t, again) != page {
		t.Error("the same study gave another page")
	}
}

// With Missing, Forward is told what there is.
func TestMissingInputs(t *testing.T) {
	seen := map[string]bool{}
	forward := func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
		if b.Has.Absent() {
			seen["all"] = true
		} else {
			seen[fmt.Sprint(tensor.Values[uint8](b.Has)[:2])] = true
		}
		return adds(p, b)
	}
	reported(t, &Study{Forward: forward, Test: whatIs(40, 3, 1), Missing: true})
	if !seen["all"] || !seen["[1 0]"] || !seen["[0 1]"] || len(seen) != 3 {
		t.Errorf("forward saw %v", seen)
	}
	images := whatIs(40, 3, 1)
	images.Texts = tensor.Array{}
	r := reported(t, &Study{Test: images, Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
		return p.Input(b.Image).Reshape(-1, 3), p.Input(b.Label)
	}})
	var names []string
	for _, a := range r.Ablations {
		names = append(names, a.Name)
	}
	if want := []string{"image", imageShuffled, "most frequent class"}; !slices.Equal(names, want) {
		t.Errorf("of images alone: %q, want %q", names, want)
	}
	pageOf(t, r)
}

func TestStudyMistakes(t *testing.T) {
	good := whatIs(40, 3, 1)
	broken := whatIs(40, 3, 1)
	tensor.Values[float32](broken.Images)[7] = 3e38
	tensor.Values[float32](broken.Texts)[7] = 3e38
	more := whatIs(40, 4, 1)
	for want, s := range map[string]*Study{
		"report: the study has no Forward":                              {Test: good},
		"report: the study has no rows to test on":                      {Forward: adds},
		"report: the task is 7":                                         {Forward: adds, Test: good, Task: 7},
		"report: the study's Mistakes is -1":                            {Forward: adds, Test: good, Mistakes: -1},
		"report: the model's output for row 2 of the test part is +Inf": {Forward: adds, Test: broken},
		"report: the train part has class 3, the model 3 classes":       {Forward: adds, Test: good, Train: more},
		"an output and a target [n, labels] of the same size":           {Forward: adds, Test: good, Task: MultiLabel},
	} {
		if _, err := s.Report(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error that says %q", err, want)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := (&Study{Forward: adds, Test: good}).Report(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

var history = train.History{
	{Number: 1, Loss: 2, ValidLoss: 1.5, Values: map[string]float64{"accuracy": .5}},
	{Number: 2, Loss: .01, ValidLoss: .02, Values: map[string]float64{"accuracy": .9}},
}
