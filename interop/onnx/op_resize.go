package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["Resize"] = operator{run: resize, min: 1, max: 4,
		attrs: "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value keep_aspect_ratio_policy mode nearest_mode"}
	known["Upsample"] = operator{run: resize, min: 1, max: 2, attrs: "mode scales height_scale width_scale"}
}

// resampling says where a resized dimension's elements come from.
type resampling struct {
	kind, nearest string // coordinate_transformation_mode, nearest_mode
	n, m          int    // sizes before and after
	scale         float64
}

// source is where element i was, as a real number.
func (r resampling) source(i int) float64 {
	x := float64(i)
	switch r.kind {
	case "asymmetric":
		return x / r.scale
	case "align_corners":
		// ONNX's own cases count a part of an element too, where a scale leaves one.
		if size := float64(r.n) * r.scale; size != 1 {
			return x * float64(r.n-1) / (size - 1)
		}
		return 0
	case "tf_half_pixel_for_nn":
		return (x + 0.5) / r.scale
	case "pytorch_half_pixel":
		if r.m == 1 {
			return 0
		}
	case "half_pixel":
	default:
		failf("the coordinate_transformation_mode %q is not supported", r.kind)
	}
	return (x+0.5)/r.scale - 0.5
}

// places are the elements that the nearest ones come from.
func (r resampling) places() []int {
	at := make([]int, r.m)
	for i := range at {
		x := r.source(i)
		switch r.nearest {
		case "round_prefer_floor":
			x = math.Ceil(x - 0.5)
		case "round_prefer_ceil":
			x = math.Floor(x + 0.5)
		case "floor":
			x = math.Floor(x)
		case "ceil":
			x = math.Ceil(x)
		default:
			failf("the nearest_mode %q is not supported", r.nearest)
		}
		at[i] = int(min(max(x, 0), float64(r.n-1)))
	}
	return at
}

// matrix is the weights [m, n] of linear or cubic interpolation, the latter with coefficient a (Keys 1981).
func (r resampling) matrix(cubic bool, a float64, excluded bool) []float32 {
	w := make([]float64, r.m*r.n)
	for i := range r.m {
		x := r.source(i)
		base := int(math.Floor(x))
		first, last := base, base+1
		if cubic {
			first, last = base-1, base+2
		}
		total := 0.0
		for k := first; k <= last; k++ {
			t := math.Abs(x - float64(k))
			v := max(0, 1-t)
			switch {
			case cubic && t <= 1:
				v = ((a+2)*t-(a+3))*t*t + 1
			case cubic && t < 2:
				v = ((a*t-5*a)*t+8*a)*t - 4*a
			case cubic:
				v = 0
			}
			if excluded && (k < 0 || k >= r.n) {
				continue
			}
			total += v
			w[i*r.n+min(max(k, 0), r.n-1)] += v
		}
		for k := range r.n {
			w[i*r.n+k] /= total
		}
	}
	return mapped(w, func(v float64) float32 { return float32(v) })
}

// stretched is the size of each dimension afterwards, and its scale.
func (c *call) stretched(x *val) (to []int, scales []float64) {
	at := 2
	if len(c.in) == 2 { // before opset 11 there is no region
		at = 1
	}
	if a := c.attr("scales"); a != nil {
		scales = mapped(a.floats, func(v float32) float64 { return float64(v) })
	} else if v := c.at(at); v != nil && v.len() > 0 {
		scales = slices.Clone(c.floats(v))
	}
	if sizes, ok := c.listAt(3, ""); ok && scales == nil {
		if len(sizes) != len(x.dims) {
			failf("%d sizes for %v", len(sizes), x.dims)
		}
		for d, n := range sizes {
			scales = append(scales, float64(n)/float64(x.dims[d]))
		}
		c.room(sizes)
		return sizes, scales
	}
	if len(scales) != len(x.dims) {
		failf("%d scales for %v", len(scales), x.dims)
	}
	for d, s := range scales {
		if !(s > 0 && float64(x.dims[d])*s <= float64(c.most)) {
			failf("a scale of %v", s)
		}
		to = append(to, int(math.Floor(float64(x.dims[d])*s)))
	}
	c.room(to)
	return to, scales
}

func resize(c *call) []*val {
	x := c.real(0)
	if c.int("antialias", 0) != 0 || c.attr("axes") != nil || c.text("keep_aspect_ratio_policy", "stretch") != "stretch" {
		failf("antialias, axes and keep_aspect_ratio_policy are not supported")
	}
	to, scales := c.stretched(x)
	if len(to) == 0 || slices.Contains(to, 0) || slices.Contains(x.dims, 0) {
		failf("%v to %v", x.dims, to)
	}
	r := resampling{kind: c.text("coordinate_transformation_mode", "half_pixel"), nearest: c.text("nearest_mode", "round_prefer_floor")}
	if c.n.op == "Upsample" || c.opset < 11 {
		r.kind, r.nearest = "asymmetric", "floor"
	}
	mode := c.text("mode", "nearest")
	if f := to[len(to)-1] / x.dims[len(to)-1]; mode == "nearest" && r.kind == "asymmetric" && r.nearest == "floor" && len(to) == 4 &&
		slices.Equal(to, []int{x.dims[0], x.dims[1], x.dims[2] * f, x.dims[3] * f}) {
		return one(ofImage(x.elem, c.image(x).Upsample2D(f)))
	}
	for d, m := range to {
		if r.n, r.m, r.scale = x.dims[d], m, scales[d]; r.n == m && r.scale == 1 {
			continue
		}
		switch mode {
		case "nearest":
			x = c.picked(x, d, r.places(), []int{m})
		case "linear", "cubic":
			c.room([]int{m, r.n})
			w := r.matrix(mode == "cubic", c.float("cubic_coeff_a", -0.75), c.int("exclude_outside", 0) != 0)
			x = c.along(x, d, tensor.From(c.p, w, m, r.n))
		default:
			failf("the mode %q is not supported", mode)
		}
	}
	return one(x)
}
