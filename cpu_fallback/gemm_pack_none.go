//go:build (!amd64 && !arm64) || purego

package cpu

func turn32(dst []float32, w int, src []float32, ld, rows, cols int) bool { return false }

func copyRows32(dst []float32, w, step int, src []float32, ld, n, rows int) bool { return false }
