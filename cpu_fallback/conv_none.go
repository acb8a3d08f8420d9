//go:build !amd64 || purego

package cpu

// pixelKernel is nil: convolutions with few channels are products of strips, as others are.
func pixelKernel() *pixelKernels { return nil }
