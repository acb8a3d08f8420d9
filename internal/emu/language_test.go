//go:build linux && amd64 && !cpu

package emu

import (
	"fmt"
	"strings"
	"testing"
)

// ramp is the buffer that "alloc x n start mod" fills.
func ramp(n, start, mod int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = start + i*i*5%mod
	}
	return x
}

// words is numbers as the program prints them.
func words(x ...int) string {
	var b strings.Builder
	for _, v := range x {
		fmt.Fprint(&b, v, " ")
	}
	return b.String()
}

// product is a [16,k] · b [k,8], both in x.
func product(x []int, k int) []int {
	y := make([]int, 16*8)
	for i := range y {
		for j := range k {
			y[i] += x[i/8*k+j] * x[16*k+j*8+i%8]
		}
	}
	return y
}

func count(x []int, is func(int) bool) (n int) {
	for _, v := range x {
		if is(v) {
			n++
		}
	}
	return n
}

// Whole numbers are exact in every format, so results are equal to the last bit.
func TestLanguage(t *testing.T) {
	x := ramp(512, -3, 7)
	sums := make([]int, 64)
	for l := range 32 {
		for k := range 32 {
			if (k%3 == 0) == (l%3 == 0) {
				sums[l] += k
			}
			if x[k] == x[l] {
				sums[32+l]++
			}
		}
	}
	for _, c := range []struct {
		kernel      string
		grid, block int
		want        []int
	}{
		{"mma_tf32", 1, 32, product(x, 8)},
		{"mma_bf16", 1, 32, product(x, 16)},
		{"masks", 1, 32, sums},
		{"counts", 1, 96, []int{96, count(x[:96], func(v int) bool { return v > 2 })}},
		{"last_block", 4, 32, append(x[:4:4], x[0]+x[1]+x[2]+x[3])},
	} {
		for _, checked := range []bool{true, false} {
			p := buildTest(t, "language", checked)
			for _, seed := range []string{"0", "1", "2", "3"} {
				script := fmt.Sprintf("load %s\nalloc y 512 0\nalloc x 512 -3 7\nlaunch %s %d %d y x 0\nprint y %d\n", p.image, c.kernel, c.grid, c.block, len(c.want))
				if got := p.run(t, script, "BRAID_EMU_SEED="+seed); strings.TrimSpace(got) != strings.TrimSpace(words(c.want...)) {
					t.Errorf("%s, checked %v, seed %s:\n%swant\n%s", c.kernel, checked, seed, got, words(c.want...))
				}
			}
		}
	}
}
