package optim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// Save copies the optimizer's state to the host, by name: "steps" and "pending" (Int32), "lr" if there is no Schedule
// (Float64), "slot0.<parameter>", "slot1.<parameter>" for the rule's vectors, and "grad.<parameter>" where gradients
// are being accumulated. The names are those given to New, so the state fits the same model whatever its groups.
func (o *Optimizer) Save() (state map[string]tensor.Array, err error) {
	state = map[string]tensor.Array{
		"steps":   tensor.ArrayOf([]int32{int32(o.steps)}, 1),
		"pending": tensor.ArrayOf([]int32{int32(o.pending)}, 1),
	}
	if o.Schedule == nil {
		state["lr"] = tensor.ArrayOf([]float64{o.rate}, 1)
	}
	err = tensor.Try(func() error {
		for _, v := range o.vectors(o.pending > 0) {
			whole := v.tensor.Array()
			for _, p := range parts(v.flat) {
				flat := whole.Slice(p.offset, p.offset+p.param.Len())
				state[v.kind+"."+o.names[p.param]] = reshaped(flat, p.param.Shape())
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("optim: Save: %w", err)
	}
	return state, nil
}

// Restore sets the optimizer's state to what Save returned: the next step is the one that the saved optimizer would
// have made. If names are missing, unknown, or of another shape it changes nothing, and the error lists them.
func (o *Optimizer) Restore(state map[string]tensor.Array) error {
	steps, errSteps := counter(state, "steps")
	pending, errPending := counter(state, "pending")
	wrong := slices.DeleteFunc([]string{errSteps, errPending}, func(s string) bool { return s == "" })
	vectors := o.vectors(pending > 0)
	if wrong = append(wrong, o.differences(state, vectors)...); len(wrong) > 0 {
		return fmt.Errorf("optim: the state does not fit the optimizer: %s", strings.Join(wrong, "; "))
	}
	for _, v := range vectors {
		whole := make([]float64, v.tensor.Len())
		for _, p := range parts(v.flat) {
			copy(whole[p.offset:], state[v.kind+"."+o.names[p.param]].Float64s())
		}
		if err := set(v.tensor, whole); err != nil {
			return err
		}
	}
	for _, f := range o.flats {
		if err := set(f.Steps, []float64{float64(steps)}); err != nil {
			return err
		}
	}
	o.steps, o.pending = steps, pending
	if lr, ok := state["lr"]; ok {
		o.rate = lr.Float64s()[0]
	}
	return nil
}

// A vector is one state of all parameters of a group.
type vector struct {
	kind   string
	flat   *tensor.Flat
	tensor *tensor.Tensor
}

func (o *Optimizer) vectors(grads bool) []vector {
	var list []vector
	for _, f := range o.flats {
		for i, s := range f.Slots {
			list = append(list, vector{fmt.Sprintf("slot%d", i), f, s})
		}
		if grads {
			list = append(list, vector{"grad", f, f.Grad})
		}
	}
	return list
}

// differences says what keeps state from being the values of vectors.
func (o *Optimizer) differences(state map[string]tensor.Array, vectors []vector) []string {
	known := map[string]bool{"steps": true, "pending": true, "lr": true}
	var wrong, unknown []string
	if lr, ok := state["lr"]; ok && (lr.Len() != 1 || lr.DType() != tensor.Float64 || !(lr.Float64s()[0] >= 0)) {
		wrong = append(wrong, fmt.Sprintf("lr is %v, one float64 of at least 0 was expected", lr))
	}
	for _, v := range vectors {
		for _, p := range v.flat.Params() {
			name := v.kind + "." + o.names[p]
			known[name] = true
			a, ok := state[name]
			switch {
			case !ok:
				wrong = append(wrong, name+" is missing")
			case !slices.Equal(a.Shape(), p.Shape()):
				wrong = append(wrong, fmt.Sprintf("%s is %v, %v was expected", name, a.Shape(), p.Shape()))
			case a.DType() != tensor.Float32 && a.DType() != tensor.Float64:
				wrong = append(wrong, fmt.Sprintf("%s is %v, a real type was expected", name, a.DType()))
			}
		}
	}
	for name := range state {
		if !known[name] {
			unknown = append(unknown, name+" is unknown")
		}
	}
	slices.Sort(unknown)
	return append(wrong, unknown...)
}

// counter reads a count, or says what is wrong with it.
func counter(state map[string]tensor.Array, name string) (n int, wrong string) {
	a, ok := state[name]
	if !ok {
		return 0, name + " is missing"
	}
	if a.Len() != 1 || a.DType() != tensor.Int32 || tensor.Values[int32](a)[0] < 0 {
		return 0, fmt.Sprintf("%s is %v, one int32 of at least 0 was expected", name, a)
	}
	return int(tensor.Values[int32](a)[0]), ""
}

// set writes v to t. On a device of float32 the values were float32 before, and come back unchanged.
func set(t *tensor.Tensor, v []float64) error {
	if err := t.Set(tensor.ArrayOf(v, t.Shape()...)); err != nil {
		return fmt.Errorf("optim: Restore: %w", err)
	}
	return nil
}

func reshaped(a tensor.Array, shape []int) tensor.Array {
	if a.DType() == tensor.Float64 {
		return tensor.ArrayOf(a.Float64s(), shape...)
	}
	return tensor.ArrayOf(a.Floats(), shape...)
}
