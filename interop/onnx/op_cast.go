package onnx

import "math"

func init() {
	known["Cast"] = operator{run: func(c *call) []*val {
		return one(c.cast(c.in[0], elem(c.int("to", 0))))
	}, min: 1, max: 1, attrs: "to saturate"}
	known["CastLike"] = operator{run: func(c *call) []*val { return one(c.cast(c.in[0], c.in[1].elem)) }, min: 2, max: 2, attrs: "saturate"}
}

// cast is v in another type: reals to integers towards 0, anything but 0 to true.
func (c *call) cast(v *val, to elem) *val {
	switch {
	case !to.supported():
		failf("a Cast to %v is not supported", to)
	case v.elem == to:
		return v
	case to.real() && !v.elem.real():
		if v.onHost() {
			return ofReals(to, mapped(v.ints, func(n int64) float64 { return float64(n) }), v.dims...)
		}
		return ofTensor(to, c.plain(v))
	case to.real():
		if to == elemFloat32 && v.onHost() {
			return ofReals(to, mapped(v.reals, func(x float64) float64 { return float64(float32(x)) }), v.dims...)
		}
		y := *v
		y.elem = to
		y.held = nil
		return &y
	case v.elem.real() && to == elemBool:
		return ofInts(to, mapped(c.floats(v), func(x float64) int64 { return boolean(x != 0) }), v.dims...)
	case v.elem.real():
		return ofInts(to, mapped(c.floats(v), func(x float64) int64 { return to.wrap(truncated(x)) }), v.dims...)
	}
	return ofInts(to, mapped(c.integers(v), to.wrap), v.dims...)
}

// truncated is x towards 0; what int64 does not have is 0 or the nearest that it has.
func truncated(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}
