//go:build !purego

package cpu

import "unsafe"

//go:generate go -C _gen run ./conv -isa avx2 -pkg cpu -out ../conv_avx2_amd64.s -stubs ../conv_avx2_amd64.go
//go:generate go -C _gen run ./conv -isa avx512 -pkg cpu -out ../conv_avx512_amd64.s -stubs ../conv_avx512_amd64.go

var avx2Pixels = pixelKernels{12, 8, 2, func(t *pixelTiles) {
	avx2PixelTiles[(t.cols-1)/8][t.high-1]((*byte)(unsafe.Pointer(t)))
}, foldAVX}

var avx512Pixels = pixelKernels{24, 16, 4, func(t *pixelTiles) {
	avx512PixelTiles[(t.cols-1)/16][t.high-1]((*byte)(unsafe.Pointer(t)))
}, foldAVX}

func foldAVX(f *pixelFold, c int) { foldChannels[c-1]((*byte)(unsafe.Pointer(f))) }

var foldChannels = [foldMost]func(*byte){convFold1, convFold2, convFold3, convFold4}

// pixelKernel goes with the products' kernel.
func pixelKernel() *pixelKernels {
	switch kernel.name {
	case avx512Kernel.name:
		return &avx512Pixels
	case avx2Kernel.name:
		return &avx2Pixels
	}
	return &goPixels
}

// The tables' rows are tiles of one vector of columns and more.

var avx2PixelTiles = [2][]func(*byte){
	{convPixelsAVX2_1x8, convPixelsAVX2_2x8, convPixelsAVX2_3x8, convPixelsAVX2_4x8, convPixelsAVX2_5x8, convPixelsAVX2_6x8,
		convPixelsAVX2_7x8, convPixelsAVX2_8x8, convPixelsAVX2_9x8, convPixelsAVX2_10x8, convPixelsAVX2_11x8, convPixelsAVX2_12x8},
	{convPixelsAVX2_1x16, convPixelsAVX2_2x16, convPixelsAVX2_3x16, convPixelsAVX2_4x16, convPixelsAVX2_5x16, convPixelsAVX2_6x16},
}

var avx512PixelTiles = [4][]func(*byte){
	{convPixelsAVX512_1x16, convPixelsAVX512_2x16, convPixelsAVX512_3x16, convPixelsAVX512_4x16, convPixelsAVX512_5x16, convPixelsAVX512_6x16,
		convPixelsAVX512_7x16, convPixelsAVX512_8x16, convPixelsAVX512_9x16, convPixelsAVX512_10x16, convPixelsAVX512_11x16, convPixelsAVX512_12x16,
		convPixelsAVX512_13x16, convPixelsAVX512_14x16, convPixelsAVX512_15x16, convPixelsAVX512_16x16, convPixelsAVX512_17x16, convPixelsAVX512_18x16,
		convPixelsAVX512_19x16, convPixelsAVX512_20x16, convPixelsAVX512_21x16, convPixelsAVX512_22x16, convPixelsAVX512_23x16, convPixelsAVX512_24x16},
	{convPixelsAVX512_1x32, convPixelsAVX512_2x32, convPixelsAVX512_3x32, convPixelsAVX512_4x32, convPixelsAVX512_5x32, convPixelsAVX512_6x32,
		convPixelsAVX512_7x32, convPixelsAVX512_8x32, convPixelsAVX512_9x32, convPixelsAVX512_10x32, convPixelsAVX512_11x32, convPixelsAVX512_12x32},
	{convPixelsAVX512_1x48, convPixelsAVX512_2x48, convPixelsAVX512_3x48, convPixelsAVX512_4x48, convPixelsAVX512_5x48, convPixelsAVX512_6x48,
		convPixelsAVX512_7x48, convPixelsAVX512_8x48},
	{convPixelsAVX512_1x64, convPixelsAVX512_2x64, convPixelsAVX512_3x64, convPixelsAVX512_4x64, convPixelsAVX512_5x64, convPixelsAVX512_6x64},
}
