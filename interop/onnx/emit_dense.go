package onnx

import (
	"slices"

	"github.com/braidml/braid/tensor"
)

// linear is x·wᵀ + b. The order of columns that x has in the graph is folded into w, and so is one that an image wants which
// the values become.
func (x *exporter) linear(i int, s *step) value {
	w, matrix := x.given(s.In[1])
	if !matrix {
		return x.linearOf(s)
	}
	v := x.value(s.In[0])
	in := v.name
	if v.lay == nchw {
		in = x.plain(s.In[0])
	}
	rows := x.wanted(i)
	if rows != nil || v.lay == columns {
		w = picked(w, rows, v.cols)
	}
	name := x.steps[s.In[1]].Param.Name()
	y := value{cols: rows}
	if rows != nil {
		y.lay = columns
	}
	var bias []string
	if len(s.In) > 2 {
		b, known := x.given(s.In[2])
		switch {
		case rows != nil && known:
			b = picked(b, rows, nil)
			bias = []string{x.initializer(x.steps[s.In[2]].Param.Name(), b.Shape(), b)}
		case rows != nil:
			bias = []string{x.node("Gather", nil, x.plain(s.In[2]), x.integers(wide(rows)...))}
		default:
			bias = []string{x.plain(s.In[2])}
		}
	}
	if len(s.Shape) == 2 {
		y.name = x.node("Gemm", []*attribute{intAttr("transB", 1)}, append([]string{in, x.initializer(name, w.Shape(), w)}, bias...)...)
		return y
	}
	w = transposed(w, []int{1, 0})
	y.name = x.node("MatMul", nil, in, x.initializer(name, w.Shape(), w))
	if bias != nil {
		y.name = x.node("Add", nil, y.name, bias[0])
	}
	return y
}

// linearOf is linear with weights that are computed.
func (x *exporter) linearOf(s *step) value {
	y := x.node("MatMul", nil, x.plain(s.In[0]), x.transpose(x.plain(s.In[1]), 1, 0))
	if len(s.In) > 2 {
		y = x.node("Add", nil, y, x.plain(s.In[2]))
	}
	return value{name: y}
}

func wide(v []int) (w []int64) {
	for _, n := range v {
		w = append(w, int64(n))
	}
	return w
}

// wanted is the order of columns that step i, of two dimensions, is to have if all that becomes of it is an image; or nil.
func (x *exporter) wanted(i int) []int {
	if len(x.steps[i].Shape) != 2 {
		return nil
	}
	for len(x.users[i]) == 1 && x.users[i][0] >= 0 {
		i = x.users[i][0]
		s := &x.steps[i]
		if s.Op == "reshape" {
			if len(s.Shape) == 4 && s.fixedFrom(1) && s.dims[0] == x.steps[s.In[0]].dims[0] {
				return channelsFirst(s.Shape[1], s.Shape[2], s.Shape[3])
			}
			return nil
		}
		if _, ok := functions[s.Op]; !ok {
			return nil
		}
	}
	return nil
}

func (x *exporter) matmul(_ int, s *step) value {
	y := x.node("MatMul", nil, x.plain(s.In[0]), x.plain(s.In[1]))
	return value{name: y}
}

// rows looks up rows of a table; of an Embedding, row 0 is zeros.
func (x *exporter) rows(_ int, s *step) value {
	table, known := x.given(s.In[0])
	ids := x.plain(s.In[1])
	if s.int("pad") < 0 {
		return value{name: x.node("Gather", nil, x.plain(s.In[0]), ids)}
	}
	if known {
		rows := slices.Clone(table.Floats())
		clear(rows[:min(len(rows), table.Shape()[1])])
		name := x.initializer(x.steps[s.In[0]].Param.Name(), table.Shape(), tensor.ArrayOf(rows, table.Shape()...))
		return value{name: x.node("Gather", nil, name, ids)}
	}
	y := x.node("Gather", nil, x.plain(s.In[0]), ids)
	there := x.node("Unsqueeze", nil, x.node("Cast", []*attribute{intAttr("to", int64(elemBool))}, ids), x.integers(-1))
	return value{name: x.node("Where", nil, there, y, x.scalar(s.DType, 0))}
}

func (x *exporter) gather(_ int, s *step) value {
	return value{name: x.node("GatherElements", []*attribute{intAttr("axis", int64(s.int("dim")))}, x.plain(s.In[0]), x.plain(s.In[1]))}
}
