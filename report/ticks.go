package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// even is about five ticks at round numbers; with whole, at whole numbers only.
type even struct{ whole bool }

// Ticks are multiples of 1, 2 or 5 times a power of ten.
func (e even) Ticks(low, high float64) (ticks []plot.Tick) {
	step := roundUp((high - low) / 6)
	if e.whole {
		step = max(step, 1)
	}
	if !(step > 0) || !finite(step) {
		return nil
	}
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: label(k*step, digits)})
	}
	return ticks
}

// roundUp is the next number that is 1, 2 or 5 times a power of ten.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, digit := range []float64{1, 2, 5} {
		if v <= digit*power*(1+1e-9) {
			return digit * power
		}
	}
	return 10 * power
}

func label(v float64, digits int) string {
	if math.Abs(v) >= 1e6 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(v+0, 'f', digits, 64)
}

// decades is ticks for a logarithmic axis: 1, 2 and 5 times powers of ten, or the powers alone where there are many.
type decades struct{}

// Ticks are for low > 0.
func (decades) Ticks(low, high float64) (ticks []plot.Tick) {
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	digits := []float64{1, 2, 5}
	if last-first > 3 {
		digits = digits[:1]
	}
	for d := first; d <= last; d++ {
		for _, digit := range digits {
			if v := digit * math.Pow(10, d); v >= low*(1-1e-9) && v <= high*(1+1e-9) {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			}
		}
	}
	return ticks
}
