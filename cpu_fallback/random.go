package cpu

import (
	"math"
	"math/bits"

	"github.com/braidml/braid/internal/engine"
)

// Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57 // multipliers
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85 // added to the key each round: golden ratio, √3 - 1
)

// philox is ten rounds over the counter c0 … c3 with key k0, k1.
func philox(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	for range 10 {
		hi0, lo0 := bits.Mul32(philoxM0, c0)
		hi1, lo1 := bits.Mul32(philoxM1, c2)
		c0, c1, c2, c3 = hi1^c1^k0, lo1, hi0^c3^k1, lo0
		k0 += philoxW0
		k1 += philoxW1
	}
	return c0, c1, c2, c3
}

// draws is the stream of random words of one operation. State is read when the operation runs.
type draws struct {
	seed0, seed1, site, step0, step1 uint32
	keys                             [20]uint32 // of the rounds, two each
}

func newDraws(state engine.Buffer, site uint32) *draws {
	s := view[int32](state)
	d := &draws{seed0: uint32(s[0]), seed1: uint32(s[1]), site: site, step0: uint32(s[2]), step1: uint32(s[3])}
	for i := range uint32(10) {
		d.keys[2*i], d.keys[2*i+1] = d.seed0+i*philoxW0, d.seed1+i*philoxW1
	}
	return d
}

const drawTile = 1024 // words that are drawn before they are used

// words sets w[:n], and some more, to the draws from number at on; at is a multiple of 4.
func (d *draws) words(w *[drawTile]uint32, at, n int) {
	if fastWords(d, w, at, n) {
		return
	}
	for i := 0; i < n; i += 4 {
		w := w[i : i+4]
		w[0], w[1], w[2], w[3] = philox(uint32((at+i)/4), d.site, d.step0, d.step1, d.seed0, d.seed1)
	}
}

// unit is the 24 upper bits of w as a number in [0, 1), exact in both precisions.
func unit[T float](w uint32) T { return T(w>>8) * 0x1p-24 }

// normalPair is Box-Muller. Both precisions go through float64: then a float32 draw is rounded once.
func normalPair[T float](w0, w1 uint32) (T, T) {
	r := math.Sqrt(-2 * math.Log(float64(w0>>8+1)*0x1p-24))
	sin, cos := math.Sincos(2 * math.Pi * unit[float64](w1))
	return T(r * cos), T(r * sin)
}

// normalDraws sets y to the draws that w gives; the last pair may be needed by half.
func normalDraws[T float](y []T, w *[drawTile]uint32) {
	for j := 0; j < len(y); j += 2 {
		first, second := normalPair[T](w[j], w[j+1])
		y[j] = first
		if j+1 < len(y) {
			y[j+1] = second
		}
	}
}

// Normal is Y = A + B·draw, normally distributed.
func (*Stream) Normal(o engine.Noise) error { return noise(o, true) }

// Uniform is Y = A + B·draw, uniform in [0, 1).
func (*Stream) Uniform(o engine.Noise) error { return noise(o, false) }

func noise(o engine.Noise, normal bool) error {
	if o.State.DType != engine.I32 {
		return engine.ErrUnsupported
	}
	switch o.Y.DType {
	case engine.F32:
		makeNoise[float32](o, normal)
	case engine.F64:
		makeNoise[float64](o, normal)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func makeNoise[T float](o engine.Noise, normal bool) {
	y, d := view[T](o.Y), newDraws(o.State, o.Site)
	a, b := T(o.A), T(o.B)
	parallelRuns(pieces(len(y), heavyGrain), func(i int) {
		var w [drawTile]uint32
		from, to := piece(i, len(y), heavyGrain)
		for ; from < to; from += drawTile {
			y := y[from:min(to, from+drawTile)]
			d.words(&w, from, len(y))
			if normal {
				normalDraws(y, &w)
			} else if fastUniform(y, &w, a, b) {
				continue
			} else {
				for j := range y {
					y[j] = unit[T](w[j])
				}
			}
			for j, v := range y {
				y[j] = a + T(b*v) // T keeps machines with a fused multiply-add from using it
			}
		}
	})
}

// Dropout zeroes elements with probability Rate and divides the others by 1-Rate.
func (*Stream) Dropout(o engine.Dropout) error {
	if o.X.DType != o.Y.DType || o.State.DType != engine.I32 {
		return engine.ErrUnsupported
	}
	switch o.Y.DType {
	case engine.F32:
		dropout[float32](o)
	case engine.F64:
		dropout[float64](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func dropout[T float](o engine.Dropout) {
	y, x, d := view[T](o.Y), view[T](o.X), newDraws(o.State, o.Site)
	n, keep := min(len(y), len(x)), T(1-o.Rate)
	// A draw is a multiple of 2⁻²⁴, so comparing integers is exact for every Rate.
	least := uint32(math.Ceil(o.Rate * (1 << 24)))
	parallelRuns(pieces(n, heavyGrain), func(i int) {
		var w [drawTile]uint32
		from, to := piece(i, n, heavyGrain)
		for ; from < to; from += drawTile {
			y, x := y[from:min(to, from+drawTile)], x[from:min(to, from+drawTile)]
			d.words(&w, from, len(x))
			if fastDropout(y, x, &w, least, keep) {
				continue
			}
			for j, v := range x {
				kept := [2]T{0, v / keep}
				y[j] = kept[one(w[j]>>8 >= least)&1] // no branch: half of them would be mispredicted
			}
		}
	})
}
