package onnx

// value is step i in the layout that its operator gives.
func (x *exporter) value(i int) value {
	v, ok := x.native[i]
	if !ok {
		outer := x.at
		x.at = &x.steps[i]
		v = x.emit(i)
		x.at = outer
		x.native[i] = v
	}
	return v
}

// plain is step i as the trace has it.
func (x *exporter) plain(i int) string {
	v := x.value(i)
	if v.lay == plain {
		return v.name
	}
	name, ok := x.forms[2*i]
	if ok {
		return name
	}
	s := &x.steps[i]
	switch {
	case v.lay == nchw:
		name = x.transpose(v.name, 0, 2, 3, 1)
	case s.Op == "reshape":
		name = x.reshape(x.plain(s.In[0]), s.In[0], s.dims)
	default:
		inverse := make([]int64, len(v.cols))
		for at, col := range v.cols {
			inverse[col] = int64(at)
		}
		name = x.node("Gather", []*attribute{intAttr("axis", 1)}, v.name, x.integers(inverse...))
	}
	x.forms[2*i] = name
	return name
}

// image is step i, an image, as [n, c, h, w].
func (x *exporter) image(i int) string {
	name, ok := x.forms[2*i+1]
	switch {
	case ok:
	case x.steps[i].Op == "parameter":
		name = x.weights(i, []int{0, 3, 1, 2}, nil)
	case x.value(i).lay == nchw:
		return x.value(i).name
	default:
		name = x.transpose(x.plain(i), 0, 3, 1, 2)
	}
	x.forms[2*i+1] = name
	return name
}

func (x *exporter) transpose(in string, order ...int) string {
	return x.node("Transpose", []*attribute{intsAttr("perm", order...)}, in)
}
