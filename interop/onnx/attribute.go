package onnx

import (
	"fmt"
	"math"
)

// dimsOf are the sizes of a step as the graph's border names them.
func dimsOf(s *step) (d []dim) {
	for i, n := range s.dims {
		switch {
		case n.fixed():
			d = append(d, dim{size: int64(n.k)})
		case !n.wild && n.k == 1 && n.syms[0] != n.syms[1]:
			d = append(d, dim{name: n.String()[len("1·"):]})
		default:
			d = append(d, dim{name: fmt.Sprintf("size%d", i)})
		}
	}
	return d
}

func intAttr(name string, v int64) *attribute { return &attribute{name: name, typ: attrInt, i: v} }

func floatAttr(name string, v float64) *attribute {
	return &attribute{name: name, typ: attrFloat, f: float32(v)}
}

func intsAttr(name string, v ...int) *attribute {
	a := &attribute{name: name, typ: attrInts}
	for _, n := range v {
		a.ints = append(a.ints, int64(n))
	}
	return a
}

// end is a bound of a Slice that means all the rest.
const end = math.MaxInt64
