//go:build !amd64 || purego

package cpu

func pixelKernel() *pixelKernels { return &goPixels }
