//go:build !purego

package cpu

import (
	"fmt"
	"os"
)

//go:generate go -C _gen run ./cpu -pkg cpu -out ../x86_amd64.s -stubs ../x86_amd64.go

// hasAVX2 is AVX2 with FMA, hasAVX512 the F, BW, DQ and VL parts of AVX-512 and BMI2: what the operating system saves and
// the CPU has. Every CPU with AVX-512 has the first.
var hasAVX2, hasAVX512, badISA = limited(os.Getenv("BRAID_CPU"))

// limited are the features that may be used where BRAID_CPU is most. Its kernels are another CPU's: for tests and comparisons.
func limited(most string) (avx2, avx512 bool, err error) {
	avx2, avx512 = features()
	switch most {
	case "", "avx512":
	case "avx2":
		avx512 = false
	case "go":
		avx2, avx512 = false, false
	default:
		err = fmt.Errorf("BRAID_CPU is %q: the widest instructions to use are expected, avx512, avx2 or go", most)
	}
	return avx2, avx512, err
}

func features() (avx2, avx512 bool) {
	const (
		fma, osxsave, avx         = 1 << 12, 1 << 27, 1 << 28                     // leaf 1, ecx
		leaf7AVX2, bmi2           = 1 << 5, 1 << 8                                // leaf 7, ebx
		leaf7AVX512               = 1<<16 | 1<<17 | 1<<30 | 1<<31                 // F, DQ, BW, VL
		savesYMM, savesZMM uint32 = 1<<1 | 1<<2, 1<<1 | 1<<2 | 1<<5 | 1<<6 | 1<<7 // XCR0
	)
	most, _, _, _ := cpuid(0, 0)
	_, _, one, _ := cpuid(1, 0)
	if most < 7 || one&(fma|osxsave|avx) != fma|osxsave|avx {
		return
	}
	_, seven, _, _ := cpuid(7, 0)
	saved := xgetbv()
	avx2 = saved&savesYMM == savesYMM && seven&(leaf7AVX2|bmi2) == leaf7AVX2|bmi2
	avx512 = avx2 && saved&savesZMM == savesZMM && seven&leaf7AVX512 == leaf7AVX512
	return
}
