package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// elemOf is the type of a tensor's elements in a graph.
func elemOf(t tensor.DType) elem {
	switch t {
	case tensor.Float64:
		return elemFloat64
	case tensor.Int32:
		return elemInt32
	case tensor.Uint8:
		return elemUint8
	}
	return elemFloat32
}

// constantOf is a as an initializer.
func constantOf(name string, shape []int, a tensor.Array) *constant {
	c := &constant{name: name, elem: elemOf(a.DType())}
	for _, d := range shape {
		c.dims = append(c.dims, int64(d))
	}
	switch d := a.Any().(type) {
	case []float32:
		c.raw = make([]byte, 0, 4*len(d))
		for _, v := range d {
			c.raw = binary.LittleEndian.AppendUint32(c.raw, math.Float32bits(v))
		}
	case []float64:
		for _, v := range d {
			c.raw = binary.LittleEndian.AppendUint64(c.raw, math.Float64bits(v))
		}
	case []int32:
		for _, v := range d {
			c.raw = binary.LittleEndian.AppendUint32(c.raw, uint32(v))
		}
	case []uint8:
		c.raw = d
	}
	return c
}

// initializer adds a constant.
func (x *exporter) initializer(name string, shape []int, a tensor.Array) string {
	if name == "" { // a parameter that no layer has
		name = "parameter"
	}
	name = x.unique(name)
	x.out.constants = append(x.out.constants, constantOf(name, shape, a))
	return name
}

// integers is a constant list of int64.
func (x *exporter) integers(v ...int64) string {
	key := fmt.Sprint("int64", v)
	if name, ok := x.small[key]; ok {
		return name
	}
	c := &constant{name: x.unique("ints"), elem: elemInt64, dims: []int64{int64(len(v))}}
	for _, n := range v {
		c.raw = binary.LittleEndian.AppendUint64(c.raw, uint64(n))
	}
	x.out.constants = append(x.out.constants, c)
	x.small[key] = c.name
	return c.name
}

// scalar is the constant v in type t.
func (x *exporter) scalar(t tensor.DType, v float64) string {
	key := fmt.Sprint(t, v)
	name, ok := x.small[key]
	if !ok {
		name = x.initializer("number", nil, filled(t, v))
		x.small[key] = name
	}
	return name
}

func filled(t tensor.DType, v float64) tensor.Array {
	switch t {
	case tensor.Float64:
		return tensor.ArrayOf([]float64{v})
	case tensor.Int32:
		return tensor.ArrayOf([]int32{int32(v)})
	case tensor.Uint8:
		return tensor.ArrayOf([]uint8{uint8(v)})
	}
	return tensor.ArrayOf([]float32{float32(v)})
}

// given is step i as weights that are part of the model, if it is that.
func (x *exporter) given(i int) (a tensor.Array, ok bool) {
	s := &x.steps[i]
	switch {
	case s.Op == "parameter":
		return tensor.ArrayOf(s.Param.Float32s(), s.Shape...), true
	case s.Op == "input" && !slices.Contains(x.inputs, i):
		return s.Value, true
	}
	return a, false
}

// weights adds the parameter of step i, its dimensions in the given order (nil: as it is), and then in another shape.
func (x *exporter) weights(i int, order, shape []int) string {
	a, _ := x.given(i)
	if order != nil {
		a = transposed(a, order)
	}
	if shape == nil {
		shape = a.Shape()
	}
	return x.initializer(x.steps[i].Param.Name(), shape, a)
}
