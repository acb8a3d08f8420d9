//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Conv2DBwdEpilogue is DZ and DBias, back through pooling, activation and bias.
func (s *Stream) Conv2DBwdEpilogue(o engine.Conv2DEpilogue) error {
	d, side := o.ConvDims, max(o.Pool, 1)
	if !onlyF32(o.DZ, o.DBias, o.DY, o.Y) || !allOf(engine.U8, o.Arg) || !fits(d.N*d.OutH, d.OutW*side, d.K) {
		return engine.ErrUnsupported
	}
	const most = 1024 // runs of lines, each with sums of its own: enough for any GPU
	lines, across := d.N*d.OutH, (d.K+31)/32
	run := max(1, (lines+most-1)/most)
	runs := (lines + run - 1) / run
	var sums uint64
	if !o.DBias.Absent() && runs > 0 {
		var err error
		if sums, err = s.workspace(4 * runs * d.K); err != nil {
			return err
		}
	}
	if d.OutW > 0 || sums != 0 {
		err := launch(s, kernels.Conv2dBwdEpilogueF32{Dz: addr(o.DZ), Sums: sums, Dy: addr(o.DY), Y: addr(o.Y), Arg: addr(o.Arg), Lines: uint32(lines),
			OutH: uint32(d.OutH), OutW: uint32(d.OutW), Filters: uint32(d.K), Pool: uint32(side), Run: uint32(run), Act: uint32(o.Act)},
			dim{x: runs * across}, block, 0)
		if err != nil {
			return err
		}
	}
	if o.DBias.Absent() {
		return nil
	}
	return launch(s, kernels.BiasSumF32{Dbias: addr(o.DBias), Sums: sums, Runs: uint32(runs), Filters: uint32(d.K)}, dim{x: across}, block, 0)
}
