package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// matmulCase is a random product with guards of NaN around C.
type matmulCase struct {
	op   engine.MatMul
	bias bool
	name string
}

func buffer[T float](n int, dtype engine.DType, fill func(i int) T) engine.Buffer {
	m, err := New().Alloc(n * dtype.Size())
	if err != nil {
		panic(err)
	}
	b := engine.Buffer{Mem: m, Len: n, DType: dtype}
	for i, x := 0, view[T](b); i < n; i++ {
		x[i] = fill(i)
	}
	return b
}

const matmulGuard = 40 // elements before and after C that must not change

// checkMatMul runs op with random operands and compares with a float64 loop.
func checkMatMul[T float](op engine.MatMul, bias bool, seed uint64, spoil func(c []T)) error {
	var t T
	dtype, eps := engine.F32, 0x1p-24
	if _, ok := any(t).(float64); ok {
		dtype, eps = engine.F64, 0x1p-53
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	random := func(int) T { return T(rng.NormFloat64()) }
	op.A = buffer(op.M*op.K+max(0, op.Batch-1)*op.StrideA, dtype, random)
	op.B = buffer(op.N*op.K+max(0, op.Batch-1)*op.StrideB, dtype, random)
	if bias {
		op.Bias = buffer(op.N, dtype, random)
	}
	size := op.Batch * op.M * op.N
	whole := buffer(size+2*matmulGuard, dtype, func(i int) T {
		if op.Accumulate && i >= matmulGuard && i < matmulGuard+size {
			return random(i)
		}
		return T(math.NaN())
	})
	op.C = whole.Window(matmulGuard, size)
	before := append([]T(nil), view[T](op.C)...)
	if err := (&Stream{}).MatMul(op); err != nil {
		return err
	}
	got := view[T](op.C)
	if spoil != nil {
		spoil(got)
	}
	a, b := view[T](op.A), view[T](op.B)
	for i := range size {
		batch, row, col := i/(op.M*op.N), i/op.N%op.M, i%op.N
		sum, scale := 0.0, 0.0
		for k := range op.K {
			x, y := batch*op.StrideA+row*op.K+k, batch*op.StrideB+col*op.K+k
			if op.TransA {
				x = batch*op.StrideA + k*op.M + row
			}
			if op.TransB {
				y = batch*op.StrideB + k*op.N + col
			}
			sum += float64(a[x]) * float64(b[y])
			scale += math.Abs(float64(a[x]) * float64(b[y]))
		}
		if bias {
			sum += float64(view[T](op.Bias)[col])
		}
		if op.Accumulate {
			sum += float64(before[i])
		}
		one := []float64{sum}
		activateRow(op.Act, one)
		// Rounding errors of a sum of K terms wander: sqrt(K) eps of the sum of magnitudes, and two eps for the rest.
		tol := eps * (4*math.Sqrt(float64(op.K+1))*scale/math.Max(1, math.Sqrt(float64(op.K))) + 4*math.Abs(sum) + 4)
		if d := math.Abs(float64(got[i]) - one[0]); !(d <= tol) {
			return fmt.Errorf("element %d: got %v, want %v within %.1e", i, got[i], one[0], tol)
		}
	}
	all := view[T](whole)
	for i := range matmulGuard {
		if all[i] == all[i] || all[len(all)-1-i] == all[len(all)-1-i] {
			return fmt.Errorf("wrote outside C, %d elements off", matmulGuard-i)
		}
	}
	return nil
}

// matmulCases covers all transposes, sizes around the edges of tiles and blocks, and epilogues.
func matmulCases() []matmulCase {
	sizes := [][3]int{{1, 1, 1}, {1, 5, 3}, {3, 1, 7}, {5, 7, 9}, {12, 32, 64}, {13, 33, 65}, {16, 16, 27}, {25, 64, 31},
		{32, 10, 300}, {40, 100, 257}, {64, 40, 513}, {150, 70, 40}, {3, 300, 20}, {300, 3, 20}, {9, 17, 8200}}
	var cases []matmulCase
	for i, s := range sizes {
		for trans := range 4 {
			op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2], TransA: trans&1 != 0, TransB: trans&2 != 0}
			acc, plain := op, op
			acc.Accumulate = true
			op.Act = engine.Act((i + trans) % 5)
			cases = append(cases, matmulCase{op: op, bias: true}, matmulCase{op: acc}, matmulCase{op: plain})
		}
	}
	for _, s := range [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {0, 0, 0}} {
		for _, acc := range []bool{false, true} {
			op := engine.MatMul{Batch: 2, M: s[0], N: s[1], K: s[2], StrideA: s[0] * s[2], StrideB: s[1] * s[2], Accumulate: acc}
			cases = append(cases, matmulCase{op: op, bias: !acc})
		}
	}
	batched := engine.MatMul{Batch: 3, M: 7, N: 35, K: 20, StrideA: 140, StrideB: 700}
	sameB, sameA, spread, none := batched, batched, batched, batched
	sameB.StrideB, sameA.StrideA, spread.StrideA, none.Batch = 0, 0, 170, 0
	for _, op := range []engine.MatMul{batched, sameB, sameA, spread, none} {
		for trans := range 4 {
			op.TransA, op.TransB = trans&1 != 0, trans&2 != 0
			cases = append(cases, matmulCase{op: op, bias: true})
		}
	}
	for i := range cases {
		op := cases[i].op
		cases[i].name = fmt.Sprintf("%dx%dx%dx%d,t%v%v,act%d,acc%v", op.Batch, op.M, op.N, op.K, op.TransA, op.TransB, op.Act, op.Accumulate)
	}
	return cases
}

func TestMatMul(t *testing.T) {
	for i, c := range matmulCases() {
		if err := checkMatMul[float32](c.op, c.bias, uint64(i), nil); err != nil {
			t.Errorf("float32 %s: %v", c.name, err)
		}
		if err := checkMatMul[float64](c.op, c.bias, uint64(i), nil); err != nil {
			t.Errorf("float64 %s: %v", c.name, err)
		}
	}
}

func TestMatMulCheckGoesRed(t *testing.T) {
	op := engine.MatMul{Batch: 1, M: 5, N: 6, K: 100}
	for name, spoil := range map[string]func([]float32){
		"one wrong element": func(c []float32) { c[29] += 1e-3 },
		"NaN":               func(c []float32) { c[7] = float32(math.NaN()) },
		"write before C":    func(c []float32) { *(*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(c)), -4)) = 0 },
	} {
		if checkMatMul(op, false, 1, spoil) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// TestMatMulProcs compares bits: results must not depend on the number of threads.
func TestMatMulProcs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(int) float32 { return float32(rng.NormFloat64()) }
	for _, s := range [][3]int{{130, 140, 300}, {32, 256, 1000}, {20, 40, 9000}, {700, 40, 30}} {
		op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2]}
		op.A, op.B = buffer(op.M*op.K, engine.F32, random), buffer(op.N*op.K, engine.F32, random)
		op.C = buffer(op.M*op.N, engine.F32, random)
		var want []float32
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			if err := (&Stream{}).MatMul(op); err != nil {
				t.Fatal(err)
			}
			got := view[float32](op.C)
			if want == nil {
				want = append(want, got...)
			}
			for i := range got {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%v with %d procs: element %d is %v, with one %v", s, procs, i, got[i], want[i])
				}
			}
		}
	}
}
