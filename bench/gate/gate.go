// Package gate decides whose results are right: nobody is timed who computes something else.
package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/braidml/braid/bench/cases"
)

// Differ says how got differs from want, "" where it does not: another set of tensors, other shapes, or an element whose
// distance is above the tolerance times the larger of want's element and the root mean square of want's tensor. Sums of
// which the terms cancel are held to the size of their terms that way. With Whole it is the root of all squared
// differences, as a part of that of want's elements. What is not finite differs.
func Differ(got, want cases.Tensors, t cases.Tolerance) string {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[name]
		if !ok {
			return fmt.Sprintf("there is no %s", name)
		}
		w := want[name]
		if !slices.Equal(g.Shape(), w.Shape()) {
			return fmt.Sprintf("%s is %v, want %v", name, g.Shape(), w.Shape())
		}
		if what := differ(g.Float64s(), w.Float64s(), t.Of(name)); what != "" {
			return name + what
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return fmt.Sprintf("%s is too much", name)
		}
	}
	return ""
}

func differ(got, want []float64, bound cases.Bound) string {
	squares, apart := 0.0, 0.0
	for i, v := range want {
		squares += v * v
		apart += (got[i] - v) * (got[i] - v)
	}
	rms := math.Sqrt(squares / max(1, float64(len(want))))
	if bound.Whole {
		if !(math.Sqrt(apart) <= bound.Relative*math.Sqrt(squares)) {
			return fmt.Sprintf(" is %.2g of its size away, want %.2g at most", math.Sqrt(apart/squares), bound.Relative)
		}
		return ""
	}
	worst, times, wrong := -1, 0.0, 0
	for i, w := range want {
		d, may := math.Abs(got[i]-w), bound.Relative*max(math.Abs(w), rms)
		if d <= may {
			continue
		}
		wrong++
		if over := d / may; worst < 0 || over > times || over != over {
			worst, times = i, over
		}
	}
	if worst < 0 {
		return ""
	}
	return fmt.Sprintf("[%d] is %.6g, want %.6g within %.2g (%d of %d elements differ)",
		worst, got[worst], want[worst], bound.Relative*max(math.Abs(want[worst]), rms), wrong, len(want))
}

// Judge compares the results of all with each other, and gives each name's fault, "" where there is none. Right is what
// most agree on; first's where it has as many behind it as any other.
func Judge(results map[string]cases.Tensors, first string, t cases.Tolerance) map[string]string {
	names := slices.Sorted(maps.Keys(results))
	if i := slices.Index(names, first); i > 0 {
		names = append([]string{first}, slices.Delete(names, i, i+1)...)
	}
	right, most := "", 0
	faults := map[string]string{}
	for _, candidate := range names {
		agree, found := 0, map[string]string{}
		for _, n := range names {
			if found[n] = Differ(results[n], results[candidate], t); found[n] == "" {
				agree++
			} else {
				found[n] = fmt.Sprintf("differs from %s: %s", candidate, found[n])
			}
		}
		if agree > most {
			right, most, faults = candidate, agree, found
		}
		if agree == len(names) {
			break
		}
	}
	if right == "" { // not even equal to themselves: nothing of it is a number
		for _, n := range names {
			faults[n] = Differ(results[n], results[n], t)
		}
	}
	return faults
}
