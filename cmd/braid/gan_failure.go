package main

import (
	"errors"
	"fmt"

	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// collapsed reports whether the pictures in each row of a sheet, which have one text, are alike.
func collapsed(sheet, real tensor.Array) bool {
	if sheet.Absent() { // a resumed run that had ended
		return false
	}
	rows := make([]int32, sheet.Shape()[0])
	for i := range rows {
		rows[i] = int32(i / sheetColumns)
	}
	return diversityWithin(sheet, rows) < alike*metrics.PairwiseDistance(real.Slice(0, min(100, real.Shape()[0])))
}

// ganFailure tells a GAN that diverged or collapsed, by its history in epochs of so many steps and by what ended the
// training, if that is why.
func ganFailure(h train.History, steps int, err error) error {
	if errors.Is(err, train.ErrNotFinite) {
		return fmt.Errorf("%w: %w", models.ErrDiverged, err)
	}
	return models.GANLimits{}.Check(logged(h), steps)
}

// ganDoubt is what speaks against a GAN whose training has ended, though it lasted too short to be sure.
func ganDoubt(h train.History) error { return models.GANLimits{Steps: 1}.Check(logged(h), 1) }

func logged(h train.History) (values []map[string]float64) {
	for _, e := range h {
		values = append(values, e.Values)
	}
	return values
}
