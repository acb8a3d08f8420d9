package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/braidml/braid/internal/atomicfile"
)

// Files of a report in the folder of a run.
const (
	HTMLFile      = "report.html"
	CurvesFile    = "curves.png"    // losses and metrics by epoch; not there without a history
	ConfusionFile = "confusion.png" // of a classification
	ROCFile       = "roc.png"       // of classes or labels
	ScatterFile   = "scatter.png"   // of a regression
)

// Save writes report.html and its pictures into a folder that is there, and returns the names of the files. Each replaces
// an older one in one step.
func (r *Report) Save(dir string) (files []string, err error) {
	var matrix []chart
	if r.Counts != nil {
		matrix = append(matrix, matrixChart(r.Counts, r.Outputs))
	}
	for _, f := range []struct {
		name   string
		charts []chart
	}{
		{CurvesFile, historyCharts(r.History)}, {ConfusionFile, matrix}, {ROCFile, r.thresholdCharts()},
		{ScatterFile, r.numberCharts()[:min(2, 2*len(r.Numbers))]},
	} {
		if len(f.charts) == 0 {
			continue
		}
		b, err := pngOf(f.charts...)
		if err == nil {
			err = write(filepath.Join(dir, f.name), b)
		}
		if err != nil {
			return files, fmt.Errorf("report: Save: %s: %w", f.name, err)
		}
		files = append(files, f.name)
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		return files, err
	}
	if err := write(filepath.Join(dir, HTMLFile), b.Bytes()); err != nil {
		return files, fmt.Errorf("report: Save: %w", err)
	}
	return append(files, HTMLFile), nil
}

func write(path string, b []byte) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
