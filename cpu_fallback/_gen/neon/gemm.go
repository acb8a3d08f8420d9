package main

import "fmt"

// Offsets of the fields of cpu.microTile.
const (
	offA, offB, offC                                            = 0, 24, 48
	offRowA, offStepA, offStepB, offRowC, offK, offCols         = 72, 80, 88, 96, 104, 120
	offAct, offRowFrom, offRowY, offBias, offFrom, offY         = 128, 136, 144, 152, 176, 200
	actReLU, actLeaky                                           = 1, 2
	leakySlope                                          float32 = 0.2
)

// The registers of a tile: its 24 accumulators are V0 to V23.
const (
	tile, a, b, stepA, stepB, steps reg = 0, 1, 2, 3, 4, 5
	rowsA                           reg = 6 // and the four after it: how far below the first row of A the others lie
	edge, base, row, temp           reg = 11, 12, 13, 14
	vecB                            vec = 24 // to 27
	vecA                            vec = 28 // to 31
	inA                                 = 4  // so many
	height                              = 6
)

// gemm writes the micro-kernels: a tile is rows x (4·width) of C, the largest 6x16, whose accumulators stay in registers
// over all k. A step loads a row of B's panel, and one number of A for each row, which FMLA multiplies a vector by.
func gemm(p *program) {
	for width := 1; width <= 4; width++ {
		for rows := 1; rows <= height; rows++ {
			k := kernel{program: p, rows: rows, width: width}
			p.function(k.name(), "", "t *byte", "")
			k.write()
		}
	}
}

// kernel is one function being written.
type kernel struct {
	*program
	rows, width int
	partial     bool   // the last vector's columns are only some, as many as edge says
	suffix      string // of labels
	places      int    // named
}

func (k *kernel) name() string { return fmt.Sprintf("gemmNEON_%dx%d", k.rows, 4*k.width) }

func (k *kernel) acc(i, j int) vec { return vec(i*k.width + j) }

// vectors is n vector registers from v on.
func vectors(v vec, n int) []vec {
	s := make([]vec, n)
	for i := range s {
		s[i] = v + vec(i)
	}
	return s
}

func (k *kernel) write() {
	k.op("MOVD", "t+0(FP)", tile)
	for v := range vec(k.rows * k.width) {
		k.zero(v)
	}
	k.multiply()
	// A full tile has its own end, without branches for each vector.
	k.field(tile, offCols, edge)
	k.op("SUB", number(4*(k.width-1)), edge)
	k.op("CMP", "$4", edge)
	k.op("BLT", "partial")
	k.finish()
	k.label("partial")
	k.partial, k.suffix = true, "Partial"
	k.finish()
}

// multiply is the loop over k.
func (k *kernel) multiply() {
	k.field(tile, offK, steps)
	k.op("CBZ", steps, "multiplied")
	k.field(tile, offA, a)
	k.field(tile, offB, b)
	k.words(tile, offStepA, stepA)
	k.words(tile, offStepB, stepB)
	if k.rows > 1 {
		k.words(tile, offRowA, rowsA)
	}
	for i := 2; i < k.rows; i++ {
		k.op("ADD", rowsA, rowsA+reg(i-2), rowsA+reg(i-1))
	}
	k.label("step")
	k.load(b, vectors(vecB, k.width)...)
	loadA := func(i int) {
		from := at(a, 0)
		if i > 0 {
			from = fmt.Sprintf("(%v)(%v)", a, rowsA+reg(i-1))
		}
		k.op("FMOVS", from, f(vecA+vec(i%inA)))
	}
	for i := range min(k.rows, inA) {
		loadA(i)
	}
	for i := range k.rows {
		for j := range k.width {
			k.word(fmla0, k.acc(i, j), vecB+vec(j), vecA+vec(i%inA))
		}
		if i+inA < k.rows {
			loadA(i + inA)
		}
	}
	k.op("ADD", stepA, a)
	k.op("ADD", stepB, b)
	k.op("SUB", "$1", steps)
	k.op("CBNZ", steps, "step")
	k.label("multiplied")
}

// finish adds what the sums start from and the bias, applies or undoes the activation and stores.
func (k *kernel) finish() {
	t := vectors(vecB, k.width)
	k.field(tile, offFrom, base)
	k.op("CBZ", base, "bias"+k.suffix)
	k.each(offRowFrom, func(i int) {
		k.row(base, t)
		for j, v := range t {
			k.word(fadd, k.acc(i, j), k.acc(i, j), v)
		}
	})

	k.label("bias" + k.suffix)
	k.field(tile, offBias, base)
	k.op("CBZ", base, "undo"+k.suffix)
	k.row(base, t)
	for i := range k.rows {
		for j, v := range t {
			k.word(fadd, k.acc(i, j), k.acc(i, j), v)
		}
	}

	k.label("undo" + k.suffix)
	k.field(tile, offY, base)
	k.op("CBZ", base, "activate"+k.suffix)
	k.each(offRowY, func(i int) {
		k.row(base, t)
		for j, v := range t { // NaN is not <= 0: what flows back there is kept
			k.word(fcmle, v, v)
			k.word(bic, k.acc(i, j), k.acc(i, j), v)
		}
	})
	k.op("B", "store"+k.suffix)

	k.label("activate" + k.suffix)
	k.field(tile, offAct, temp)
	k.op("CBZ", temp, "store"+k.suffix)
	k.op("CMP", number(actLeaky), temp)
	k.op("BEQ", "leaky"+k.suffix)
	k.relu(vec(k.rows * k.width))
	k.op("B", "store"+k.suffix)

	k.label("leaky" + k.suffix)
	k.leakyReLU(vec(k.rows*k.width), temp)

	k.label("store" + k.suffix)
	k.field(tile, offC, base)
	k.each(offRowC, func(i int) {
		v := vectors(k.acc(i, 0), k.width)
		if !k.partial {
			k.store(base, v...)
			return
		}
		k.store(base, v[:k.width-1]...)
		k.storeSome(v[k.width-1], base, 16*(k.width-1), edge, temp, k.place())
	})
	k.op("RET")
}

// each writes what f does for a row i, with base going from row to row, as far apart as the field at offset says.
func (k *kernel) each(offset int, f func(i int)) {
	k.words(tile, offset, row)
	for i := range k.rows {
		f(i)
		if i+1 < k.rows {
			k.op("ADD", row, base)
		}
	}
}

// row loads a row of the tile; of its last vector only the columns that there are, and zeros.
func (k *kernel) row(from reg, to []vec) {
	if !k.partial {
		k.load(from, to...)
		return
	}
	k.load(from, to[:k.width-1]...)
	k.loadSome(to[k.width-1], base, 16*(k.width-1), edge, temp, k.place())
}

// place names a place in the function.
func (k *kernel) place() string {
	k.places++
	return fmt.Sprint(k.places)
}
