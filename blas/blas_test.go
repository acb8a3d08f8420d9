package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// sgemm is one call's arguments. Rows lie further apart than they are long; the slices end with the last row.
type sgemm struct {
	tA, tB        blas.Transpose
	m, n, k       int
	alpha, beta   float32
	a, b, c       []float32
	lda, ldb, ldc int
}

func (s sgemm) String() string {
	return fmt.Sprintf("Sgemm(%c, %c, %d, %d, %d, alpha %v, lda %d, ldb %d, beta %v, ldc %d)",
		s.tA, s.tB, s.m, s.n, s.k, s.alpha, s.lda, s.ldb, s.beta, s.ldc)
}

// gap stands between the rows of C.
const gap = float32(-12345.678)

func newSgemm(rng *rand.Rand, m, n, k int) *sgemm {
	trans := []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}
	s := &sgemm{tA: trans[rng.IntN(3)], tB: trans[rng.IntN(3)], m: m, n: n, k: k}
	s.alpha = []float32{1, 1, -0.75, 0}[rng.IntN(4)]
	s.beta = []float32{0, 1, 0.3}[rng.IntN(3)]
	matrix := func(t blas.Transpose, rows, cols int) ([]float32, int) {
		if t != blas.NoTrans {
			rows, cols = cols, rows
		}
		ld := max(1, cols+rng.IntN(2)*rng.IntN(20))
		v := make([]float32, max(0, (rows-1)*ld+cols))
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v, ld
	}
	s.a, s.lda = matrix(s.tA, m, k)
	s.b, s.ldb = matrix(s.tB, k, n)
	s.c, s.ldc = matrix(blas.NoTrans, m, n)
	for i := range s.c {
		if i%s.ldc >= n {
			s.c[i] = gap
		}
	}
	return s
}

// run computes into a copy of C.
func (s *sgemm) run(f func(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)) []float32 {
	c := append([]float32(nil), s.c...)
	f(s.tA, s.tB, s.m, s.n, s.k, s.alpha, s.a, s.lda, s.b, s.ldb, s.beta, c, s.ldc)
	return c
}

// check compares c with the product in float64. With u = 2^-24 and k terms, each element of any order of summation,
// alpha and beta applied anywhere, is within (k+3)·u·(|alpha|·|A|·|B| + |beta|·|C|) (Higham, Accuracy and Stability of
// Numerical Algorithms, 3.5); one more u covers the terms of second order.
func (s *sgemm) check(c []float32) error {
	wide := func(v []float32, f func(float64) float64) []float64 {
		w := make([]float64, len(v))
		for i, x := range v {
			w[i] = f(float64(x))
		}
		return w
	}
	product := func(f func(float64) float64) []float64 {
		want := wide(s.c, f)
		gonum.Implementation{}.Dgemm(s.tA, s.tB, s.m, s.n, s.k, f(float64(s.alpha)), wide(s.a, f), s.lda, wide(s.b, f), s.ldb,
			f(float64(s.beta)), want, s.ldc)
		return want
	}
	want, size := product(func(x float64) float64 { return x }), product(math.Abs)
	for i, got := range c {
		if row, col := i/s.ldc, i%s.ldc; col >= s.n {
			if got != gap {
				return fmt.Errorf("%v: wrote %v behind row %d", s, got, row)
			}
		} else if d := math.Abs(float64(got) - want[i]); !(d <= float64(s.k+4)*0x1p-24*size[i]) {
			return fmt.Errorf("%v: element %d, %d is %v, want %v", s, row, col, got, want[i])
		}
	}
	return nil
}

func TestSgemm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 2, 3, 5, 8, 13, 31, 32, 33, 64, 65, 100}
	pick := func() int { return sizes[rng.IntN(len(sizes))] }
	for range 1500 {
		s := newSgemm(rng, pick(), pick(), pick())
		if err := s.check(s.run(Implementation{}.Sgemm)); err != nil {
			t.Fatal(err)
		}
		if err := s.check(s.run(gonum.Implementation{}.Sgemm)); err != nil {
			t.Fatal("gonum's own: ", err)
		}
	}
	for _, size := range [][3]int{{130, 270, 700}, {20, 30, 9000}, {1, 2000, 3}, {600, 1, 5}} {
		for range 6 {
			s := newSgemm(rng, size[0], size[1], size[2])
			if err := s.check(s.run(Implementation{}.Sgemm)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestCheckGoesRed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := newSgemm(rng, 7, 9, 20)
	s.alpha, s.ldc = 1, 12
	s.c = make([]float32, 6*12+9)
	for i := range s.c {
		if i%12 >= 9 {
			s.c[i] = gap
		}
	}
	for name, spoil := range map[string]func(c []float32){
		"a miss":        func(c []float32) { c[14] += 1e-4 },
		"NaN":           func(c []float32) { c[0] = float32(math.NaN()) },
		"between rows":  func(c []float32) { c[9] = 0 },
		"nothing added": func(c []float32) { copy(c, s.c) },
	} {
		c := s.run(Implementation{}.Sgemm)
		if err := s.check(c); err != nil {
			t.Fatal(err)
		}
		if spoil(c); s.check(c) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// TestNotRead: beta = 0 overwrites a C of NaN, alpha = 0 and k = 0 leave A and B alone.
func TestNotRead(t *testing.T) {
	nan := float32(math.NaN())
	fill := func(v []float32) {
		for i := range v {
			v[i] = nan
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		s := newSgemm(rng, 1+rng.IntN(20), 1+rng.IntN(20), rng.IntN(3)*rng.IntN(300))
		unread := *s
		unread.c = append([]float32(nil), s.c...)
		if s.beta == 0 {
			for i := range unread.c {
				if i%s.ldc < s.n {
					unread.c[i] = nan
				}
			}
		}
		if s.alpha == 0 {
			unread.a, unread.b = make([]float32, len(s.a)), make([]float32, len(s.b))
			fill(unread.a)
			fill(unread.b)
		}
		if err := s.check(unread.run(Implementation{}.Sgemm)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNaNShows: a NaN in A makes its row of C NaN and no other, one in B its column, one in C (beta not 0) itself.
func TestNaNShows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		s := newSgemm(rng, 25, 40, 30)
		s.alpha, s.beta = -2, 0.5
		i, l, j := rng.IntN(25), rng.IntN(30), rng.IntN(40)
		where := func(t blas.Transpose, row, col, ld int) int {
			if t != blas.NoTrans {
				row, col = col, row
			}
			return row*ld + col
		}
		nan := float32(math.NaN())
		s.a[where(s.tA, i, l, s.lda)] = nan
		s.b[where(s.tB, l, j, s.ldb)] = nan
		s.c[(i+1)%25*s.ldc+(j+1)%40] = nan
		for at, v := range s.run(Implementation{}.Sgemm) {
			row, col := at/s.ldc, at%s.ldc
			want := col < s.n && (row == i || col == j || row == (i+1)%25 && col == (j+1)%40)
			if want != (v != v) {
				t.Fatalf("%v: NaN at A %d, %d and B %d, %d: element %d, %d of C is %v", s, i, l, l, j, row, col, v)
			}
		}
	}
}
