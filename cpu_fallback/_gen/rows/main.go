// Command rows writes the loops over rows of numbers that Go's compiler leaves scalar: activations, functions,
// normalisation, pooling
// and the transformations of convolution. Each function comes in two widths, for AVX2 and for AVX-512; both end with a masked vector, so that any
// number of columns will do.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	. "github.com/mmcloughlin/avo/build"
)

var families = map[string]func(isa){
	"act":       act,
	"arith":     arith,
	"math":      functions,
	"norm":      norm,
	"polyphase": polyphase,
	"pool":      pool,
	"random":    random,
	"softmax":   softmax,
	"thin":      thin,
	"winograd":  winograd,
}

func main() {
	family := flag.String("family", "", "one of "+strings.Join(slices.Sorted(maps.Keys(families)), ", "))
	flag.Parse()
	write, ok := families[*family]
	if !ok {
		fmt.Fprintf(os.Stderr, "rows: no family %q\n", *family)
		os.Exit(2)
	}
	ConstraintExpr("!purego")
	for _, v := range []isa{avx2(*family), avx512} {
		write(v)
	}
	Generate()
}
