//go:build !purego

package cpu

import "unsafe"

//go:generate go -C _gen run ./conv -family pixels -isa avx2 -pkg cpu -out ../conv_pixels_avx2_amd64.s -stubs ../conv_pixels_avx2_amd64.go
//go:generate go -C _gen run ./conv -family pixels -isa avx512 -pkg cpu -out ../conv_pixels_avx512_amd64.s -stubs ../conv_pixels_avx512_amd64.go
//go:generate go -C _gen run ./conv -family taps -isa avx2 -pkg cpu -out ../conv_taps_avx2_amd64.s -stubs ../conv_taps_avx2_amd64.go
//go:generate go -C _gen run ./conv -family taps -isa avx512 -pkg cpu -out ../conv_taps_avx512_amd64.s -stubs ../conv_taps_avx512_amd64.go
//go:generate go -C _gen run ./conv -family spots -isa avx2 -pkg cpu -out ../conv_spots_avx2_amd64.s -stubs ../conv_spots_avx2_amd64.go
//go:generate go -C _gen run ./conv -family spots -isa avx512 -pkg cpu -out ../conv_spots_avx512_amd64.s -stubs ../conv_spots_avx512_amd64.go
//go:generate go -C _gen run ./conv -family fold -isa avx2 -pkg cpu -out ../conv_fold_amd64.s -stubs ../conv_fold_amd64.go

var avx2Pixels = pixelKernels{12, 8, 2, func(t *pixelTiles) {
	avx2PixelTiles[(t.cols-1)/8][t.high-1]((*byte)(unsafe.Pointer(t)))
}, foldAVX, 12, func(t *tapSums) { avx2TapTiles[(t.cols-1)/8][t.filterRows-1][t.run-1]((*byte)(unsafe.Pointer(t))) }, 9,
	func(t *tapSums, channels, half int) { avx2Spots[half]((*byte)(unsafe.Pointer(t))) }}

var avx512Pixels = pixelKernels{24, 16, 4, func(t *pixelTiles) {
	avx512PixelTiles[(t.cols-1)/16][t.high-1]((*byte)(unsafe.Pointer(t)))
}, foldAVX, 28, func(t *tapSums) { avx512TapTiles[(t.cols-1)/16][t.filterRows-1][t.run-1]((*byte)(unsafe.Pointer(t))) }, 27,
	func(t *tapSums, channels, half int) {
		avx512Spots[half][t.filterRows-1][channels-rowChannels]((*byte)(unsafe.Pointer(t)))
	}}

func foldAVX(f *pixelFold, c int) { foldChannels[c-1]((*byte)(unsafe.Pointer(f))) }

var foldChannels = [foldMost]func(*byte){convFold1, convFold2, convFold3, convFold4}

