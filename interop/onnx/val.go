package onnx

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/braidml/braid/tensor"
)

// val is a value while a graph runs. Integers and booleans are on the host; so are reals that are constants of the graph,
// and other reals on the device, an image perhaps as [n, h, w, c] where ONNX means [n, c, h, w].
type val struct {
	elem  elem
	dims  []int
	ints  []int64        // integers, and booleans as 0 and 1
	reals []float64      // a constant
	t     *tensor.Tensor // a real, or a boolean as 0 and 1
	last  *tensor.Tensor // the same with its channels last
	held  *held          // of a constant: its forms as parameters
}

// held are a constant's forms as parameters, which devices keep: each device has its own.
type held struct {
	mu    sync.Mutex
	forms map[form]*tensor.Tensor
}

type form struct {
	dev   *tensor.Device
	order string
}

func (e elem) real() bool { return e == elemFloat32 || e == elemFloat64 }

// bits is the width of an integer type, and whether it has a sign; 0 for others.
func (e elem) bits() (n int, signed bool) {
	switch e {
	case elemUint8, elemUint16, elemUint32:
		return map[elem]int{elemUint8: 8, elemUint16: 16, elemUint32: 32}[e], false
	case elemInt8, elemInt16, elemInt32, elemInt64:
		return map[elem]int{elemInt8: 8, elemInt16: 16, elemInt32: 32, elemInt64: 64}[e], true
	}
	return 0, false
}

func (e elem) supported() bool {
	n, _ := e.bits()
	return n > 0 || e.real() || e == elemBool
}

// wrap is v as the type has it.
func (e elem) wrap(v int64) int64 {
	switch e {
	case elemUint8:
		return int64(uint8(v))
	case elemUint16:
		return int64(uint16(v))
	case elemUint32:
		return int64(uint32(v))
	case elemInt8:
		return int64(int8(v))
	case elemInt16:
		return int64(int16(v))
	case elemInt32:
		return int64(int32(v))
	case elemBool:
		if v != 0 {
			return 1
		}
	}
	return v
}

// count is the number of elements of a shape, or -1 if there are more than most, or a negative size.
func count(dims []int, most int) int {
	n := 1
	for _, d := range dims {
		if d < 0 {
			return -1
		}
		if d > 0 && n > most/d {
			n = most + 1 // another size may be 0 yet
			continue
		}
		n *= d
	}
	if n > most {
		return -1
	}
	return n
}

func (v *val) len() int { return count(v.dims, math.MaxInt) }

// onHost reports whether v's elements are known without waiting for the device.
func (v *val) onHost() bool { return v.ints != nil || v.reals != nil }

func ofInts(e elem, v []int64, dims ...int) *val {
	if v == nil {
		v = []int64{}
	}
	return &val{elem: e, dims: slices.Clone(dims), ints: v}
}

func ofReals(e elem, v []float64, dims ...int) *val {
	if v == nil {
		v = []float64{}
	}
	return &val{elem: e, dims: slices.Clone(dims), reals: v}
}

func ofTensor(e elem, t *tensor.Tensor) *val {
	return &val{elem: e, dims: slices.Clone(t.Shape()), t: t}
}

// ofImage is [n, h, w, c] as ONNX's [n, c, h, w].
func ofImage(e elem, t *tensor.Tensor) *val {
	s := t.Shape()
	return &val{elem: e, dims: []int{s[0], s[3], s[1], s[2]}, last: t}
}

// plain is v on the device, as reals.
func (r *run) plain(v *val) *tensor.Tensor {
	switch {
	case v.t != nil:
	case v.last != nil:
		v.t = v.last.Transpose(0, 3, 1, 2)
	case v.held != nil:
		return r.parameter(v, nil)
	case v.reals != nil:
		v.t = r.p.Input(tensor.ArrayOf(v.reals, v.dims...))
	default:
		wide := make([]float64, len(v.ints))
		for i, n := range v.ints {
			wide[i] = float64(n)
		}
		v.t = r.p.Input(tensor.ArrayOf(wide, v.dims...))
	}
	return v.t
}

// image is v, [n, c, h, w], as [n, h, w, c].
func (r *run) image(v *val) *tensor.Tensor {
	if v.held != nil {
		return r.parameter(v, []int{0, 2, 3, 1})
	}
	if v.last == nil {
		v.last = r.plain(v).Transpose(0, 2, 3, 1)
	}
	return v.last
}

// arranged is v with its dimensions in another order, as weights are wanted: of a constant it is made once.
func (r *run) arranged(v *val, order ...int) *tensor.Tensor {
	if v.held != nil {
		return r.parameter(v, order)
	}
	return r.plain(v).Transpose(order...)
}

// parameter is a constant in the given order of dimensions, on whichever device it is used.
func (r *run) parameter(v *val, order []int) *tensor.Tensor {
	v.held.mu.Lock()
	defer v.held.mu.Unlock()
	key := form{r.p.Device(), fmt.Sprint(order)}
	t := v.held.forms[key]
	if t == nil {
		a := tensor.ArrayOf(v.reals, v.dims...)
		if order != nil {
			a = transposed(a, order)
		}
		t = tensor.NewParam(a.Floats(), a.Shape()...).Freeze()
		v.held.forms[key] = t
	}
	return r.p.Use(t)
}

// floats are v's elements on the host. It waits for the device.
func (r *run) floats(v *val) []float64 {
	switch {
	case v.reals != nil:
		return v.reals
	case v.ints != nil:
		wide := make([]float64, len(v.ints))
		for i, n := range v.ints {
			wide[i] = float64(n)
		}
		return wide
	}
	return r.plain(v).Array().Float64s()
}

// integers are v's elements on the host; booleans are 0 and 1.
func (r *run) integers(v *val) []int64 {
	if v.ints != nil {
		return v.ints
	}
	if v.elem.real() {
		failf("%v where integers are expected", v.elem)
	}
	f := r.floats(v)
	v.ints = make([]int64, len(f))
	for i, x := range f {
		v.ints[i] = int64(x)
	}
	return v.ints
}
