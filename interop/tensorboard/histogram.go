package tensorboard

import (
	"math"
	"slices"
)

// limits are the upper ends of a histogram's buckets: 0 and ±1e-12·1.1^k.
var limits = func() (l []float64) {
	for v := 1e-12; v < 1e20; v *= 1.1 {
		l = append(l, v)
	}
	l = append(l, math.MaxFloat64)
	negative := slices.Clone(l)
	slices.Reverse(negative)
	for i := range negative {
		negative[i] = -negative[i]
	}
	return append(append(negative, 0), l...)
}()

// histogram is message HistogramProto.
func histogram(values []float32) field {
	counts := make([]float64, len(limits))
	low, high := math.Inf(1), math.Inf(-1)
	var n, sum, squares float64
	for _, x := range values {
		v := float64(x)
		if !finite(v) {
			continue
		}
		low, high = min(low, v), max(high, v)
		n++
		sum += v
		squares += v * v
		i, _ := slices.BinarySearch(limits, v) // a limit belongs to the bucket below it
		counts[i]++
	}
	if n == 0 {
		low, high = 0, 0
	}
	b := double(nil, histoMin, low)
	b = double(b, histoMax, high)
	b = double(b, histoNum, n)
	b = double(b, histoSum, sum)
	b = double(b, histoSquares, squares)
	// Empty buckets at the ends are left out, but for the one before the first, whose limit is where that begins.
	first := max(0, slices.IndexFunc(counts, func(c float64) bool { return c > 0 })-1)
	end := len(counts)
	for end > first+1 && counts[end-1] == 0 {
		end--
	}
	b = doubles(b, histoLimits, limits[first:end])
	return inner(nil, valueHistogram, doubles(b, histoCounts, counts[first:end]))
}
