package onnx

import (
	"slices"
)

func (x *exporter) permute(_ int, s *step) value {
	v, order := x.value(s.In[0]), s.ints("order")
	if v.lay != nchw {
		return value{name: x.transpose(x.plain(s.In[0]), order...)}
	}
	for k, d := range order {
		order[k] = phys[d]
	}
	if slices.IsSorted(order) {
		return value{name: v.name}
	}
	return value{name: x.transpose(v.name, order...)}
}

// along is step j with dimension d as a place in the graph, in whichever layout it is.
func (x *exporter) along(j, d int) (v value, at int) {
	v, at = x.value(j), d
	switch v.lay {
	case nchw:
		at = phys[d]
	case columns:
		v = value{name: x.plain(j)}
	}
	return v, at
}

func (x *exporter) slice(i int, s *step) value {
	d, from := s.int("dim"), s.int("from")
	v, at := x.along(s.In[0], d)
	in := &x.steps[s.In[0]]
	// What is left over behind the slice, which must not follow the batch if the slice does.
	rest := func(a, b []int) int { return a[d] - from - b[d] }
	left := rest(in.Shape, s.Shape)
	to := int64(from + s.Shape[d])
	if !s.dims[d].fixed() {
		if rest(in.other[0], s.other[0]) != left || rest(in.other[1], s.other[1]) != left {
			failf("%s: its end follows batch or time in a way that a graph cannot", s.name())
		}
		to = -int64(left)
		if left == 0 {
			to = end
		}
	}
	v.name = x.node("Slice", nil, v.name, x.integers(int64(from)), x.integers(to), x.integers(int64(at)))
	return value{name: v.name, lay: v.lay}
}

func (x *exporter) flip(_ int, s *step) value {
	v := x.value(s.In[0])
	for _, d := range s.ints("dims") {
		var at int
		if w, k := x.along(s.In[0], d); v.lay == columns {
			v, at = w, k
		} else {
			at = k
		}
		v.name = x.node("Slice", nil, v.name, x.integers(-1), x.integers(-end), x.integers(int64(at)), x.integers(-1))
	}
	return v
}

// expand repeats; a size that stays is 1 in ONNX's list.
func (x *exporter) expand(_ int, s *step) value {
	in := x.steps[s.In[0]].dims
	to := slices.Clone(s.dims)
	for d := range to {
		if j := d - (len(to) - len(in)); j >= 0 && in[j] == to[d] {
			to[d] = size{k: 1}
		}
	}
	return value{name: x.node("Expand", nil, x.plain(s.In[0]), x.shape(to))}
}

func (x *exporter) concat(_ int, s *step) value {
	d := s.int("dim")
	var in []string
	images, reordered := false, false
	for _, j := range s.In {
		images = images || x.value(j).lay == nchw
		reordered = reordered || x.value(j).lay == columns
	}
	switch {
	case images:
		for _, j := range s.In {
			in = append(in, x.image(j))
		}
		return value{name: x.node("Concat", []*attribute{intAttr("axis", int64(phys[d]))}, in...), lay: nchw}
	case reordered && d == 1:
		var cols []int
		at := 0
		for _, j := range s.In {
			v, n := x.value(j), x.steps[j].Shape[1]
			for k := range n {
				if v.lay == columns {
					k = v.cols[k]
				}
				cols = append(cols, at+k)
			}
			in, at = append(in, v.name), at+n
		}
		return value{x.node("Concat", []*attribute{intAttr("axis", 1)}, in...), columns, cols}
	}
	for _, j := range s.In {
		in = append(in, x.plain(j))
	}
	return value{name: x.node("Concat", []*attribute{intAttr("axis", int64(d))}, in...)}
}

func (x *exporter) pad(_ int, s *step) value {
	v, at := x.along(s.In[0], s.int("dim"))
	n := len(s.Shape)
	pads := make([]int64, 2*n)
	pads[at], pads[n+at] = int64(s.int("before")), int64(s.int("after"))
	v.name = x.node("Pad", nil, v.name, x.integers(pads...), x.scalar(s.DType, s.number("value")))
	return value{name: v.name, lay: v.lay}
}
