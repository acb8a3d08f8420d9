package serve

import (
	"errors"

	"github.com/braidml/braid/tensor"
)

// compute answers jobs of the same kinds together. If that fails, each is computed by itself, so that none of them
// fails for another's sake.
func (h *Handler) compute(jobs []*job) {
	if len(jobs) > 1 {
		if out, err := h.run(together(jobs)); err == nil {
			at := 0
			for _, j := range jobs {
				j.out, at = out.Slice(at, at+j.rows), at+j.rows
			}
			return
		}
	}
	for _, j := range jobs {
		j.out, j.err = h.run(j.sample)
	}
}

// run computes a sample. What fails is no fault of the request's, which was checked.
func (h *Handler) run(s *sample) (out tensor.Array, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = h.bug(p)
		}
	}()
	h.stats.batch(s.rows)
	if out, err = h.model.Predict(h.o.Device, s.image, padded(s.text)); err != nil {
		return out, err
	}
	for _, v := range out.Floats() {
		if v-v != 0 {
			return out, errors.New("the model's answer is not finite: its parameters may be damaged, or the input too large")
		}
	}
	return out, nil
}

// lengthStep is what lengths of texts are rounded up to by padding, which changes no bit of an answer: every length is
// planned anew by the device when it is first seen, and only so many plans are kept.
const lengthStep = 8

// padded is tokens [n, time] with time rounded up; vectors are as they were.
func padded(text tensor.Array) tensor.Array {
	if text.Absent() || text.DType() != tensor.Int32 || text.Shape()[1]%lengthStep == 0 {
		return text
	}
	n, time := text.Shape()[0], text.Shape()[1]
	return tensor.ArrayOf(lengthened(nil, text, roundUp(time)), n, roundUp(time))
}

func roundUp(time int) int { return (time + lengthStep - 1) / lengthStep * lengthStep }

// lengthened adds the rows of tokens to all, each padded to a length.
func lengthened(all []int32, text tensor.Array, length int) []int32 {
	time, tokens := text.Shape()[1], tensor.Values[int32](text)
	for len(tokens) > 0 {
		all = append(append(all, tokens[:time]...), make([]int32, length-time)...)
		tokens = tokens[time:]
	}
	return all
}

// together is samples of the same kinds as one.
func together(jobs []*job) *sample {
	all := &sample{}
	for _, j := range jobs {
		all.rows += j.rows
	}
	first := jobs[0]
	switch {
	case first.image.Absent():
	case first.image.DType() == tensor.Uint8:
		all.image = stacked[uint8](jobs, all.rows, func(s *sample) tensor.Array { return s.image })
	default:
		all.image = stacked[float32](jobs, all.rows, func(s *sample) tensor.Array { return s.image })
	}
	switch {
	case first.text.Absent():
	case first.text.DType() == tensor.Float32:
		all.text = stacked[float32](jobs, all.rows, func(s *sample) tensor.Array { return s.text })
	default:
		longest := 0
		for _, j := range jobs {
			longest = max(longest, j.text.Shape()[1])
		}
		tokens := make([]int32, 0, all.rows*roundUp(longest))
		for _, j := range jobs {
			tokens = lengthened(tokens, j.text, roundUp(longest))
		}
		all.text = tensor.ArrayOf(tokens, all.rows, roundUp(longest))
	}
	return all
}

// stacked is the rows of the same input of all jobs.
func stacked[T tensor.Elem](jobs []*job, rows int, of func(*sample) tensor.Array) tensor.Array {
	values := make([]T, 0, rows*of(jobs[0].sample).Len()/jobs[0].rows)
	for _, j := range jobs {
		values = append(values, tensor.Values[T](of(j.sample))...)
	}
	return tensor.ArrayOf(values, append([]int{rows}, of(jobs[0].sample).Shape()[1:]...)...)
}
