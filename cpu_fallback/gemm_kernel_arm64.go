//go:build !purego

package cpu

import "unsafe"

// Every arm64 processor that Go runs on has NEON.
var neonKernel = kernels{"neon", 6, 16, func(t *microTile[float32]) {
	neonTiles[(t.cols-1)/4][t.rows-1]((*byte)(unsafe.Pointer(t)))
}, fusesSimple}

func init() {
	available = append(available, neonKernel)
	kernel = neonKernel
}

// The table's rows are tiles of up to one, two, three and four vectors of columns.
var neonTiles = [4][6]func(*byte){
	{gemmNEON_1x4, gemmNEON_2x4, gemmNEON_3x4, gemmNEON_4x4, gemmNEON_5x4, gemmNEON_6x4},
	{gemmNEON_1x8, gemmNEON_2x8, gemmNEON_3x8, gemmNEON_4x8, gemmNEON_5x8, gemmNEON_6x8},
	{gemmNEON_1x12, gemmNEON_2x12, gemmNEON_3x12, gemmNEON_4x12, gemmNEON_5x12, gemmNEON_6x12},
	{gemmNEON_1x16, gemmNEON_2x16, gemmNEON_3x16, gemmNEON_4x16, gemmNEON_5x16, gemmNEON_6x16},
}
