//go:build linux && cgo && !cpu

package cuda

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// What is uploaded may be overwritten at once, in every size around those of the ring and its pieces.
func TestUploadDownload(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 63, 64, 4097, smallRing/shares - 1, smallRing / shares, smallRing, smallRing + 1, 3 * smallRing, largeRing/shares + 5} {
		b := memory(t, d, engine.U8, n)
		src, want := make([]byte, n), make([]byte, n)
		for i := range src {
			src[i] = byte(rng.Uint32())
		}
		copy(want, src)
		got := make([]byte, n)
		must(t, d.Do(func() error {
			if err := s.Upload(b, src); err != nil {
				return err
			}
			clear(src)
			return s.Download(got, b)
		}))
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes changed on the way", n)
		}
	}
}

// Many small uploads without a wait: the ring wraps, and pieces are taken again only when they are free.
func TestManyUploads(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	const many, size = 3 * mostBusy, 1000
	b := memory(t, d, engine.U8, many*size)
	got := make([]byte, many*size)
	must(t, d.Do(func() error {
		src := make([]byte, size)
		for i := range many {
			for j := range src {
				src[j] = byte(i * (j + 1))
			}
			if err := s.Upload(b.Window(i*size, size), src); err != nil {
				return err
			}
		}
		return s.Download(got, b)
	}))
	for i, v := range got {
		if want := byte(i / size * (i%size + 1)); v != want {
			t.Fatalf("byte %d of upload %d is %d, want %d", i%size, i/size, v, want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, n := range []int{0, 1, 33} {
		for _, v := range []float64{0, 1, -2.7, 300.9, 1e20, math.Inf(-1), math.NaN()} {
			operands := []operand{output(engine.F32, n), output(engine.I32, n), output(engine.U8, n)}
			// 1e20 and -2.7 are rounded to float32
			parity(t, fmt.Sprintf("fill of %d with %v", n, v), check.Tol{Rel: check.Epsilon / 2, NaN: true}, operands, func(s engine.Stream, b []engine.Buffer) error {
				for _, y := range b {
					if err := s.Fill(engine.Fill{Y: y, Value: v}); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
}

func TestCopy(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	special := []float64{0, -0.9, 0.9, 1.5, -1.5, 254.9, 255, 256, 1e9, -1e9, 2147483520, 2147483648, -2147483648, 1e20, -1e20, inf, -inf, nan}
	whole := []float64{0, 1, -1, 255, 256, -256, math.MaxInt32, math.MinInt32, 16777217}
	small := []float64{0, 1, 77, 127, 128, 254, 255}
	for _, n := range []int{0, 1, 7, 1000} {
		cycle := func(v []float64) []float64 {
			x := make([]float64, n)
			for i := range x {
				x[i] = v[i%len(v)]
			}
			return x
		}
		for _, x := range []operand{reals(cycle(special)...), ints(cycle(whole)...), pixels(cycle(small)...)} {
			for _, to := range []engine.DType{engine.F32, engine.I32, engine.U8} {
				for _, unit := range []bool{false, true} {
					if unit && (x.dtype != engine.U8 || to != engine.F32) {
						continue
					}
					// 16777217 and a 255th are rounded once
					tol := check.Tol{Rel: check.Epsilon / 2, NaN: true}
					parity(t, fmt.Sprintf("%d of %v to %v", n, x.dtype, to), tol, []operand{output(to, n), x}, func(s engine.Stream, b []engine.Buffer) error {
						return s.Copy(engine.Copy{Y: b[0], X: b[1], Unit: unit})
					})
				}
			}
		}
	}
}
