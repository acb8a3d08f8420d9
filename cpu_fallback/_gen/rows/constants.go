package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// constants are vectors of numbers. AVX-512 has registers enough to hold those of a loop; AVX2 reads them from memory.
type constants struct {
	isa
	prefix string
	at     map[string]Mem
	held   map[string]VecVirtual
	order  []string // of held
	labels int
}

func newConstants(v isa, prefix string) *constants {
	return &constants{isa: v, prefix: prefix, at: map[string]Mem{}}
}

// of is a vector of x.
func (c *constants) of(x float64) Op { return c.bits(math.Float32bits(float32(x))) }

// bits is a vector of b.
func (c *constants) bits(b uint32) Op { return c.each(func(int) uint32 { return b }) }

// each is a vector with f(i) in lane i.
func (c *constants) each(f func(lane int) uint32) Op {
	lanes := make([]uint32, c.lanes)
	for i := range lanes {
		lanes[i] = f(i)
	}
	key := fmt.Sprint(lanes)
	if _, ok := c.at[key]; !ok {
		c.at[key] = GLOBL(fmt.Sprintf("%s%s%d", c.prefix, c.name, len(c.at)), RODATA|NOPTR)
		for i, b := range lanes {
			DATA(4*i, U32(b))
		}
	}
	if c.held == nil {
		return c.at[key]
	}
	if _, ok := c.held[key]; !ok {
		c.held[key] = c.vec()
		c.order = append(c.order, key)
	}
	return c.held[key]
}

// source is a register with x, not to be overwritten.
func (c *constants) source(x float64) VecVirtual {
	if c.held != nil {
		return c.of(x).(VecVirtual)
	}
	return c.copyOf(x)
}

// copyOf is a vector of x to be overwritten.
func (c *constants) copyOf(x float64) VecVirtual {
	r := c.vec()
	VMOVUPS(c.of(x), r)
	return r
}

// hold is a function's body, with the constants that it turns out to use in registers if it has room for them: they are
// loaded at the function's end, to which it jumps first. The body must not return.
func (c *constants) hold(room bool, body, end func()) {
	room = room && c.lanes == 16
	if room {
		c.held, c.order = map[string]VecVirtual{}, nil
		JMP(LabelRef("constants"))
		Label("begin")
	}
	body()
	end()
	VZEROUPPER()
	RET()
	if room {
		Label("constants")
		for _, key := range c.order {
			VMOVUPS(c.at[key], c.held[key])
		}
		JMP(LabelRef("begin"))
		c.held = nil
	}
}
