//go:build linux && cgo && !cpu

package cuda

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// operand is a buffer of an operation, by what it holds before. The zero operand is an absent buffer.
type operand struct {
	dtype  engine.DType
	values []float64
	given  bool
}

func reals(v ...float64) operand {
	v = slices.Clone(v)
	for i := range v {
		v[i] = float64(float32(v[i])) // the reference gets the same numbers
	}
	return operand{engine.F32, v, true}
}
func ints(v ...float64) operand   { return operand{engine.I32, v, true} }
func pixels(v ...float64) operand { return operand{engine.U8, v, true} }

// output is a buffer of n elements. What an operation leaves out stays NaN, or 77.
func output(t engine.DType, n int) operand {
	poison := 77.0
	if t.Real() {
		poison = math.NaN()
	}
	return operand{t, slices.Repeat([]float64{poison}, n), true}
}

func gaussian(n int, seed uint64) []float64 {
	rng, x := rand.New(rand.NewPCG(seed, 1)), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// An operation is run with the buffers of its operands, in their order.
type operation func(s engine.Stream, b []engine.Buffer) error

// parity runs an operation on the GPU, and on the CPU in float64, and compares all operands afterwards: outputs within
// tol, integers exactly. The GPU runs it twice: in buffers with nothing around them, so that the emulated driver sees
// any access outside, and between guards at addresses that no vector load is aligned to.
func parity(t *testing.T, what string, tol check.Tol, operands []operand, f operation) {
	t.Helper()
	parityOn(t, testDevice(t), what, tol, operands, f)
}

func parityOn(t *testing.T, d *Device, what string, tol check.Tol, operands []operand, f operation) {
	t.Helper()
	wide := slices.Clone(operands)
	for i := range wide {
		if wide[i].dtype == engine.F32 {
			wide[i].dtype = engine.F64
		}
	}
	want, err := compute(cpu.New(), wide, 0, f)
	if err != nil {
		t.Fatalf("%s: on the CPU: %v", what, err)
	}
	for _, guard := range []int{0, 16} {
		got, err := compute(d, operands, guard, f)
		if err != nil {
			t.Fatalf("%s: guards of %d: %v", what, guard, err)
		}
		if m := differ(operands, got, want, tol); m != "" {
			t.Errorf("%s: guards of %d: %s", what, guard, m)
		}
	}
}

func differ(operands []operand, got, want [][]float64, tol check.Tol) string {
	for i, o := range operands {
		limit := tol
		if !o.dtype.Real() {
			limit = check.Tol{}
		}
		if m := check.Diff(got[i], want[i], limit); m != "" {
			return fmt.Sprintf("operand %d: %s", i, m)
		}
	}
	return ""
}

// compute runs f on a device and returns what its operands hold then. Guard is how many elements lie before and after.
func compute(d engine.Device, operands []operand, guard int, f operation) (values [][]float64, err error) {
	s, err := d.NewStream()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	buffers := make([]engine.Buffer, len(operands))
	images := make([][]byte, len(operands))
	for i, o := range operands {
		if !o.given {
			continue
		}
		size, odd := o.dtype.Size(), min(guard, 1)
		fence := bytes.Repeat([]byte{0xA5}, guard*size)
		images[i] = slices.Concat(fence, fence[:odd*size], encode(o.dtype, o.values), fence)
		m, err := d.Alloc(len(images[i]))
		if err != nil {
			return nil, err
		}
		defer d.Free(m)
		buffers[i] = engine.Buffer{Mem: m, Off: (guard + odd) * size, Len: len(o.values), DType: o.dtype}
		whole := engine.Buffer{Mem: m, Len: len(images[i]), DType: engine.U8}
		if err := d.Do(func() error { return s.Upload(whole, images[i]) }); err != nil {
			return nil, err
		}
	}
	if err := d.Do(func() error { return f(s, buffers) }); err != nil {
		return nil, err
	}
	for i, o := range operands {
		if !o.given {
			values = append(values, nil)
			continue
		}
		b, after := buffers[i], make([]byte, len(images[i]))
		whole := engine.Buffer{Mem: b.Mem, Len: len(after), DType: engine.U8}
		err := d.Do(func() error {
			if err := s.Download(after, whole); err != nil {
				return err
			}
			return s.Sync()
		})
		if err != nil {
			return nil, err
		}
		from, to := b.Off, b.Off+b.Bytes()
		if !bytes.Equal(after[:from], images[i][:from]) || !bytes.Equal(after[to:], images[i][to:]) {
			return nil, fmt.Errorf("operand %d: the operation wrote outside of its %d elements", i, b.Len)
		}
		values = append(values, decode(o.dtype, after[from:to]))
	}
	return values, nil
}

func encode(t engine.DType, v []float64) []byte {
	b := []byte{}
	for _, x := range v {
		switch t {
		case engine.F32:
			b = binary.NativeEndian.AppendUint32(b, math.Float32bits(float32(x)))
		case engine.F64:
			b = binary.NativeEndian.AppendUint64(b, math.Float64bits(x))
		case engine.I32:
			b = binary.NativeEndian.AppendUint32(b, uint32(int32(x)))
		case engine.U8:
			b = append(b, uint8(x))
		}
	}
	return b
}

func decode(t engine.DType, b []byte) []float64 {
	v := make([]float64, len(b)/t.Size())
	for i := range v {
		switch at := b[i*t.Size():]; t {
		case engine.F32:
			v[i] = float64(math.Float32frombits(binary.NativeEndian.Uint32(at)))
		case engine.F64:
			v[i] = math.Float64frombits(binary.NativeEndian.Uint64(at))
		case engine.I32:
			v[i] = float64(int32(binary.NativeEndian.Uint32(at)))
		case engine.U8:
			v[i] = float64(at[0])
		}
	}
	return v
}

// TestParityGoesRed runs operations that do different things on the two engines.
func TestParityGoesRed(t *testing.T) {
	d := testDevice(t)
	operands := []operand{output(engine.F32, 5), output(engine.I32, 5), {}}
	fill := func(real, whole float64, n int) operation {
		return func(s engine.Stream, b []engine.Buffer) error {
			if err := s.Fill(engine.Fill{Y: b[0].Window(0, n), Value: real}); err != nil {
				return err
			}
			return s.Fill(engine.Fill{Y: b[1], Value: whole})
		}
	}
	run := func(real, whole float64, n, guard int) ([][]float64, error) {
		return compute(d, operands, guard, fill(real, whole, n))
	}
	want, err := run(1, 2, 5, 0)
	must(t, err)
	tol := check.Tol{Abs: 1e-6}
	for _, c := range []struct {
		what        string
		real, whole float64
		n           int
		red         bool
	}{
		{"the same", 1, 2, 5, false},
		{"another real", 1.001, 2, 5, true},
		{"another integer", 1, 3, 5, true},
		{"the last element left out", 1, 2, 4, true},
		{"NaN", math.NaN(), 2, 5, true},
	} {
		got, err := run(c.real, c.whole, c.n, 16)
		must(t, err)
		if m := differ(operands, got, want, tol); (m != "") != c.red {
			t.Errorf("%s: the comparison says %q", c.what, m)
		}
	}
	if _, err := run(1, 2, 6, 16); err == nil {
		t.Error("a write behind the buffer passes")
	}
}
