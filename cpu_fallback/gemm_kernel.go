package cpu

import "github.com/braidml/braid/internal/engine"

// microTile is one call of a micro-kernel: rows x cols of C, at most mr() x nr(), from k steps of a block of A and a panel
// of B. A's element (i, k) is a[i·rowA + k·stepA], B's (k, j) is b[k·stepB + j], so that one kernel reads operands
// packed or in place. All nr() columns of B may be read, and only cols of them count.
//
// The assembly kernels know the offsets of the fields; a test compares. What is read before the loop over k lies first.
type microTile[T float] struct {
	a, b, c                  []T
	rowA, stepA, stepB, rowC int
	k, rows, cols            int
	act                      int // an engine.Act that the kernel applies, or undoes, itself: see kernels.fuses
	rowFrom, rowY            int
	bias                     []T // of this tile's columns, or nil
	from, y                  []T // like c: what is added to the sums, and the output of act, which is then undone; or nil
}

// kernels are the micro-kernel for float32 and its tile's size. float64 uses the Go kernel on tiles of the same size.
type kernels struct {
	name   string
	mr, nr int
	run    func(*microTile[float32])
	fuses  func(a engine.Act, undo bool) bool // which activations run applies, and undoes
}

// goKernel is the reference, and the kernel of machines that have no other.
var goKernel = kernels{"go", 8, 8, tileGo[float32], func(a engine.Act, _ bool) bool { return a == engine.ActNone }}

// fusesSimple is the fuses of the kernels in assembly.
func fusesSimple(a engine.Act, undo bool) bool {
	return a == engine.ActNone || a == engine.ActReLU || a == engine.ActLeakyReLU && !undo
}

// available are the kernels of this machine, slowest first. kernel is the last of them; tests change it.
var (
	available = []kernels{goKernel}
	kernel    = goKernel
)

// mr and nr are the heights of panels of A and the widths of panels of B. They differ between CPUs.
func mr() int { return kernel.mr }
func nr() int { return kernel.nr }

// run computes t with the fastest kernel there is for T.
func (t *microTile[T]) run() {
	if f, ok := any(t).(*microTile[float32]); ok {
		kernel.run(f)
		return
	}
	tileGo(t)
}

// tileGo works on 2x4 elements at a time: with more, amd64's sixteen registers spill.
func tileGo[T float](t *microTile[T]) {
	for j := 0; j < t.cols; j += 4 {
		for i := 0; i < t.rows; i += 2 {
			var c00, c01, c02, c03, c10, c11, c12, c13 T
			a0, a1 := t.a, t.a // may be empty where k is 0
			if t.k > 0 {
				a0, a1 = t.a[i*t.rowA:], t.a[min(i+1, t.rows-1)*t.rowA:]
			}
			for k := range t.k {
				b := t.b[k*t.stepB+j:]
				b = b[:4:4]
				x, y := a0[k*t.stepA], a1[k*t.stepA]
				c00 += x * b[0]
				c01 += x * b[1]
				c02 += x * b[2]
				c03 += x * b[3]
				c10 += y * b[0]
				c11 += y * b[1]
				c12 += y * b[2]
				c13 += y * b[3]
			}
			t.store(i, j, [4]T{c00, c01, c02, c03})
			if i+1 < t.rows {
				t.store(i+1, j, [4]T{c10, c11, c12, c13})
			}
		}
	}
}

// store is the end of tileGo for up to four elements of row i from column j on.
func (t *microTile[T]) store(i, j int, v [4]T) {
	c := t.c[i*t.rowC+j : i*t.rowC+min(j+4, t.cols)]
	for l := range c {
		x := v[l]
		if t.from != nil {
			x += t.from[i*t.rowFrom+j+l]
		}
		if t.bias != nil {
			x += t.bias[j+l]
		}
		c[l] = x
	}
}