// pixelKernel goes with the products' kernel. It is nil where there is none: convolutions with few channels are products
// of strips then, as others are.
func pixelKernel() *pixelKernels {
	switch kernel.name {
	case avx512Kernel.name:
		return &avx512Pixels
	case avx2Kernel.name:
		return &avx2Pixels
	}
	return nil
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

// These tables' rows are tiles of one and two vectors of columns, and of one to four rows of a filter.

var avx2TapTiles = [2][4][]func(*byte){
	{
		{convTapsAVX2_1x1x8, convTapsAVX2_1x2x8, convTapsAVX2_1x3x8, convTapsAVX2_1x4x8, convTapsAVX2_1x5x8,
			convTapsAVX2_1x6x8, convTapsAVX2_1x7x8, convTapsAVX2_1x8x8, convTapsAVX2_1x9x8, convTapsAVX2_1x10x8,
			convTapsAVX2_1x11x8, convTapsAVX2_1x12x8},
		{convTapsAVX2_2x1x8, convTapsAVX2_2x2x8, convTapsAVX2_2x3x8, convTapsAVX2_2x4x8, convTapsAVX2_2x5x8,
			convTapsAVX2_2x6x8},
		{convTapsAVX2_3x1x8, convTapsAVX2_3x2x8, convTapsAVX2_3x3x8, convTapsAVX2_3x4x8},
		{convTapsAVX2_4x1x8, convTapsAVX2_4x2x8, convTapsAVX2_4x3x8},
	},
	{
		{convTapsAVX2_1x1x16, convTapsAVX2_1x2x16, convTapsAVX2_1x3x16, convTapsAVX2_1x4x16, convTapsAVX2_1x5x16,
			convTapsAVX2_1x6x16},
		{convTapsAVX2_2x1x16, convTapsAVX2_2x2x16, convTapsAVX2_2x3x16},
		{convTapsAVX2_3x1x16, convTapsAVX2_3x2x16},
		{convTapsAVX2_4x1x16},
	},
}

var avx512TapTiles = [2][4][]func(*byte){
	{
		{convTapsAVX512_1x1x16, convTapsAVX512_1x2x16, convTapsAVX512_1x3x16, convTapsAVX512_1x4x16, convTapsAVX512_1x5x16,
			convTapsAVX512_1x6x16, convTapsAVX512_1x7x16, convTapsAVX512_1x8x16, convTapsAVX512_1x9x16, convTapsAVX512_1x10x16,
			convTapsAVX512_1x11x16, convTapsAVX512_1x12x16, convTapsAVX512_1x13x16, convTapsAVX512_1x14x16, convTapsAVX512_1x15x16,
			convTapsAVX512_1x16x16, convTapsAVX512_1x17x16, convTapsAVX512_1x18x16, convTapsAVX512_1x19x16, convTapsAVX512_1x20x16,
			convTapsAVX512_1x21x16, convTapsAVX512_1x22x16, convTapsAVX512_1x23x16, convTapsAVX512_1x24x16, convTapsAVX512_1x25x16,
			convTapsAVX512_1x26x16, convTapsAVX512_1x27x16, convTapsAVX512_1x28x16},
		{convTapsAVX512_2x1x16, convTapsAVX512_2x2x16, convTapsAVX512_2x3x16, convTapsAVX512_2x4x16, convTapsAVX512_2x5x16,
			convTapsAVX512_2x6x16, convTapsAVX512_2x7x16},
		{convTapsAVX512_3x1x16, convTapsAVX512_3x2x16, convTapsAVX512_3x3x16, convTapsAVX512_3x4x16, convTapsAVX512_3x5x16,
			convTapsAVX512_3x6x16, convTapsAVX512_3x7x16},
		{convTapsAVX512_4x1x16, convTapsAVX512_4x2x16, convTapsAVX512_4x3x16, convTapsAVX512_4x4x16, convTapsAVX512_4x5x16,
			convTapsAVX512_4x6x16, convTapsAVX512_4x7x16},
	},
	{
		{convTapsAVX512_1x1x32, convTapsAVX512_1x2x32, convTapsAVX512_1x3x32, convTapsAVX512_1x4x32, convTapsAVX512_1x5x32,
			convTapsAVX512_1x6x32, convTapsAVX512_1x7x32, convTapsAVX512_1x8x32, convTapsAVX512_1x9x32, convTapsAVX512_1x10x32,
			convTapsAVX512_1x11x32, convTapsAVX512_1x12x32, convTapsAVX512_1x13x32, convTapsAVX512_1x14x32},
		{convTapsAVX512_2x1x32, convTapsAVX512_2x2x32, convTapsAVX512_2x3x32, convTapsAVX512_2x4x32, convTapsAVX512_2x5x32,
			convTapsAVX512_2x6x32, convTapsAVX512_2x7x32},
		{convTapsAVX512_3x1x32, convTapsAVX512_3x2x32, convTapsAVX512_3x3x32, convTapsAVX512_3x4x32},
		{convTapsAVX512_4x1x32, convTapsAVX512_4x2x32, convTapsAVX512_4x3x32},
	},
}

// These tables' rows are the halves of the spots, the latter's one to three rows of a filter.

var avx2Spots = [2]func(*byte){convSpotsNearAVX2_1x3, convSpotsFarAVX2_1x3}

var avx512Spots = [2][3][]func(*byte){
	{
		{convSpotsNearAVX512_1x3, convSpotsNearAVX512_1x4, convSpotsNearAVX512_1x5, convSpotsNearAVX512_1x6, convSpotsNearAVX512_1x7,
			convSpotsNearAVX512_1x8, convSpotsNearAVX512_1x9},
		{convSpotsNearAVX512_2x3, convSpotsNearAVX512_2x4},
		{convSpotsNearAVX512_3x3},
	},
	{
		{convSpotsFarAVX512_1x3, convSpotsFarAVX512_1x4, convSpotsFarAVX512_1x5, convSpotsFarAVX512_1x6, convSpotsFarAVX512_1x7,
			convSpotsFarAVX512_1x8, convSpotsFarAVX512_1x9},
		{convSpotsFarAVX512_2x3, convSpotsFarAVX512_2x4},
		{convSpotsFarAVX512_3x3},
	},
}
