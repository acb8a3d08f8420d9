package blas

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BenchmarkSgemm multiplies n x n matrices, here and in gonum in turns, so that both meet the same moments of a busy
// machine. The figures come from the median times.
//
//	go test -tags cpu -run '^$' -bench Sgemm ./blas
func BenchmarkSgemm(b *testing.B) {
	for _, n := range []int{256, 512, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newSgemm(rand.New(rand.NewPCG(1, 1)), n, n, n)
			s.tA, s.tB, s.alpha, s.beta = blas.NoTrans, blas.NoTrans, 1, 0
			timed := func(f func()) time.Duration {
				start := time.Now()
				f()
				return time.Since(start)
			}
			square := make([]float32, n*n)
			var ours, theirs []time.Duration
			for b.Loop() {
				ours = append(ours, timed(func() {
					Implementation{}.Sgemm(s.tA, s.tB, n, n, n, 1, s.a[:n*n], n, s.b[:n*n], n, 0, square, n)
				}))
				theirs = append(theirs, timed(func() {
					gonum.Implementation{}.Sgemm(s.tA, s.tB, n, n, n, 1, s.a[:n*n], n, s.b[:n*n], n, 0, square, n)
				}))
			}
			rate := func(t []time.Duration) float64 {
				slices.Sort(t)
				return 2 * float64(n) * float64(n) * float64(n) / float64(t[len(t)/2].Nanoseconds())
			}
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(rate(ours), "braid-GFLOP/s")
			b.ReportMetric(rate(theirs), "gonum-GFLOP/s")
			b.ReportMetric(rate(ours)/rate(theirs), "times")
		})
	}
}
