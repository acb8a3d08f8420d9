package report

import (
	"math"

	"gonum.org/v1/plot/plotter"
)

// thin is the line through fewer points, none of which is further from it than a 600th of the range (Ramer 1972, Douglas
// and Peucker 1973): nobody sees the difference. Points that are not finite are left out.
func thin(x, y []float64) plotter.XYs {
	var points plotter.XYs
	for i := range x {
		if finite(x[i]) && finite(y[i]) {
			points = append(points, plotter.XY{X: x[i], Y: y[i]})
		}
	}
	width, height := max(spread(x), 1e-300), max(spread(y), 1e-300)
	keep := make([]bool, len(points))
	for open := [][2]int{{0, len(points) - 1}}; len(open) > 0 && len(points) > 0; {
		a, b := open[len(open)-1][0], open[len(open)-1][1]
		open = open[:len(open)-1]
		keep[a], keep[b] = true, true
		far, at := 1./600, 0
		dx, dy := (points[b].X-points[a].X)/width, (points[b].Y-points[a].Y)/height
		long := math.Hypot(dx, dy)
		for i := a + 1; i < b; i++ {
			px, py := (points[i].X-points[a].X)/width, (points[i].Y-points[a].Y)/height
			d := math.Hypot(px, py)
			if long > 0 {
				d = math.Abs(px*dy-py*dx) / long
			}
			if d > far {
				far, at = d, i
			}
		}
		if at > 0 {
			open = append(open, [2]int{a, at}, [2]int{at, b})
		}
	}
	var kept plotter.XYs
	for i, p := range points {
		if keep[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

func spread(v []float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if finite(x) {
			low, high = min(low, x), max(high, x)
		}
	}
	return high - low
}
