package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// matmulCase is a product, and what its epilogue reads.
type matmulCase struct {
	op engine.MatMul
	matmulExtras
}

// matmulExtras are the operands of an epilogue. The residual is C or a matrix of its own.
type matmulExtras struct{ bias, accumulate, residual, undo bool }

func (c *matmulCase) String() string {
	op := c.op
	return fmt.Sprintf("%dx%dx%dx%d,t%v%v,act%d,%+v", op.Batch, op.M, op.N, op.K, op.TransA, op.TransB, op.Act, c.matmulExtras)
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

// matmulTest is a product with random operands, and what it should be by a float64 loop.
type matmulTest[T float] struct {
	op          engine.MatMul
	whole, init []T // C between guards of NaN, and what it starts from
	want, tol   []float64
}

func newMatMulTest[T float](op engine.MatMul, with matmulExtras, seed uint64) *matmulTest[T] {
	var t T
	dtype, eps := engine.F32, 0x1p-24
	if _, ok := any(t).(float64); ok {
		dtype, eps = engine.F64, 0x1p-53
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	random := func(int) T { return T(rng.NormFloat64()) }
	op.A = buffer(op.M*op.K+max(0, op.Batch-1)*op.StrideA, dtype, random)
	op.B = buffer(op.N*op.K+max(0, op.Batch-1)*op.StrideB, dtype, random)
	if with.bias {
		op.Bias = buffer(op.N, dtype, random)
	}
	size := op.Batch * op.M * op.N
	if with.undo { // outputs of an activation: some are 0, and some in (0, 1)
		op.Y = buffer(size, dtype, func(i int) T { return T(max(0, float64(i%7-2)/5)) })
	}
	whole := buffer(size+2*matmulGuard, dtype, func(i int) T {
		if with.accumulate && i >= matmulGuard && i < matmulGuard+size {
			return random(i)
		}
		return T(math.NaN())
	})
	op.C = whole.Window(matmulGuard, size)
	if with.accumulate {
		op.Residual = op.C
	} else if with.residual {
		op.Residual = buffer(size, dtype, random)
	}
	m := &matmulTest[T]{op: op, whole: view[T](whole), want: make([]float64, size), tol: make([]float64, size)}
	m.init = append(m.init, m.whole...)
	for i := range size {
		m.want[i], m.tol[i] = m.element(i)
		// Partial sums of k random terms grow as sqrt(k), so that errors grow as K and as the sum of magnitudes do: the
		// standard deviation is about eps/2 of that sum, and a million elements need four of them and some more. Where the
		// result itself is far out, so are its partial sums: k roundings of up to eps/2 of it, which add up as their root.
		m.tol[i] = eps * (4*m.tol[i] + (4+math.Sqrt(float64(op.K)))*math.Abs(m.want[i]) + 4)
		if with.undo { // no derivative is above 1
			undo(op.Act, m.want[i:], 1, []float64{float64(view[T](op.Y)[i])}, 1, 1, 1)
		} else {
			activateRow(op.Act, m.want[i:i+1])
		}
	}
	return m
}

// element is C's element i before the activation, and the sum of its terms' magnitudes.
func (m *matmulTest[T]) element(i int) (sum, scale float64) {
	op := &m.op
	a, b := view[T](op.A), view[T](op.B)
	batch, row, col := i/(op.M*op.N), i/op.N%op.M, i%op.N
	at, stepA := batch*op.StrideA+row*op.K, 1
	if op.TransA {
		at, stepA = batch*op.StrideA+row, op.M
	}
	from, stepB := batch*op.StrideB+col*op.K, 1
	if op.TransB {
		from, stepB = batch*op.StrideB+col, op.N
	}
	for k := range op.K {
		x := float64(a[at+k*stepA]) * float64(b[from+k*stepB])
		sum += x
		scale += math.Abs(x)
	}
	if !op.Bias.Absent() {
		sum += float64(view[T](op.Bias)[col])
	}
	switch {
	case op.Residual == op.C:
		sum += float64(m.init[matmulGuard+i])
	case !op.Residual.Absent():
		sum += float64(view[T](op.Residual)[i])
	}
	return sum, scale
}

// check runs the product and compares.
func (m *matmulTest[T]) check(spoil func(whole []T)) error {
	copy(m.whole, m.init)
	if err := (&Stream{}).MatMul(m.op); err != nil {
		return err
	}
	if spoil != nil {
		spoil(m.whole)
	}
	for i, want := range m.want {
		if got := float64(m.whole[matmulGuard+i]); !(math.Abs(got-want) <= m.tol[i]) {
			return fmt.Errorf("element %d: got %v, want %v within %.1e", i, got, want, m.tol[i])
		}
	}
	for i := range matmulGuard {
		if x, y := m.whole[i], m.whole[len(m.whole)-1-i]; x == x || y == y {
			return fmt.Errorf("wrote outside C, %d elements off", matmulGuard-i)
		}
	}
	return nil
}

// matmulCases covers all transposes, sizes around the edges of tiles and blocks, and epilogues.
func matmulCases() []matmulCase {
	sizes := [][3]int{{1, 1, 1}, {1, 5, 3}, {3, 1, 7}, {5, 7, 9}, {12, 32, 64}, {13, 33, 65}, {16, 16, 27}, {25, 64, 31},
		{32, 10, 300}, {40, 100, 257}, {64, 40, 513}, {150, 70, 40}, {3, 300, 20}, {300, 3, 20}, {9, 17, 8200},
		{1, 300, 5000}, {130, 1, 3000}, {2, 2500, 70}, {7, 200, 300}, {200, 8, 300}, {2, 2, 9000}, {1, 4200, 40}, {40, 70, 2600}, {13, 600, 70}}
	var cases []matmulCase
	for i, s := range sizes {
		for trans := range 4 {
			op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2], TransA: trans&1 != 0, TransB: trans&2 != 0}
			plain := op
			op.Act = engine.Act((i + trans) % 5)
			cases = append(cases, matmulCase{plain, matmulExtras{}}, matmulCase{plain, matmulExtras{accumulate: true}},
				matmulCase{op, matmulExtras{bias: true}}, matmulCase{op, matmulExtras{bias: true, residual: true}},
				matmulCase{op, matmulExtras{undo: true}}, matmulCase{op, matmulExtras{undo: true, residual: true}},
				matmulCase{op, matmulExtras{undo: true, accumulate: true, bias: true}})
			op.Act = engine.ActReLU // which kernels do themselves
			cases = append(cases, matmulCase{op, matmulExtras{undo: true}}, matmulCase{op, matmulExtras{residual: true}})
		}
	}
	for _, s := range [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {0, 0, 0}} {
		for _, acc := range []bool{false, true} {
			op := engine.MatMul{Batch: 2, M: s[0], N: s[1], K: s[2], StrideA: s[0] * s[2], StrideB: s[1] * s[2], Act: engine.ActReLU}
			cases = append(cases, matmulCase{op, matmulExtras{accumulate: acc, bias: !acc}}, matmulCase{op, matmulExtras{undo: acc, residual: true}})
		}
	}
	batched := engine.MatMul{Batch: 3, M: 7, N: 35, K: 20, StrideA: 140, StrideB: 700}
	sameB, sameA, spread, none := batched, batched, batched, batched
	sameB.StrideB, sameA.StrideA, spread.StrideA, none.Batch = 0, 0, 170, 0
	for _, op := range []engine.MatMul{batched, sameB, sameA, spread, none} {
		for trans := range 4 {
			op.TransA, op.TransB = trans&1 != 0, trans&2 != 0
			cases = append(cases, matmulCase{op, matmulExtras{bias: true, residual: true}}, matmulCase{op, matmulExtras{undo: true, accumulate: true}})
		}
	}
	return cases
}

