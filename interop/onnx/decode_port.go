package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

func readPort(b []byte) (*port, error) {
	p := &port{other: "nothing"}
	return p, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.text(&p.name)
		case 2:
			if x.typ != protowire.BytesType {
				return errType
			}
			return p.readType(x.data)
		case 3:
			return x.text(&p.doc)
		}
		return nil
	})
}

func (p *port) readType(b []byte) error {
	return fields(b, func(x field) error {
		if x.number != 1 {
			if name, ok := map[protowire.Number]string{4: "a sequence", 5: "a map", 8: "a sparse tensor", 9: "an optional value"}[x.number]; ok {
				p.other = name
			}
			return nil
		}
		p.other = ""
		return fields(x.data, func(x field) error {
			switch x.number {
			case 1:
				return x.integer((*int64)(&p.elem))
			case 2:
				p.ranked = true
				return fields(x.data, func(x field) error {
					if x.number == 1 {
						return each(x, readDim, &p.dims, "dimension")
					}
					return nil
				})
			}
			return nil
		})
	})
}

func readDim(b []byte) (d dim, err error) {
	err = fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.integer(&d.size)
		case 2:
			return x.text(&d.name)
		}
		return nil
	})
	if err == nil && d.size < 0 {
		err = fmt.Errorf("a size of %d", d.size)
	}
	return d, err
}
