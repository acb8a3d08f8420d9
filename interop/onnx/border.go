package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// value is a constant of the file.
func (c *constant) value() (*val, error) {
	if c.external {
		return nil, errors.New("its data is in another file (external data), which is not supported")
	}
	if !c.elem.supported() {
		return nil, fmt.Errorf("it is of %v, which is not supported", c.elem)
	}
	dims := make([]int, len(c.dims))
	for i, d := range c.dims {
		if d < 0 || d > math.MaxInt32 {
			return nil, fmt.Errorf("a size of %d", d)
		}
		dims[i] = int(d)
	}
	n := count(dims, math.MaxInt32)
	width := c.elem.width()
	got := len(c.raw) / width
	switch {
	case c.raw != nil && len(c.raw)%width != 0:
		return nil, fmt.Errorf("%d bytes of %v", len(c.raw), c.elem)
	case c.raw != nil:
	case c.elem == elemFloat32:
		got = len(c.floats)
	case c.elem == elemFloat64:
		got = len(c.doubles)
	default:
		got = len(c.ints)
	}
	if got != n {
		return nil, fmt.Errorf("its shape %v holds %d elements, its data has %d", dims, n, got)
	}
	if c.elem.real() {
		v := ofReals(c.elem, make([]float64, n), dims...)
		for i := range v.reals {
			v.reals[i] = c.real(i)
		}
		if c.elem == elemFloat32 {
			v.held = &held{forms: map[form]*tensor.Tensor{}}
		}
		return v, nil
	}
	v := ofInts(c.elem, make([]int64, n), dims...)
	for i := range v.ints {
		if c.raw == nil {
			v.ints[i] = c.elem.wrap(c.ints[i])
			continue
		}
		bits := uint64(0)
		for k := range width {
			bits |= uint64(c.raw[i*width+k]) << (8 * k)
		}
		v.ints[i] = c.elem.wrap(int64(bits))
	}
	return v, nil
}

func (e elem) width() int {
	n, _ := e.bits()
	switch {
	case e == elemFloat32:
		return 4
	case e == elemFloat64:
		return 8
	case n > 0:
		return n / 8
	}
	return 1
}

func (c *constant) real(i int) float64 {
	switch {
	case c.raw != nil && c.elem == elemFloat32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(c.raw[4*i:])))
	case c.raw != nil:
		return math.Float64frombits(binary.LittleEndian.Uint64(c.raw[8*i:]))
	case c.elem == elemFloat32:
		return float64(c.floats[i])
	}
	return c.doubles[i]
}

// value is an input that is given as an array.
func (p Port) value(a tensor.Array) (*val, error) {
	if a.Absent() {
		return nil, errors.New("it is absent")
	}
	s := a.Shape()
	fits := !p.Ranked || len(s) == len(p.Shape)
	for i, want := range p.Shape {
		fits = fits && (want < 0 || s[i] == want)
	}
	if !fits {
		return nil, fmt.Errorf("its shape is %v, want %v", s, p.Shape)
	}
	e := elem(slices.Index(elemNames, p.Type))
	whole := a.DType() == tensor.Int32 || a.DType() == tensor.Uint8
	if e.real() == whole {
		return nil, fmt.Errorf("it is %v, the graph wants %v", a.DType(), e)
	}
	if e.real() {
		return &val{elem: e, dims: slices.Clone(s), reals: a.Float64s()}, nil
	}
	v := ofInts(e, make([]int64, a.Len()), s...)
	for i, x := range a.Float64s() { // exact: they have 32 bits at most
		if v.ints[i] = int64(x); e.wrap(v.ints[i]) != v.ints[i] {
			return nil, fmt.Errorf("%d at %d does not fit into %v", v.ints[i], i, e)
		}
	}
	return v, nil
}

// array is an output as the type that arrays have for it.
func (r *run) array(v *val) (tensor.Array, error) {
	switch v.elem {
	case elemFloat64:
		return tensor.ArrayOf(slices.Clone(r.floats(v)), v.dims...), nil
	case elemFloat32:
		if v.reals != nil {
			narrow := make([]float32, len(v.reals))
			for i, x := range v.reals {
				narrow[i] = float32(x)
			}
			return tensor.ArrayOf(narrow, v.dims...), nil
		}
		return tensor.ArrayOf(r.plain(v).Array().Floats(), v.dims...), nil
	case elemBool, elemUint8:
		b := make([]uint8, v.len())
		for i, x := range r.integers(v) {
			b[i] = uint8(x)
		}
		return tensor.ArrayOf(b, v.dims...), nil
	}
	narrow := make([]int32, v.len())
	for i, x := range r.integers(v) {
		if narrow[i] = int32(x); int64(narrow[i]) != x {
			return tensor.Array{}, fmt.Errorf("%d at %d does not fit into the 32 bits that arrays of integers have", x, i)
		}
	}
	return tensor.ArrayOf(narrow, v.dims...), nil
}
