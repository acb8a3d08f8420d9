//go:build !purego

package cpu

// packForward transforms the taps of filters [j0, j1) for channels [c0, c1), which are weights [K, 4, 4, C]. They are
// turned first, as there are six times as many numbers after the transformation.
func (p *polyphase) packForward(dst []float32, j0, j1, c0, c1 int) {
	size := (c1 - c0) * nr()
	m := getMill[float32](16 * size)
	defer m.release()
	for tap := range 16 {
		turn(m.space[tap*size:][:size], nr(), p.filters[(j0*16+tap)*p.c+c0:], 16*p.c, j1-j0, c1-c0)
	}
	for f := range 4 {
		taps := m.space[(f/2*4+f%2)*size:]
		polyphaseWeights.tile(dst[(f*p.c+c0)*nr():], 5*p.apart, p.apart, taps, 8*size, 2*size, size)
	}
}

// packTransposed transforms the taps from channels [c0, c1) to channels [j0, j1), which are weights [c, 4, 4, k]. The tap
// that an output reads its first pixel through is the later one of its component.
func (p *polyphase) packTransposed(dst []float32, j0, j1, c0, c1 int) {
	for c := c0; c < c1; c++ {
		for f := range 4 {
			taps := p.filters[(c*16+f/2*4+f%2)*p.k+j0:]
			polyphaseWeights.flipped(dst[f*polyphaseSpots*p.apart+c*nr():], 5*p.apart, p.apart, taps, 8*p.k, 2*p.k, j1-j0)
		}
	}
}
