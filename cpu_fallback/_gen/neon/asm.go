package main

import (
	"fmt"
	"strings"
)

// reg is a general register, R0 to R25 but for R16 to R18; vec is a vector register of 128 bits, V0 to V31.
type (
	reg int
	vec int
)

func (r reg) String() string { return fmt.Sprintf("R%d", int(r)) }

// program is a file of assembly being written.
type program struct{ text, stubs strings.Builder }

// function starts a function; its comment and parameters are those of the Go declaration.
func (p *program) function(name, comment, params string, bytes int) {
	fmt.Fprintf(&p.text, "\n// func %s(%s)\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, params, name, bytes)
	if comment != "" {
		comment = "// " + comment + "\n//\n"
	}
	fmt.Fprintf(&p.stubs, "\n%s//go:noescape\nfunc %s(%s)\n", comment, name, params)
}

// op writes an instruction that Go's assembler knows: name and operands, sources first.
func (p *program) op(name string, operands ...any) {
	s := make([]string, len(operands))
	for i, o := range operands {
		s[i] = fmt.Sprint(o)
	}
	fmt.Fprintf(&p.text, "\t%s\n", strings.TrimSuffix(name+"\t"+strings.Join(s, ", "), "\t"))
}

func (p *program) label(name string) { fmt.Fprintf(&p.text, "%s:\n", name) }

// field loads a field of the structure at t.
func (p *program) field(t reg, offset int, to reg) { p.op("MOVD", at(t, offset), to) }

// words loads a field that counts float32s, as bytes.
func (p *program) words(t reg, offset int, to reg) {
	p.field(t, offset, to)
	p.op("LSL", "$2", to)
}

// The operands of Go's assembler.

func at(r reg, offset int) string { return fmt.Sprintf("%d(%v)", offset, r) }
func f(v vec) string              { return fmt.Sprintf("F%d", int(v)) } // as a scalar or in a load
func s4(v vec) string             { return fmt.Sprintf("V%d.S4", int(v)) }
func b16(v vec) string            { return fmt.Sprintf("V%d.B16", int(v)) }

// zero is v = 0.
func (p *program) zero(v vec) { p.op("VEOR", b16(v), b16(v), b16(v)) }

// dup is v = x in every lane.
func (p *program) dup(x float32, temp reg, v vec) {
	p.op("MOVW", fmt.Sprintf("$%#x", bits(x)), temp)
	p.op("VDUP", temp, s4(v))
}

// load reads vectors that follow one another in memory, from base on.
func (p *program) load(base reg, to ...vec) {
	i := 0
	for ; i+1 < len(to); i += 2 {
		p.op("FLDPQ", at(base, 16*i), fmt.Sprintf("(%s, %s)", f(to[i]), f(to[i+1])))
	}
	if i < len(to) {
		p.op("FMOVQ", at(base, 16*i), f(to[i]))
	}
}

// store writes vectors one after another, from base on.
func (p *program) store(base reg, from ...vec) {
	i := 0
	for ; i+1 < len(from); i += 2 {
		p.op("FSTPQ", fmt.Sprintf("(%s, %s)", f(from[i]), f(from[i+1])), at(base, 16*i))
	}
	if i < len(from) {
		p.op("FMOVQ", f(from[i]), at(base, 16*i))
	}
}
