package onnx

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/braidml/braid/tensor"
)

// TestTorchExports runs what PyTorch exported, which testdata/torch/make.py wrote with the outputs that PyTorch computes.
func TestTorchExports(t *testing.T) {
	dirs, err := filepath.Glob("testdata/torch/*_*")
	if err != nil || len(dirs) != 8 {
		t.Fatalf("%d cases, want 8: %v", len(dirs), err)
	}
	dev, err := tensor.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if err := backendCase(dir, dev, dev, 1e-5); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// The comparison of cases finds what differs.
func TestMissedGoesRed(t *testing.T) {
	err := tensor.CPU().Run(tensor.Inference, func(p *tensor.Pass) error {
		r := &run{p: p}
		want := ofReals(elemFloat32, []float64{1, -2}, 2)
		nan := math.NaN()
		for _, got := range []*val{
			ofReals(elemFloat32, []float64{1, -2.003}, 2), ofReals(elemFloat32, []float64{nan, -2}, 2), ofReals(elemFloat32, []float64{1, -2}, 1, 2),
			ofReals(elemFloat64, []float64{1, -2}, 2), ofInts(elemInt64, []int64{1, -2}, 2), ofReals(elemFloat32, []float64{math.Inf(1), -2}, 2),
		} {
			if err := missed(r, got, want, 1e-3); !errors.Is(err, errMissed) {
				t.Errorf("%v passes for %v: %v", got, want, err)
			}
		}
		if err := missed(r, ofInts(elemBool, []int64{1, 0}, 2), ofInts(elemBool, []int64{1, 1}, 2), 1e-3); !errors.Is(err, errMissed) {
			t.Errorf("other booleans pass: %v", err)
		}
		return missed(r, ofReals(elemFloat32, []float64{1.0005, -2}, 2), want, 1e-3)
	})
	if err != nil {
		t.Error(err)
	}
}