// eachKernel runs f with every kernel of this machine in turn.
func eachKernel(f func(name string)) {
	defer func(k kernels) { kernel = k }(kernel)
	for _, kernel = range available {
		f(kernel.name)
	}
}

func TestMatMul(t *testing.T) {
	for i, c := range matmulCases() {
		m := newMatMulTest[float32](c.op, c.matmulExtras, uint64(i))
		eachKernel(func(name string) {
			if err := m.check(nil); err != nil {
				t.Errorf("float32 %s, kernel %s: %v", &c, name, err)
			}
		})
		if err := newMatMulTest[float64](c.op, c.matmulExtras, uint64(i)).check(nil); err != nil {
			t.Errorf("float64 %s: %v", &c, err)
		}
	}
}

func TestMatMulCheckGoesRed(t *testing.T) {
	m := newMatMulTest[float32](engine.MatMul{Batch: 1, M: 5, N: 6, K: 100, Act: engine.ActReLU}, matmulExtras{residual: true, undo: true}, 1)
	for name, spoil := range map[string]func([]float32){
		"one wrong element": func(c []float32) { c[matmulGuard+29] += 1e-3 },
		"NaN":               func(c []float32) { c[matmulGuard+7] = float32(math.NaN()) },
		"write before C":    func(c []float32) { c[matmulGuard-1] = 0 },
		"no residual": func(c []float32) {
			for i, r := range view[float32](m.op.Residual) {
				if c[matmulGuard+i] != 0 {
					c[matmulGuard+i] -= r
				}
			}
		},
		"one element not masked": func(c []float32) { c[matmulGuard+14] = .1 }, // y[14] is 0
	} {
		if m.check(spoil) == nil {
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
		op := engine.MatMul{Batch: 1, M: s[0], N: s[1], K: s[2], Act: engine.ActTanh}
		op.A, op.B = buffer(op.M*op.K, engine.F32, random), buffer(op.N*op.K, engine.F32, random)
		op.C, op.Residual, op.Y = buffer(op.M*op.N, engine.F32, random), buffer(op.M*op.N, engine.F32, random), buffer(op.M*op.N, engine.F32, random)
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
