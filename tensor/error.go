package tensor

import (
	"fmt"
	"strings"
)

// Error is a caller's mistake, or (with Err) a fault of the world in the middle of an expression.
type Error struct {
	Op     string  // "MatMul"
	Shapes [][]int // of the operands
	Rule   string  // "inner dimensions differ (128, 64)"
	At     string  // file:line that recorded the operation, when it failed later
	Err    error   // the fault, or nil
}

// Error is "tensor: MatMul: [64 128] x [64 10]: inner dimensions differ (128, 64)".
func (e *Error) Error() string {
	var b strings.Builder
	if !strings.Contains(e.Op, ".") { // "layers.NewDense" names its package itself
		b.WriteString("tensor: ")
	}
	b.WriteString(e.Op)
	if len(e.Shapes) > 0 {
		b.WriteString(": ")
		for i, s := range e.Shapes {
			if i > 0 {
				b.WriteString(" x ")
			}
			fmt.Fprint(&b, s)
		}
	}
	if e.Rule != "" {
		b.WriteString(": ")
		b.WriteString(e.Rule)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.At != "" {
		fmt.Fprintf(&b, " (recorded at %s)", e.At)
	}
	return b.String()
}

// Unwrap is the fault of the world, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Try calls f and returns its error, or the *Error it panicked with. Other panics go on. Run includes it.
func Try(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	return f()
}
