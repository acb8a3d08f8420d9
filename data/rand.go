package data

import "math/rand/v2"

// RowRand gives each row of a data set random numbers of its own. They depend on the seed, the epoch and the row, and
// not on the batch it is in: augmentation is the same whatever the batch size, the number of workers or of processes.
type RowRand struct {
	seed, epoch uint64
	pcg         rand.PCG
	rng         *rand.Rand
}

// NewRowRand is for those who call [Source.Read] themselves; a loader makes its own.
func NewRowRand(seed uint64, epoch int) *RowRand {
	r := &RowRand{seed: seed, epoch: uint64(epoch)}
	r.rng = rand.New(&r.pcg)
	return r
}

// Row is row's generator at its start. It is valid until the next call.
func (r *RowRand) Row(row int) *rand.Rand {
	r.pcg.Seed(mix(r.seed, r.epoch), mix(uint64(row), r.seed))
	return r.rng
}

// drawn is a generator of row's for one purpose, so that what it decides has nothing to do with how the row's picture is
// augmented. A nil r is that of seed 0 and epoch 0: those who read rows without drawing get the same each time.
func (r *RowRand) drawn(row int) *rand.Rand {
	if r == nil {
		r = NewRowRand(0, 0)
	}
	r.pcg.Seed(mix(mix(r.seed, r.epoch), purposeDrawn), mix(uint64(row), purposeDrawn))
	return r.rng
}

// stream is a generator for one purpose: the same seed with another purpose has nothing to do with it.
func stream(seed, purpose, number uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed, purpose), mix(number, purpose)))
}

// Purposes of streams.
const (
	purposeOrder = iota + 1
	purposeSplit
	purposeShapes
	purposeShuffled
	purposeLongTail
	purposeDrawn
)

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014) over both words: neighbouring seeds and rows must
// not start neighbouring generators.
func mix(a, b uint64) uint64 {
	z := a*0x9e3779b97f4a7c15 + b + 0x632be59bd9b4e019
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
