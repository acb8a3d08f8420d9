package onnx

import "google.golang.org/protobuf/encoding/protowire"

func readAttribute(b []byte) (*attribute, error) {
	a := &attribute{}
	return a, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.text(&a.name)
		case 2:
			return x.float(&a.f)
		case 3:
			return x.integer(&a.i)
		case 4:
			return x.raw(&a.s)
		case 5:
			return inner(x, readConstant, &a.t, "tensor")
		case 7:
			return x.floats(&a.floats)
		case 8:
			return x.integers(&a.ints)
		case 9:
			return x.texts(&a.strings)
		case 20:
			return x.integer((*int64)(&a.typ))
		}
		return nil
	})
}

func readConstant(b []byte) (*constant, error) {
	c := &constant{}
	return c, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.integers(&c.dims)
		case 2:
			return x.integer((*int64)(&c.elem))
		case 4:
			return x.floats(&c.floats)
		case 5, 7, 11:
			return x.integers(&c.ints)
		case 8:
			return x.text(&c.name)
		case 9:
			if x.typ != protowire.BytesType {
				return errType
			}
			c.raw = x.data
		case 10:
			return x.doubles(&c.doubles)
		case 13:
			c.external = true
		case 14:
			c.external = c.external || x.v == 1
		}
		return nil
	})
}
