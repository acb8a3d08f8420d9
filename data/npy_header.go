package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	npyMagic     = "\x93NUMPY"
	npyMaxHeader = 1 << 16 // NumPy itself refuses more than 10000
	npyMaxDims   = 32
)

// npyWidths are the types of elements that are read, and their bytes.
var npyWidths = map[string]int{"b1": 1, "u1": 1, "i1": 1, "i2": 2, "u2": 2, "f2": 2, "i4": 4, "u4": 4, "f4": 4, "i8": 8, "u8": 8, "f8": 8}

type npyHeader struct {
	kind    string // "f4"
	width   int    // of an element in bytes
	order   binary.ByteOrder
	fortran bool
	shape   []int
}

// readNPYHeader reads the magic, the version, the header's length and the header, a literal of a Python dictionary.
func readNPYHeader(r io.Reader) (*npyHeader, error) {
	var head [8]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n >= len(npyMagic) && string(head[:len(npyMagic)]) != npyMagic {
			return nil, notNPY(head[:len(npyMagic)])
		}
		return nil, fmt.Errorf("the magic and the version of 8 bytes: %w", cut(err))
	}
	if string(head[:len(npyMagic)]) != npyMagic {
		return nil, notNPY(head[:len(npyMagic)])
	}
	width := 4
	switch version := [2]byte(head[6:]); version {
	case [2]byte{1, 0}:
		width = 2
	case [2]byte{2, 0}, [2]byte{3, 0}:
	default:
		return nil, fmt.Errorf("the format's version is %d.%d, expected 1.0, 2.0 or 3.0", version[0], version[1])
	}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return nil, fmt.Errorf("the length of the header: %w", cut(err))
	}
	n := binary.LittleEndian.Uint32(length[:]) // zeros stand where a length of 2 bytes ends
	if n > npyMaxHeader {
		return nil, fmt.Errorf("the header has %d bytes, expected at most %d", n, npyMaxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("the header of %d bytes: %w", n, cut(err))
	}
	h, err := parseNPYHeader(string(text))
	if err != nil {
		return nil, fmt.Errorf("the header %.200q: %w", text, err)
	}
	return h, nil
}

func notNPY(magic []byte) error {
	return fmt.Errorf(`the file begins with %q, expected %q (NPY)`, magic, npyMagic)
}

// parseNPYHeader reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, its keys in any order.
func parseNPYHeader(text string) (*npyHeader, error) {
	h := &npyHeader{}
	seen := map[string]bool{}
	s := literal{strings.TrimRight(text, " \n")}
	if !s.take("{") {
		return nil, s.expected("{")
	}
	for !s.take("}") {
		key, err := s.quoted()
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, fmt.Errorf("the key %q comes twice", key)
		}
		seen[key] = true
		if !s.take(":") {
			return nil, s.expected(":")
		}
		switch key {
		case "descr":
			err = h.setType(&s)
		case "fortran_order":
			if h.fortran = s.take("True"); !h.fortran && !s.take("False") {
				err = s.expected("True or False")
			}
		case "shape":
			h.shape, err = s.shape()
		default:
			err = fmt.Errorf("the key %q is not known, expected descr, fortran_order and shape", key)
		}
		if err != nil {
			return nil, err
		}
		if !s.take(",") && !strings.HasPrefix(s.rest, "}") {
			return nil, s.expected(", or }")
		}
	}
	if s.rest != "" {
		return nil, s.expected("its end")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, fmt.Errorf("there is no key %q", key)
		}
	}
	return h, nil
}

// setType reads a type such as '<f4'.
func (h *npyHeader) setType(s *literal) error {
	if strings.HasPrefix(s.rest, "[") {
		return fmt.Errorf("the elements are structures, expected numbers")
	}
	name, err := s.quoted()
	if err != nil {
		return err
	}
	known := false
	if len(name) == 3 {
		h.kind = name[1:]
		h.order = npyOrders[name[0]]
		h.width, known = npyWidths[h.kind]
		known = known && h.order != nil && (name[0] != '|' || h.width == 1)
	}
	switch {
	case known:
		return nil
	case strings.HasPrefix(name, "|O"):
		return fmt.Errorf("the elements are pickled objects, expected numbers")
	case len(name) > 1 && strings.ContainsRune("SUa", rune(name[1])):
		return fmt.Errorf("the elements are strings (%q), expected numbers", name)
	}
	return fmt.Errorf("the type of the elements is %q, expected one of f2, f4, f8, i1 to i8, u1 to u8, b1 behind < or > (or |)", name)
}

// literal is what is left of a Python literal.
type literal struct{ rest string }

// take skips token and the blanks behind it, if it comes next.
func (s *literal) take(token string) bool {
	rest, ok := strings.CutPrefix(s.rest, token)
	if ok {
		s.rest = strings.TrimLeft(rest, " ")
	}
	return ok
}

func (s *literal) expected(what string) error {
	return fmt.Errorf("found %.20q, expected %s", s.rest, what)
}

// quoted reads a string without escapes.
func (s *literal) quoted() (string, error) {
	if s.rest == "" || s.rest[0] != '\'' && s.rest[0] != '"' {
		return "", s.expected("a quoted string")
	}
	end := strings.IndexByte(s.rest[1:], s.rest[0])
	if end < 0 || strings.Contains(s.rest[1:1+end], `\`) {
		return "", s.expected("a quoted string without escapes")
	}
	text := s.rest[1 : 1+end]
	s.take(s.rest[:end+2])
	return text, nil
}

// shape reads (), (3,) or (3, 4).
func (s *literal) shape() ([]int, error) {
	if !s.take("(") {
		return nil, s.expected("( of the shape")
	}
	shape := []int{}
	for !s.take(")") {
		digits := s.rest[:len(s.rest)-len(strings.TrimLeft(s.rest, "0123456789"))]
		d, err := strconv.Atoi(digits)
		if err != nil || d > maxArrayBytes {
			return nil, fmt.Errorf("found %.20q, expected a dimension from 0 to %d", s.rest, maxArrayBytes)
		}
		s.take(digits)
		if shape = append(shape, d); len(shape) > npyMaxDims {
			return nil, fmt.Errorf("there are more than %d dimensions", npyMaxDims)
		}
		// One dimension needs its comma: (3) is a number in brackets.
		if !s.take(",") && (len(shape) == 1 || !strings.HasPrefix(s.rest, ")")) {
			return nil, s.expected("a comma behind a dimension")
		}
	}
	return shape, nil
}
