package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/braidml/braid/tensor"
)

// Fit looks at each column of a regression by itself. Its name is "r2", its value that of [R2].
type Fit struct {
	Columns []string // names in Report; nil: numbers

	r2       r2
	absolute []float64 // sums of |output - target|
}

// Name is "r2".
func (f *Fit) Name() string { return "r2" }

// Reset forgets what was seen.
func (f *Fit) Reset() {
	f.r2.Reset()
	f.absolute = nil
}

// Observe adds a batch.
func (f *Fit) Observe(output, target tensor.Array) {
	f.r2.Observe(output, target)
	out, want, columns := values("metrics.Fit", output, target)
	if f.absolute == nil {
		f.absolute = make([]float64, columns)
	}
	for i, v := range out {
		f.absolute[i%columns] += math.Abs(v - want[i])
	}
}

// Value is the mean R2 of the columns.
func (f *Fit) Value() float64 { return f.r2.Value() }

// Report is a line for each column: R2, the mean absolute error, the root of the mean squared error, and the mean of the
// targets with their standard deviation, which the errors are to be held against.
func (f *Fit) Report() string {
	const title = "value"
	width := len(title)
	for _, name := range f.Columns {
		width = max(width, utf8.RuneCountInString(name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s  %9s %12s %12s %12s %12s\n\n", width, title, "R2", "MAE", "RMSE", "mean", "deviation")
	n := float64(f.r2.n)
	for i, c := range f.r2.columns {
		name := strconv.Itoa(i)
		if f.Columns != nil {
			name = f.Columns[i]
		}
		one := r2{f.r2.n, []column{c}}
		fmt.Fprintf(&b, "%*s  %9.4f %12.6g %12.6g %12.6g %12.6g\n", width, name,
			one.Value(), f.absolute[i]/n, math.Sqrt(c.residual/n), c.mean, math.Sqrt(c.squares/n))
	}
	return b.String()
}
