package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

const canary = float32(-1234567) // in C's surroundings

// tileCase is a tile in a C with canaries before, between and after its rows.
type tileCase struct {
	microTile[float32]
	whole []float32
	tol   float64
}

// newTileCase draws a tile of a kernel that is nr wide. Whole numbers make sums exact and kernels agree to the bit.
func newTileCase(rng *rand.Rand, rows, cols, k, nr int, whole bool) *tileCase {
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.IntN(9) - 4)
			if !whole {
				x[i] = float32(rng.NormFloat64())
			}
		}
		return x
	}
	t := &tileCase{microTile: microTile[float32]{k: k, rows: rows, cols: cols, rowA: 1, stepA: rows, stepB: nr}}
	if rng.IntN(2) == 0 { // read in place
		t.rowA, t.stepA, t.stepB = k+rng.IntN(5), 1, nr+rng.IntN(20)
	}
	t.rowC = cols + rng.IntN(20)
	t.act = rng.IntN(3)
	if rng.IntN(2) == 0 {
		t.bias = random(cols)
	}
	t.a, t.b = random(max(0, (rows-1)*t.rowA+(k-1)*t.stepA+1)), random(max(0, (k-1)*t.stepB+nr))
	t.whole = make([]float32, 2*matmulGuard+rows*t.rowC)
	for i := range t.whole {
		t.whole[i] = canary
	}
	t.c = t.whole[matmulGuard:]
	for i := range rows {
		copy(t.c[i*t.rowC:], random(cols))
	}
	switch rng.IntN(3) { // what the sums start from: nothing, C, another matrix
	case 1:
		t.from, t.rowFrom = t.c, t.rowC
	case 2:
		t.rowFrom = cols + rng.IntN(9)
		t.from = random((rows-1)*t.rowFrom + cols)
	}
	if t.act == int(engine.ActReLU) && rng.IntN(2) == 0 {
		t.rowY = cols + rng.IntN(9)
		t.y = random((rows-1)*t.rowY + cols)
		t.y[rng.IntN(len(t.y))] = float32(math.NaN())
	}
	if !whole { // k+2 roundings of sums that stay below 8 sqrt(k+2) but for one in 10^15
		t.tol = 0x1p-24 * float64(k+2) * 8 * math.Sqrt(float64(k+2))
	}
	return t
}

// compare runs the Go kernel and another one and compares all of C and its surroundings.
func (t *tileCase) compare(run func(*microTile[float32])) error {
	want := append([]float32(nil), t.whole...)
	ref := t.microTile
	ref.c = want[matmulGuard:]
	tileGo(&ref)
	if t.y != nil {
		undo(engine.Act(t.act), ref.c, t.rowC, t.y, t.rowY, t.rows, t.cols)
	} else {
		for i := range t.rows {
			activateRow(engine.Act(t.act), ref.c[i*t.rowC:][:t.cols])
		}
	}
	run(&t.microTile)
	for i, w := range want {
		g := t.whole[i]
		same := g == w || g != g && w != w
		if d := math.Abs(float64(g) - float64(w)); !same && !(d <= t.tol) {
			return fmt.Errorf("%d rows, %d columns, k %d, strides A %d,%d B %d C %d, from %v, bias %v, act %d, undone %v: c[%d] is %v, want %v",
				t.rows, t.cols, t.k, t.rowA, t.stepA, t.stepB, t.rowC, t.from != nil, t.bias != nil, t.act, t.y != nil, i-matmulGuard, g, w)
		}
	}
	return nil
}

func TestGemmKernels(t *testing.T) {
	for _, fast := range available {
		rng := rand.New(rand.NewPCG(5, 6))
		for rows := 1; rows <= fast.mr; rows++ {
			for cols := 1; cols <= fast.nr; cols++ {
				for _, k := range []int{0, 1, 2, 3, 8, 33} {
					c := newTileCase(rng, rows, cols, k, fast.nr, k != 33)
					if !fast.fuses(engine.Act(c.act), c.y != nil) {
						c.act, c.y = 0, nil
					}
					if err := c.compare(fast.run); err != nil {
						t.Fatalf("%s: %v", fast.name, err)
					}
				}
			}
		}
	}
}

