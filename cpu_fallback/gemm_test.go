package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// gemmInputs are a random m x k and k x n matrix, both row-major.
func gemmInputs(m, n, k int) (a, b []float32) {
	rng := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	random := func(int) float32 { return float32(rng.NormFloat64()) }
	return view[float32](buffer(m*k, engine.F32, random)), view[float32](buffer(k*n, engine.F32, random))
}

// TestGemmPackers: operands that pack themselves give the same bits as operands in memory, however the product is cut.
func TestGemmPackers(t *testing.T) {
	defer func(most int) { packMost = most }(packMost)
	for _, most := range []int{1 << 24, 1 << 12} { // the second cuts the larger products into strips and blocks of k
		packMost = most
		for _, s := range [][3]int{{1, 1, 1}, {12, 32, 256}, {25, 70, 300}, {20, 1100, 600}, {300, 33, 700}, {30, 20, 8500}} {
			m, n, k := s[0], s[1], s[2]
			a, b := gemmInputs(m, n, k)
			at, bt := make([]float32, m*k), make([]float32, k*n)
			turnGo(at, m, a, k, m, k)
			turnGo(bt, k, b, n, k, n)
			eachKernel(func(name string) {
				run := func(p product[float32]) []float32 {
					p.c, p.ldc, p.m, p.n, p.k = make([]float32, m*n), n, m, n, k
					gemm(p)
					return p.c
				}
				want := run(product[float32]{a: a, lda: k, b: b, ldb: n})
				for form, got := range map[string][]float32{
					"turned":  run(product[float32]{packA: packCols(at, m), packB: packTall(bt, k)}),
					"A turns": run(product[float32]{packA: packCols(at, m), b: b, ldb: n}),
					"B wide":  run(product[float32]{a: a, lda: k, packB: packWide(b, n)}),
				} {
					for i := range want {
						if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
							t.Fatalf("%v, %s kernel, %s: element %d is %v, in place %v", s, name, form, i, got[i], want[i])
						}
					}
				}
			})
		}
	}
}

// TestGemmStrides: rows of C and of the operands may be further apart than they are long.
func TestGemmStrides(t *testing.T) {
	const m, n, k, pad = 30, 45, 70, 5
	a, b := gemmInputs(m, n+pad, k+pad)
	want := make([]float64, m*n)
	for i := range want {
		for l := range k {
			want[i] += float64(a[i/n*(k+pad)+l]) * float64(b[l*(n+pad)+i%n])
		}
	}
	eachKernel(func(name string) {
		c := make([]float32, m*(n+pad))
		gemm(product[float32]{c: c, ldc: n + pad, m: m, n: n, k: k, a: a, lda: k + pad, b: b, ldb: n + pad})
		for i := range c {
			row, col := i/(n+pad), i%(n+pad)
			if col >= n {
				if c[i] != 0 {
					t.Fatalf("%s: wrote between the rows of C", name)
				}
				continue
			}
			if d := math.Abs(float64(c[i]) - want[row*n+col]); !(d <= 0x1p-24*k*8) {
				t.Fatalf("%s: element %d,%d is %v, want %v", name, row, col, c[i], want[row*n+col])
			}
		}
	})
}

func TestGemmAllocates(t *testing.T) {
	withProcs(t, 2)
	a, b := gemmInputs(200, 300, 100)
	c := make([]float32, 200*300)
	p := product[float32]{c: c, ldc: 300, m: 200, n: 300, k: 100, a: a, lda: 100, b: b, ldb: 300}
	if n := testing.AllocsPerRun(50, func() { gemm(p) }); n > 10 { // none, but for what the race detector makes pools drop; unpooled it would be 20
		t.Errorf("%v allocations a product", n)
	}
}
