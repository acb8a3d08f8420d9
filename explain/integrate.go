package explain

import (
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Attribution divides the score of a class among pixels and words, by integrated gradients (Sundararajan et al. 2017):
// from a baseline without content, a black picture and words of zeros, to the inputs on a straight line,
// input·∫dscore/dinput. Pixels and words of a row add up to its Score - Baseline (completeness), but for the error of the
// sum that stands for the integral.
type Attribution struct {
	Classes         []int
	Score, Baseline []float64    // of each row's class
	Pixels          tensor.Array // [n, h, w], summed over the channels; absent without an image
	Words           tensor.Array // [n, time], or [n, d] for a text that is a vector; absent without a text
}

// Integrate attributes the score of a class; inputs and errors are those of [Explain]. It takes o.Steps passes.
func Integrate(d *tensor.Device, m Model, image, text tensor.Array, o Options) (*Attribution, error) {
	steps := o.Steps
	if steps == 0 {
		steps = 64
	}
	a := &Attribution{}
	a.Classes = o.Classes
	ends := func(at float64, score *[]float64) error {
		return d.Run(tensor.Inference, func(p *tensor.Pass) error {
			expect(steps >= 1, "Integrate", "Steps is %d: at least 1 is expected", steps)
			classes, values, _, _ := scaled(p, m, image, text, a.Classes, at)
			a.Classes, *score = integers(classes), reals(values.Array())
			return nil
		})
	}
	// The inputs come first: they say which class is explained where the caller does not.
	if err := ends(1, &a.Score); err != nil {
		return nil, err
	}
	if err := ends(0, &a.Baseline); err != nil {
		return nil, err
	}
	var pixels, words sum
	for i := range steps {
		// The middle of each interval: its error falls with the square of the number of steps.
		at := (float64(i) + 0.5) / float64(steps)
		err := d.Run(tensor.Inference, func(p *tensor.Pass) error {
			_, values, x, w := scaled(p, m, image, text, a.Classes, at)
			grads := gradients(p, values.Sum(), x, w)
			if x != nil {
				pixels.add(product(x, grads[0]).Sum(3))
			}
			if w != nil {
				words.add(perWord(w, grads[1]))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		// What was multiplied was at times the input.
		pixels.weigh(1 / (at * float64(steps)))
		words.weigh(1 / (at * float64(steps)))
	}
	a.Pixels, a.Words = pixels.array(), words.array()
	return a, nil
}

// scaled runs m at a place of the line from the baseline (0) to the inputs (1). x and words are the inputs there.
func scaled(p *tensor.Pass, m Model, image, text tensor.Array, classes []int, at float64) (class, score, x, words *tensor.Tensor) {
	factor := p.Scalar64(at) // not a number of an operation: every step replays the same tape
	x, t := inputs(p, image, text)
	if x != nil {
		x = x.Mul(factor)
	}
	if t != nil && t.DType() != tensor.Int32 {
		t = t.Mul(factor)
		words = t
	}
	layers.Watch(p, m, func(_ string, layer any, y *tensor.Tensor) *tensor.Tensor {
		if words == nil && t != nil && embeds(layer, y, t) {
			y = y.Mul(factor)
			words = y
		}
		return y
	})
	scores := m.Forward(x, t)
	expect(t == nil || words != nil, "Integrate", "the text is of tokens, and no layers.Embedding read it: a model with one is expected")
	class = choose(p, scores, classes)
	return class, scoreOf(scores, class), x, words
}

// sum adds up arrays of one shape in float64: there may be hundreds.
type sum struct {
	shape []int
	total []float64
	part  []float64 // added, not weighed yet
}

func (s *sum) add(t *tensor.Tensor) {
	s.shape, s.part = t.Shape(), reals(t.Array())
	if s.total == nil {
		s.total = make([]float64, len(s.part))
	}
}

func (s *sum) weigh(w float64) {
	for i, v := range s.part {
		s.total[i] += w * v
	}
}

func (s *sum) array() tensor.Array {
	if s.total == nil {
		return tensor.Array{}
	}
	return tensor.ArrayOf(s.total, s.shape...)
}

func reals(a tensor.Array) []float64 {
	if a.DType() == tensor.Float64 {
		return tensor.Values[float64](a)
	}
	out := make([]float64, a.Len())
	for i, v := range a.Floats() {
		out[i] = float64(v)
	}
	return out
}
