//go:build !purego

package cpu

import "unsafe"

//go:generate go -C _gen run ./gemm -isa avx2 -pkg cpu -out ../gemm_avx2_amd64.s -stubs ../gemm_avx2_amd64.go
//go:generate go -C _gen run ./gemm -isa avx512 -pkg cpu -out ../gemm_avx512_amd64.s -stubs ../gemm_avx512_amd64.go

var avx2Kernel = kernels{"avx2", 6, 16, func(t *microTile[float32]) {
	avx2Tiles[(t.cols-1)/8][t.rows-1]((*byte)(unsafe.Pointer(t)))
}, fusesSimple}

var avx512Kernel = kernels{"avx512", 12, 32, func(t *microTile[float32]) {
	avx512Tiles[(t.cols-1)/16][t.rows-1]((*byte)(unsafe.Pointer(t)))
}, fusesSimple}

func init() {
	if hasAVX2 {
		available = append(available, avx2Kernel)
	}
	if hasAVX512 {
		available = append(available, avx512Kernel)
	}
	kernel = available[len(available)-1]
}

// The tables' rows are tiles of up to one and up to two vectors of columns.

var avx2Tiles = [2][6]func(*byte){
	{gemmAVX2_1x8, gemmAVX2_2x8, gemmAVX2_3x8, gemmAVX2_4x8, gemmAVX2_5x8, gemmAVX2_6x8},
	{gemmAVX2_1x16, gemmAVX2_2x16, gemmAVX2_3x16, gemmAVX2_4x16, gemmAVX2_5x16, gemmAVX2_6x16},
}

var avx512Tiles = [2][12]func(*byte){
	{gemmAVX512_1x16, gemmAVX512_2x16, gemmAVX512_3x16, gemmAVX512_4x16, gemmAVX512_5x16, gemmAVX512_6x16,
		gemmAVX512_7x16, gemmAVX512_8x16, gemmAVX512_9x16, gemmAVX512_10x16, gemmAVX512_11x16, gemmAVX512_12x16},
	{gemmAVX512_1x32, gemmAVX512_2x32, gemmAVX512_3x32, gemmAVX512_4x32, gemmAVX512_5x32, gemmAVX512_6x32,
		gemmAVX512_7x32, gemmAVX512_8x32, gemmAVX512_9x32, gemmAVX512_10x32, gemmAVX512_11x32, gemmAVX512_12x32},
}
