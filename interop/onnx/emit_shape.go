package onnx

import "slices"

// phys is where a dimension of an image lies in the graph.
var phys = [4]int{0, 2, 3, 1}

// shape is a list of sizes as a value of the graph; those that are dynamic are computed from the inputs.
func (x *exporter) shape(dims []size) string {
	var parts []string
	var fixed []int64
	flush := func() {
		if len(fixed) > 0 {
			parts = append(parts, x.integers(fixed...))
		}
		fixed = nil
	}
	for _, n := range dims {
		if n.fixed() {
			fixed = append(fixed, int64(n.k))
			continue
		}
		flush()
		parts = append(parts, x.dynamic(n))
	}
	flush()
	switch len(parts) {
	case 0:
		return x.integers()
	case 1:
		return parts[0]
	}
	return x.node("Concat", []*attribute{intAttr("axis", 0)}, parts...)
}

// dynamic is a size that is computed from the shapes of the inputs, [1].
func (x *exporter) dynamic(n size) string {
	if n.wild {
		failf("%s: a size follows batch or time in a way that is not a product", x.at.name())
	}
	name := ""
	for sym, there := range n.syms {
		if !there {
			continue
		}
		part := x.symbol(sym)
		if name != "" {
			part = x.node("Mul", nil, name, part)
		}
		name = part
	}
	if n.k != 1 {
		name = x.node("Mul", nil, name, x.integers(int64(n.k)))
	}
	return name
}

// symbol is the batch or the time, read off the first input that has it.
func (x *exporter) symbol(sym int) string {
	if name, ok := x.small[symbols[sym]]; ok {
		return name
	}
	for i, in := range x.src.Inputs {
		if d := slices.Index(in.Shape, -1-sym); d >= 0 {
			name := x.node("Shape", []*attribute{intAttr("start", int64(d)), intAttr("end", int64(d+1))}, x.out.inputs[i].name)
			x.small[symbols[sym]] = name
			return name
		}
	}
	failf("no input has the %s", symbols[sym])
	return ""
}

// reshape gives the value in, that of step from, the given sizes.
func (x *exporter) reshape(in string, from int, to []size) string {
	list := make([]int64, len(to))
	inferred := false
	for d, n := range to {
		switch own := x.steps[from].dims; {
		case n.fixed():
			list[d] = int64(n.k)
		case d < len(own) && own[d] == n && !n.wild:
			// 0: as in the input
		case !inferred:
			list[d], inferred = -1, true
		default:
			return x.node("Reshape", nil, in, x.shape(to))
		}
	}
	return x.node("Reshape", nil, in, x.integers(list...))
}

// reshaped is a change of shape. A Flatten of an image leaves its columns in the order that they have in the graph, and what
// a Dense layer made in such an order becomes an image, so that neither needs a Transpose.
func (x *exporter) reshaped(_ int, s *step) value {
	j := s.In[0]
	if y, ok := x.upsample(s); ok {
		return y
	}
	v, from := x.value(j), &x.steps[j]
	switch {
	case v.lay == nchw && len(s.dims) == 2 && s.dims[0] == from.dims[0] && from.fixedFrom(1):
		dims := from.Shape
		return value{x.reshape(v.name, j, s.dims), columns, channelsFirst(dims[1], dims[2], dims[3])}
	case v.lay == columns && len(s.dims) == 4 && s.fixedFrom(1) && slices.Equal(v.cols, channelsFirst(s.Shape[1], s.Shape[2], s.Shape[3])):
		return value{name: x.reshape(v.name, j, []size{s.dims[0], s.dims[3], s.dims[1], s.dims[2]}), lay: nchw}
	}
	return value{name: x.reshape(x.plain(j), j, s.dims)}
}

// fixedFrom reports whether the sizes from d on do not follow the batch.
func (s *step) fixedFrom(d int) bool {
	return !slices.ContainsFunc(s.dims[d:], func(n size) bool { return !n.fixed() })
}

// channelsFirst says which number of [h, w, c] stands at each place of [c, h, w].
func channelsFirst(h, w, c int) (cols []int) {
	for k := range c {
		for p := range h * w {
			cols = append(cols, p*c+k)
		}
	}
	return cols
}

// upsample finds Upsample2D, which is recorded as [n h w c] -> [n h 1 w 1 c] -> [n h f w f c] -> [n h·f w·f c].
func (x *exporter) upsample(s *step) (y value, ok bool) {
	wide := &x.steps[s.In[0]]
	if wide.Op != "expand" || len(wide.Shape) != 6 || len(s.Shape) != 4 || !s.fixedFrom(1) {
		return y, false
	}
	narrow := &x.steps[wide.In[0]]
	if narrow.Op != "reshape" {
		return y, false
	}
	image := &x.steps[narrow.In[0]]
	a, b, f := image.Shape, wide.Shape, wide.Shape[2]
	if len(a) != 4 || !slices.Equal(narrow.Shape, []int{a[0], a[1], 1, a[2], 1, a[3]}) || !slices.Equal(b, []int{a[0], a[1], f, a[2], f, a[3]}) ||
		!slices.Equal(s.Shape, []int{a[0], a[1] * f, a[2] * f, a[3]}) || image.dims[0] != s.dims[0] {
		return y, false
	}
	attrs := []*attribute{{name: "mode", typ: attrString, s: "nearest"}, {name: "nearest_mode", typ: attrString, s: "floor"},
		{name: "coordinate_transformation_mode", typ: attrString, s: "asymmetric"}}
	return value{name: x.node("Resize", attrs, x.image(narrow.In[0]), "", x.reals(1, 1, float32(f), float32(f))), lay: nchw}, true
}
