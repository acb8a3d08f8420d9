package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// reg is a general register, vec a vector register of 128 bits, V0 to V31.
type (
	reg int
	vec int
)

func (r reg) String() string { return fmt.Sprintf("R%d", int(r)) }

// program is a file of assembly being written.
type program struct {
	text, stubs strings.Builder
	frame       map[string]parameter // of the function being written
	used        reg                  // registers that it has taken
}

// parameter is where a parameter lies, and the instruction that loads it.
type parameter struct {
	at, load string
}

// function starts a function; its comment and parameters are those of the Go declaration.
func (p *program) function(name, comment, params, result string) {
	bytes := 0
	p.frame, p.used = map[string]parameter{}, 0
	add := func(name, kind string) {
		size, load := 8, "MOVD"
		switch kind {
		case "float32":
			size, load = 4, "FMOVS"
		case "uint32":
			size, load = 4, "MOVWU"
		}
		bytes = (bytes + size - 1) / size * size
		p.frame[name] = parameter{fmt.Sprintf("%s+%d(FP)", name, bytes), load}
		bytes += size
	}
	list := strings.Split(params, ", ")
	for i, one := range list {
		after := slices.IndexFunc(list[i:], func(s string) bool { return strings.Contains(s, " ") })
		name, _, _ := strings.Cut(one, " ")
		_, kind, _ := strings.Cut(list[i+after], " ")
		add(name, kind)
	}
	bytes = (bytes + 7) / 8 * 8
	if result != "" {
		add("ret", result)
		result = " " + result
	}
	fmt.Fprintf(&p.text, "\n// func %s(%s)%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, params, result, name, bytes)
	if comment != "" {
		comment = "// " + name + " " + strings.ReplaceAll(comment, "\n", "\n// ") + "\n//\n"
	}
	fmt.Fprintf(&p.stubs, "\n%s//go:noescape\nfunc %s(%s)%s\n", comment, name, params, result)
}

// take is a register that the function does not use yet. R16 to R18 and those from R26 on belong to Go and the system.
func (p *program) take() reg {
	if p.used == 16 {
		p.used = 19
	}
	if p.used == 26 {
		panic("out of registers")
	}
	p.used++
	return p.used - 1
}

// param is a parameter in a register of its own.
func (p *program) param(name string) reg {
	r := p.take()
	p.op(p.frame[name].load, p.frame[name].at, r)
	return r
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

func number(n int) string         { return fmt.Sprintf("$%d", n) }
func at(r reg, offset int) string { return fmt.Sprintf("%d(%v)", offset, r) }
func f(v vec) string              { return fmt.Sprintf("F%d", int(v)) } // as a scalar or in a load
func pair(v, w vec) string        { return fmt.Sprintf("(%s, %s)", f(v), f(w)) }
func s4(v vec) string             { return fmt.Sprintf("V%d.S4", int(v)) }
func b16(v vec) string            { return fmt.Sprintf("V%d.B16", int(v)) }

// zero is v = 0.
func (p *program) zero(v ...vec) {
	for _, v := range v {
		p.op("VEOR", b16(v), b16(v), b16(v))
	}
}

func (p *program) move(from, to vec) { p.op("VMOV", b16(from), b16(to)) }

// dup is v = x in every lane.
func (p *program) dup(x float32, temp reg, v vec) {
	p.op("MOVW", fmt.Sprintf("$%#x", math.Float32bits(x)), temp)
	p.op("VDUP", temp, s4(v))
}

// load reads vectors that follow one another in memory, from base on.
func (p *program) load(base reg, to ...vec) {
	i := 0
	for ; i+1 < len(to); i += 2 {
		p.op("FLDPQ", at(base, 16*i), pair(to[i], to[i+1]))
	}
	if i < len(to) {
		p.op("FMOVQ", at(base, 16*i), f(to[i]))
	}
}

// store writes vectors one after another, from base on.
func (p *program) store(base reg, from ...vec) {
	i := 0
	for ; i+1 < len(from); i += 2 {
		p.op("FSTPQ", pair(from[i], from[i+1]), at(base, 16*i))
	}
	if i < len(from) {
		p.op("FMOVQ", f(from[i]), at(base, 16*i))
	}
}
