//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family thin -pkg cpu -out ../gemm_thin_amd64.s -stubs ../gemm_thin_amd64.go

// rowAdders are the functions for eight rows and for one.
func rowAdders() (eight, one rowAdder) {
	if useAVX512 {
		return addRows8AVX512, addRows1AVX512
	}
	return addRows8AVX2, addRows1AVX2
}

// dotKernels are the functions for one vector and for more.
func dotKernels() []dotKernel {
	if useAVX512 {
		return dotsAVX512[:]
	}
	return dotsAVX2[:]
}

var (
	dotsAVX2   = [...]dotKernel{dots1AVX2, dots2AVX2}
	dotsAVX512 = [...]dotKernel{dots1AVX512, dots2AVX512, dots3AVX512, dots4AVX512}
)
