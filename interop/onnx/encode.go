package onnx

func (m *model) encode() (b message) {
	b.integer(1, m.ir)
	b.text(2, m.producer)
	b.text(3, m.release)
	b.text(4, m.domain)
	b.text(6, m.doc)
	b.message(7, m.graph.encode())
	for _, o := range m.opsets {
		var s message
		s.item(1, o.domain)
		s.integer(2, o.version)
		b.message(8, s)
	}
	for _, p := range m.meta {
		var s message
		s.item(1, p.key)
		s.item(2, p.value)
		b.message(14, s)
	}
	return b
}

func (g *graph) encode() (b message) {
	for _, n := range g.nodes {
		b.message(1, n.encode())
	}
	b.text(2, g.name)
	for _, c := range g.constants {
		b.message(5, c.encode())
	}
	b.text(10, g.doc)
	for _, p := range g.inputs {
		b.message(11, p.encode())
	}
	for _, p := range g.outputs {
		b.message(12, p.encode())
	}
	return b
}

func (n *node) encode() (b message) {
	for _, s := range n.in {
		b.item(1, s)
	}
	for _, s := range n.out {
		b.item(2, s)
	}
	b.text(3, n.name)
	b.text(4, n.op)
	for _, a := range n.attrs {
		b.message(5, a.encode())
	}
	b.text(6, n.doc)
	b.text(7, n.domain)
	return b
}

func (a *attribute) encode() (b message) {
	b.text(1, a.name)
	switch a.typ {
	case attrFloat:
		b.float(2, a.f)
	case attrInt:
		b.integer(3, a.i)
	case attrString:
		b.item(4, a.s)
	case attrTensor:
		b.message(5, a.t.encode())
	case attrInts:
		for _, v := range a.ints {
			b.integer(8, v)
		}
	}
	b.integer(20, int64(a.typ))
	return b
}

func (c *constant) encode() (b message) {
	for _, d := range c.dims {
		b.integer(1, d)
	}
	b.integer(2, int64(c.elem))
	b.text(8, c.name)
	b.bytes(9, c.raw)
	if c.external {
		b.integer(14, 1)
	}
	return b
}

func (p *port) encode() (b message) {
	b.text(1, p.name)
	var shape, tensor, typ message
	for _, d := range p.dims {
		var s message
		if d.name != "" {
			s.item(2, d.name)
		} else {
			s.integer(1, d.size)
		}
		shape.message(1, s)
	}
	tensor.integer(1, int64(p.elem))
	tensor.message(2, shape)
	typ.message(1, tensor)
	b.message(2, typ)
	b.text(3, p.doc)
	return b
}
