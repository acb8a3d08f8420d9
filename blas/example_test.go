package blas_test

import (
	"fmt"

	"github.com/braidml/braid/blas"
	gonumblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
)

// A gonum program whose float32 products run on braid.
func Example() {
	blas32.Use(blas.Implementation{})
	defer blas32.Use(gonum.Implementation{})

	a := blas32.General{Rows: 2, Cols: 3, Stride: 3, Data: []float32{1, 2, 3, 4, 5, 6}}
	c := blas32.General{Rows: 2, Cols: 2, Stride: 2, Data: make([]float32, 4)}
	blas32.Gemm(gonumblas.NoTrans, gonumblas.Trans, 1, a, a, 0, c)
	fmt.Println(c.Data)
	// Output: [14 32 32 77]
}