// TestGemmKernelsKeepNaN: a NaN or an infinity in one row of A shows in that row of C and nowhere else.
func TestGemmKernelsKeepNaN(t *testing.T) {
	for _, fast := range available {
		for act := range 3 {
			for _, special := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
				if !fast.fuses(engine.Act(act), false) {
					continue
				}
				c := newTileCase(rand.New(rand.NewPCG(7, 8)), fast.mr, fast.nr, 9, fast.nr, true)
				c.act, c.y = act, nil
				c.a[4*c.stepA+(fast.mr-1)*c.rowA] = special
				if err := c.compare(fast.run); err != nil {
					t.Errorf("%s with %v: %v", fast.name, special, err)
				}
			}
		}
	}
}

func TestGemmKernelCheckGoesRed(t *testing.T) {
	for name, spoil := range map[string]func(*microTile[float32]){
		"wrong sum":          func(t *microTile[float32]) { t.c[0]++ },
		"NaN":                func(t *microTile[float32]) { t.c[t.cols-1] = float32(math.NaN()) },
		"write after a row":  func(t *microTile[float32]) { t.c[(t.rows-1)*t.rowC+t.cols] = 0 },
		"write before C":     func(t *microTile[float32]) { *(*float32)(unsafe.Add(unsafe.Pointer(&t.c[0]), -4)) = 0 },
		"a row left out":     func(t *microTile[float32]) { t.c[t.rowC] = canary },
		"last term left out": func(t *microTile[float32]) { t.k--; tileGo(t) },
	} {
		c := newTileCase(rand.New(rand.NewPCG(9, 10)), 4, 5, 20, 8, false)
		c.from, c.y, c.act = nil, nil, 0
		if c.compare(func(t *microTile[float32]) { tileGo(t); spoil(t) }) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// TestGemmTileLayout: the generator in _gen has these offsets in it.
func TestGemmTileLayout(t *testing.T) {
	var m microTile[float32]
	for i, got := range []uintptr{unsafe.Offsetof(m.a), unsafe.Offsetof(m.b), unsafe.Offsetof(m.c), unsafe.Offsetof(m.rowA),
		unsafe.Offsetof(m.stepA), unsafe.Offsetof(m.stepB), unsafe.Offsetof(m.rowC), unsafe.Offsetof(m.k), unsafe.Offsetof(m.cols),
		unsafe.Offsetof(m.act), unsafe.Offsetof(m.rowFrom), unsafe.Offsetof(m.rowY), unsafe.Offsetof(m.bias), unsafe.Offsetof(m.from),
		unsafe.Offsetof(m.y)} {
		if want := []uintptr{0, 24, 48, 72, 80, 88, 96, 104, 120, 128, 136, 144, 152, 176, 200}[i]; unsafe.Sizeof(m.k) == 8 && got != want {
			t.Errorf("field %d lies at %d, the generator says %d", i, got, want)
		}
	}
}

func FuzzGemmKernel(f *testing.F) {
	f.Add(uint8(12), uint8(32), uint8(5), uint64(1), true)
	f.Add(uint8(1), uint8(17), uint8(0), uint64(2), false)
	f.Fuzz(func(t *testing.T, rows, cols, k uint8, seed uint64, whole bool) {
		for _, fast := range available {
			rng := rand.New(rand.NewPCG(seed, 11))
			c := newTileCase(rng, int(rows)%fast.mr+1, int(cols)%fast.nr+1, int(k), fast.nr, whole)
			if !fast.fuses(engine.Act(c.act), c.y != nil) {
				c.act, c.y = 0, nil
			}
			if err := c.compare(fast.run); err != nil {
				t.Fatalf("%s: %v", fast.name, err)
			}
		}
	})
}
