package report

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// picturePixels bounds the sides of the embedded pictures.
const picturePixels = 128

// showMistakes finds the predictions that are most wrong, with what the model was shown.
func (j *judge) showMistakes(_ context.Context, r *Report) error {
	var all []Mistake
	for row := range j.said.rows {
		m, wrong := j.judged(r, row)
		if wrong {
			r.Wrong++
		}
		if wrong || j.Task == Regression {
			m.Row = row
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	most := j.Mistakes
	if most == 0 {
		most = 24
	}
	r.Mistakes = all[:min(most, len(all))]
	for i := range r.Mistakes {
		if err := j.illustrate(&r.Mistakes[i]); err != nil {
			return err
		}
	}
	return nil
}

// judged is what the model said of a row, and whether that is wrong.
func (j *judge) judged(r *Report, row int) (m Mistake, wrong bool) {
	w := j.said.width
	output := j.said.outputs[row*w : (row+1)*w]
	m.OfRight = math.NaN()
	switch j.Task {
	case Classification:
		p, label := probabilities(output), int(j.said.targets[row])
		best := chosen(output)
		m.Right, m.Said, m.Probability, m.OfRight = r.Outputs[label], r.Outputs[best], p[best], p[label]
		return m, best != label
	case MultiLabel:
		return j.judgedLabels(r, output, j.said.targets[row*w:(row+1)*w])
	}
	var right, said []string
	for k, v := range output {
		n := r.Numbers[k]
		right, said = append(right, number(n.True[row])), append(said, number(v))
		e := math.Abs(v - n.True[row])
		if w > 1 {
			e /= n.RMSE // outputs of different units
		}
		m.Probability = max(m.Probability, e)
	}
	m.Right, m.Said = strings.Join(right, ", "), strings.Join(said, ", ")
	return m, false
}

// judgedLabels is for several labels: the most confident of the wrong ones tells how wrong a row is.
func (j *judge) judgedLabels(r *Report, output, target []float64) (m Mistake, wrong bool) {
	var right, said []string
	for k, v := range output {
		p, is := sigmoid(v), target[k] != 0
		if is {
			right = append(right, r.Outputs[k])
		}
		if v > 0 {
			said = append(said, r.Outputs[k])
		}
		if is == (v > 0) {
			continue
		}
		wrong = true
		if sure := max(p, 1-p); sure > m.Probability {
			m.Probability, m.OfRight, m.About = sure, 1-sure, r.Outputs[k]
		}
	}
	m.Right, m.Said = listed(right), listed(said)
	return m, wrong
}

func listed(labels []string) string {
	if len(labels) == 0 {
		return "none"
	}
	return strings.Join(labels, ", ")
}

// probabilities is the softmax of logits; a single one is that of class 1.
func probabilities(logits []float64) []float64 {
	if len(logits) == 1 {
		p := sigmoid(logits[0])
		return []float64{sigmoid(-logits[0]), p}
	}
	top, sum := slices.Max(logits), 0.0
	p := make([]float64, len(logits))
	for i, v := range logits {
		p[i] = math.Exp(v - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// chosen is the class that logits choose, the first of equals, as metrics has it.
func chosen(logits []float64) int {
	if len(logits) == 1 {
		logits = []float64{0, logits[0]}
	}
	best := 0
	for c, v := range logits {
		if v > logits[best] {
			best = c
		}
	}
	return best
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// illustrate adds picture and text.
func (j *judge) illustrate(m *Mistake) error {
	var b data.Pair
	if err := j.Test.Read(&b, []int{m.Row}, nil); err != nil {
		return err
	}
	has := []uint8{1, 1}
	if !b.Has.Absent() {
		has = tensor.Values[uint8](b.Has)
	}
	if !b.Image.Absent() && has[0] != 0 {
		if c := b.Image.Shape()[3]; c == 1 || c == 3 {
			m.Picture = small(data.Grid(b.Image, 1))
		}
	}
	switch {
	case has[1] == 0:
	case j.Text != nil:
		m.Text = j.Text(m.Row)
	case !b.Text.Absent() && b.Text.DType() == tensor.Int32:
		m.Text = (&data.Vocab{Words: j.Words}).Decode(tensor.Values[int32](b.Text))
	case !b.Text.Absent():
		m.Text = fmt.Sprintf("%d numbers", b.Text.Len())
	}
	return nil
}

// small is m in at most picturePixels a side.
func small(m image.Image) image.Image {
	b := m.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= picturePixels {
		return m
	}
	out := image.NewRGBA(image.Rect(0, 0, max(b.Dx()*picturePixels/long, 1), max(b.Dy()*picturePixels/long, 1)))
	draw.CatmullRom.Scale(out, out.Bounds(), m, b, draw.Src, nil)
	return out
}
