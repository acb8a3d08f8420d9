package report

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// describe counts the parts of the data.
func (j *judge) describe(ctx context.Context, r *Report) error {
	for _, part := range []struct {
		name string
		rows data.Source[data.Pair]
	}{{"train", j.Train}, {"validation", j.Valid}, {"test", j.Test}} {
		if part.rows == nil {
			continue
		}
		d, err := data.Describe(ctx, part.rows, len(r.Outputs), j.Task == MultiLabel)
		if err != nil {
			return fmt.Errorf("the %s part: %w", part.name, err)
		}
		if j.Task == Classification && len(d.Numbers) == 1 { // two classes as real 0 and 1
			ones := int(math.Round(d.Numbers[0].Mean * float64(d.Rows)))
			d.Labels, d.Numbers = []int{d.Rows - ones, ones}, nil
		}
		if len(d.Labels) > len(r.Outputs) {
			return fmt.Errorf("the %s part has class %d, the model %d classes", part.name, len(d.Labels)-1, len(r.Outputs))
		}
		r.Parts = append(r.Parts, Part{part.name, *d})
	}
	j.trained = &r.Parts[0].Description
	return nil
}

// summarize lists the layers.
func (j *judge) summarize(_ context.Context, r *Report) error {
	if j.Model == nil {
		return nil
	}
	var first data.Pair
	if err := j.Test.Read(&first, []int{0}, nil); err != nil {
		return err
	}
	var table bytes.Buffer
	if err := layers.Summary(&table, j.Model, func(p *tensor.Pass) { j.Forward(p, first) }); err != nil {
		return err
	}
	r.Model = table.String()
	return nil
}

// module is this library's path.
const module = "github.com/braidml/braid"

// versions is what the figures were made by.
func versions(dev *tensor.Device) []Fact {
	version := "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(b.Deps, &b.Main) {
			if m.Path == module {
				version = m.Version
			}
		}
	}
	return []Fact{
		{"device", fmt.Sprint(dev)},
		{"braid", version},
		{"Go", fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)},
	}
}
