package onnx

import (
	"fmt"
)

// size is k times the symbols in it; wild if it follows them in another way.
type size struct {
	k    int
	syms [2]bool
	wild bool
}

func (s size) fixed() bool { return s.syms == [2]bool{} && !s.wild }

func (s size) String() string {
	text := fmt.Sprint(s.k)
	for i, there := range s.syms {
		if there {
			text += "·" + symbols[i]
		}
	}
	return text
}

// sizeOf is the size that is v, or else v0 and v1 where batch and time are other ones.
func sizeOf(v, v0, v1 int) size {
	s := size{k: v}
	for i, other := range [2]int{v0, v1} {
		if other == v {
			continue
		}
		a, b := sizesOf[i][0], sizesOf[i][1]
		s.syms[i] = true
		if s.k%a != 0 || v/a*b != other {
			s.wild = true
			continue
		}
		s.k /= a
	}
	return s
}
