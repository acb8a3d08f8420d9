package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// grads writes the leaky rectifier and gradients, which round as the loops in Go do.
func grads(c *constants) {
	c.row("leaky", "is y = x where x > 0, else a·x.", []string{"y", "x"}, true, func(x []VecVirtual, a VecVirtual) VecVirtual {
		y := c.vec()
		VMULPS(a, x[0], y)
		c.where(greater, c.of(0), x[0], x[0], y)
		return y
	})
	c.row("leakyGrad", "is dx = dy where y > 0, else a·dy.", []string{"dx", "dy", "y"}, true, func(x []VecVirtual, a VecVirtual) VecVirtual {
		d := c.vec()
		VMULPS(a, x[0], d)
		c.where(greater, c.of(0), x[1], x[0], d)
		return d
	})
	c.row("tanhGrad", "is dx = dy·(1 - y²).", []string{"dx", "dy", "y"}, false, func(x []VecVirtual, _ VecVirtual) VecVirtual {
		d := c.vec()
		VMULPS(x[1], x[1], d)
		VSUBPS(d, c.source(1), d)
		VMULPS(x[0], d, d)
		return d
	})
	c.row("sigmoidGrad", "is dx = dy·(y·(1 - y)).", []string{"dx", "dy", "y"}, false, func(x []VecVirtual, _ VecVirtual) VecVirtual {
		d := c.vec()
		VSUBPS(x[1], c.source(1), d)
		VMULPS(x[1], d, d)
		VMULPS(x[0], d, d)
		return d
	})
	c.row("abs", "is y = |x|.", []string{"y", "x"}, false, func(x []VecVirtual, _ VecVirtual) VecVirtual {
		y := c.vec()
		VANDNPS(x[0], c.source(math.Copysign(0, -1)), y)
		return y
	})
	c.row("sqrt", "is y = √x.", []string{"y", "x"}, false, func(x []VecVirtual, _ VecVirtual) VecVirtual {
		y := c.vec()
		VSQRTPS(x[0], y)
		return y
	})
}

const greater = 0x1e // quiet, false for NaN

// row writes a function of rows, the first of which is the result, and of a number a if there is one.
func (c *constants) row(name, doc string, rows []string, number bool, f func(x []VecVirtual, a VecVirtual) VecVirtual) {
	signature := "func(" + rows[0]
	for _, r := range rows[1:] {
		signature += ", " + r
	}
	signature += " *float32, "
	if number {
		signature += "a float32, "
	}
	TEXT(name+c.name, NOSPLIT, signature+"n int)")
	Doc(name + c.name + " " + doc)
	Pragma("noescape")
	c.hold(true, func() {
		a := c.vec()
		if number {
			VBROADCASTSS(NewParamAddr("a", 8*len(rows)), a)
		}
		c.sweep(rows, c.lanes, 4, func(at []Mem, m mask) {
			var x []VecVirtual
			for _, from := range at[1:] {
				r := c.vec()
				c.load(from, r, m)
				x = append(x, r)
			}
			c.store(f(x, a), at[0], m)
		})
	}, func() {})
}
