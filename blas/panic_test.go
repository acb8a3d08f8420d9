package blas

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
)

// panicOf is what f panics with, or nil.
func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func TestPanicsAreGonums(t *testing.T) {
	cases := map[string]func(s *sgemm){
		"transpose of A": func(s *sgemm) { s.tA = 'x' },
		"transpose of B": func(s *sgemm) { s.tB = 0 },
		"m":              func(s *sgemm) { s.m = -1 },
		"n":              func(s *sgemm) { s.n = -1 },
		"k":              func(s *sgemm) { s.k = -1 },
		"lda":            func(s *sgemm) { s.lda = 3 },
		"ldb":            func(s *sgemm) { s.ldb = 3 },
		"ldc":            func(s *sgemm) { s.ldc = 3 },
		"A is short":     func(s *sgemm) { s.a = s.a[:len(s.a)-1] },
		"B is short":     func(s *sgemm) { s.b = s.b[:len(s.b)-1] },
		"C is short":     func(s *sgemm) { s.c = s.c[:len(s.c)-1] },
	}
	for seed := range uint64(20) { // transposed and not, alpha and beta of all kinds
		for name, spoil := range cases {
			s := newSgemm(rand.New(rand.NewPCG(seed, 1)), 6, 7, 8)
			spoil(s)
			got := panicOf(func() { s.run(Implementation{}.Sgemm) })
			want := panicOf(func() { s.run(gonum.Implementation{}.Sgemm) })
			if want == nil || got != want {
				t.Errorf("%s: %v panics with %v, gonum's with %v", name, s, got, want)
			}
		}
	}
}

// TestUse: blas32 reaches the product through its global setting.
func TestUse(t *testing.T) {
	defer blas32.Use(gonum.Implementation{})
	blas32.Use(Implementation{})
	if _, ok := blas32.Implementation().(Implementation); !ok {
		t.Fatalf("blas32 uses %T", blas32.Implementation())
	}
	a := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: []float32{1, 2, 3, 4}}
	c := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: make([]float32, 4)}
	blas32.Gemm(blas.NoTrans, blas.Trans, 2, a, a, 0, c)
	for i, want := range []float32{10, 22, 22, 50} {
		if c.Data[i] != want {
			t.Errorf("element %d is %v, want %v", i, c.Data[i], want)
		}
	}
}
