//go:build !purego

package cpu

import "testing"

func TestLimited(t *testing.T) {
	for most, want := range map[string][2]bool{"": {true, true}, "avx512": {true, true}, "avx2": {true, false}, "go": {}} {
		avx2, avx512, err := limited(most)
		has2, has512 := features()
		if err != nil || avx2 != (want[0] && has2) || avx512 != (want[1] && has512) {
			t.Errorf("%q gives AVX2 %v, AVX-512 %v, %v", most, avx2, avx512, err)
		}
	}
	defer func(old error) { badISA = old }(badISA)
	if _, _, badISA = limited("AVX2"); badISA == nil {
		t.Fatal("a wrong name is no error")
	}
	if _, err := New().NewStream(); err != badISA {
		t.Errorf("a stream begins all the same: %v", err)
	}
}
