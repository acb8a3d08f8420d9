package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// softmaxRows is the definition; rows of moderate size need no care for overflow.
func softmaxRows(x []float64, n int, log bool) []float64 {
	y := make([]float64, len(x))
	for r := 0; r < len(x); r += n {
		sum := 0.0
		for _, v := range x[r : r+n] {
			sum += math.Exp(v)
		}
		for j := r; j < r+n; j++ {
			y[j] = math.Exp(x[j]) / sum
			if log {
				y[j] = x[j] - math.Log(sum)
			}
		}
	}
	return y
}

func softmaxOf[T float](t *testing.T, x []T, rows, n int, log bool) []T {
	bx, _ := fenced(t, x...)
	by, y := blank[T](t, len(x))
	must(t, newStream(t).Softmax(engine.Softmax{Y: by, X: bx, Rows: rows, N: n, Log: log}))
	return y
}

func softmaxGradient[T float](t *testing.T, dy, y []T, rows, n int, log bool) []T {
	bdy, _ := fenced(t, dy...)
	by, _ := fenced(t, y...)
	bdx, dx := blank[T](t, len(y))
	must(t, newStream(t).SoftmaxBwd(engine.SoftmaxBwd{DX: bdx, DY: bdy, Y: by, Rows: rows, N: n, Log: log}))
	return dx
}

func normals(n int, seed uint64) []float64 {
	rng, x := rand.New(rand.NewPCG(seed, seed)), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// sumDifferences is the gradient of Σ dy·f(x), element by element.
func sumDifferences(x, dy []float64, f func(x []float64) []float64) []float64 {
	const h = 1e-5
	d := make([]float64, len(x))
	value := func() (s float64) {
		for i, v := range f(x) {
			s += dy[i] * v
		}
		return s
	}
	for i, v := range x {
		x[i] = v + h
		up := value()
		x[i] = v - h
		d[i] = (up - value()) / (2 * h)
		x[i] = v
	}
	return d
}

func TestSoftmax(t *testing.T) {
	for _, s := range [][2]int{{0, 4}, {1, 1}, {3, 10}, {900, 13}, {2, 5000}} {
		for _, log := range []bool{false, true} {
			rows, n := s[0], s[1]
			x := normals(rows*n, uint64(n))
			what := fmt.Sprintf("%v, log %v", s, log)
			wide, narrow := to32(x), to32(x)
			for i, v := range wide {
				x[i] = float64(v)
			}
			want := softmaxRows(x, n, log)
			expect(t, what, softmaxOf(t, x, rows, n, log), want, 1e-14, 1e-14)
			expect(t, what+" float32", softmaxOf(t, narrow, rows, n, log), want, 1e-7, 3*0x1p-24)
			if len(x) > 200 {
				continue
			}
			dy := normals(rows*n, 2)
			gradient := sumDifferences(x, dy, func(x []float64) []float64 { return softmaxRows(x, n, log) })
			expect(t, what+" gradient", softmaxGradient(t, dy, want, rows, n, log), gradient, 1e-8, 1e-7)
			expect(t, what+" gradient float32", softmaxGradient(t, to32(dy), to32(want), rows, n, log), gradient, 1e-6, 1e-6)
		}
	}
}

func TestSoftmaxIsStable(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	expect(t, "large", softmaxOf(t, []float32{1000, 1000, -1000, -1000}, 1, 4, false), []float64{0.5, 0.5, 0, 0}, 0, 0)
	expect(t, "large, log", softmaxOf(t, []float32{1000, 1000, -1000, -1000}, 1, 4, true), []float64{-math.Ln2, -math.Ln2, -2000 - math.Ln2, -2000 - math.Ln2}, 1e-7, 0x1p-24)
	expect(t, "-Inf", softmaxOf(t, []float64{-inf, 3}, 1, 2, false), []float64{0, 1}, 0, 0)
	expect(t, "NaN", softmaxOf(t, []float64{nan, 3, 1, 1}, 2, 2, false), []float64{nan, nan, 0.5, 0.5}, 0, 0)
}

func TestSoftmaxGoesRed(t *testing.T) {
	x, dy := []float64{1, 2}, []float64{1, -1}
	y := softmaxRows(x, 2, false)
	gradient := sumDifferences(x, dy, func(x []float64) []float64 { return softmaxRows(x, 2, false) })
	if disagrees([]float64{dy[0] * y[0] * (1 - y[0]), dy[1] * y[1] * (1 - y[1])}, gradient, 1e-8, 1e-7) < 0 {
		t.Error("a gradient without the cross terms passes")
	}
}
