package models

import "github.com/braidml/braid/tensor"

// placeholders puts the learned features where an input is missing: everywhere for a nil one, by row where has or
// modality dropout says so. In a training pass it joins them even if nothing is missing, so that the loss of every
// step reaches them (with a gradient of zero) and Minimize does not take them for a mistake.
func (f *Fusion) placeholders(features *[2]*tensor.Tensor, has *tensor.Tensor) {
	some := features[0]
	if some == nil {
		some = features[1]
	}
	p, n := some.Pass(), some.Dim(0)
	if f.Absent[0] == nil {
		expect(features[0] != nil && features[1] != nil && has == nil, "Fusion",
			"an input is missing, but the model has no placeholders: set FusionConfig.Missing or Drop")
		return
	}
	if has != nil {
		expect(has.Rank() == 2 && has.Dim(0) == n && has.Dim(1) == 2, "Fusion", "has is %v: [%d 2] is expected", has.Shape(), n)
	}
	if p.Training() && features[0] != nil && features[1] != nil {
		has = f.hide(p, n, has)
	}
	for i, x := range features {
		switch {
		case x == nil:
			features[i] = p.Use(f.Absent[i]).Expand(n, f.Absent[i].Dim(0))
		case has != nil:
			features[i] = tensor.Where(has.Slice(1, i, i+1), x, f.Absent[i])
		}
	}
}

// hide is has after modality dropout: of a share Drop of the samples that have both inputs, one is hidden.
func (f *Fusion) hide(p *tensor.Pass, n int, has *tensor.Tensor) *tensor.Tensor {
	if has == nil {
		has = p.Full(1, n, 2)
	}
	drop := f.Config.Drop
	if drop == 0 {
		return has
	}
	if has.DType() != tensor.Float32 && has.DType() != tensor.Float64 {
		has = has.Int().NotEqual(0)
	}
	// u in [0, Drop/2) hides the image, in [1-Drop/2, 1) the text.
	u := p.Uniform(n, 1)
	keep := tensor.Concat(1, u.GreaterEqual(p.Full(drop/2, 1, 1)), u.Less(p.Full(1-drop/2, 1, 1)))
	both := has.Slice(1, 0, 1).Mul(has.Slice(1, 1, 2))
	return tensor.Where(both, keep, has)
}
