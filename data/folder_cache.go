package data

import "sync/atomic"

// pictureCache keeps the pixels of rows that were decoded. Memory is asked for at once and filled as rows are read.
type pictureCache struct {
	size   int
	pixels []uint8
	state  []atomic.Uint32 // 0: not there, 1: somebody is writing, 2: there
}

func newPictureCache(rows, size int) *pictureCache {
	return &pictureCache{size: size, pixels: make([]uint8, rows*size), state: make([]atomic.Uint32, rows)}
}

// get copies a row's pixels to out, if they are there.
func (c *pictureCache) get(row int, out []uint8) bool {
	if c == nil || c.state[row].Load() != 2 {
		return false
	}
	copy(out, c.pixels[row*c.size:])
	return true
}

// put keeps a row's pixels, unless somebody else does so at the time.
func (c *pictureCache) put(row int, pixels []uint8) {
	if c == nil || !c.state[row].CompareAndSwap(0, 1) {
		return
	}
	copy(c.pixels[row*c.size:(row+1)*c.size], pixels)
	c.state[row].Store(2)
}
