package onnx

import (
	"errors"
)

func readModel(b []byte) (m *model, err error) {
	m = &model{}
	err = fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.integer(&m.ir)
		case 2:
			return x.text(&m.producer)
		case 3:
			return x.text(&m.release)
		case 4:
			return x.text(&m.domain)
		case 5:
			return x.integer(&m.version)
		case 6:
			return x.text(&m.doc)
		case 7:
			if m.graph != nil {
				return errors.New("there are two graphs")
			}
			return inner(x, readGraph, &m.graph, "graph")
		case 8:
			return each(x, readOpset, &m.opsets, "operator set")
		case 14:
			return each(x, readPair, &m.meta, "metadata")
		case 25:
			return errors.New("the model has functions of its own, which are not supported")
		}
		return nil
	})
	if err == nil && m.graph == nil {
		err = errors.New("there is no graph: not an ONNX model")
	}
	return m, err
}

func readOpset(b []byte) (o opset, err error) {
	return o, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.text(&o.domain)
		case 2:
			return x.integer(&o.version)
		}
		return nil
	})
}

func readPair(b []byte) (p pair, err error) {
	return p, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.text(&p.key)
		case 2:
			return x.text(&p.value)
		}
		return nil
	})
}

func readGraph(b []byte) (*graph, error) {
	g := &graph{}
	return g, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return each(x, readNode, &g.nodes, "node")
		case 2:
			return x.text(&g.name)
		case 5:
			return each(x, readConstant, &g.constants, "initializer")
		case 10:
			return x.text(&g.doc)
		case 11:
			return each(x, readPort, &g.inputs, "input")
		case 12:
			return each(x, readPort, &g.outputs, "output")
		case 15:
			g.sparse = true
		}
		return nil
	})
}

func readNode(b []byte) (*node, error) {
	n := &node{}
	return n, fields(b, func(x field) error {
		switch x.number {
		case 1:
			return x.texts(&n.in)
		case 2:
			return x.texts(&n.out)
		case 3:
			return x.text(&n.name)
		case 4:
			return x.text(&n.op)
		case 5:
			return each(x, readAttribute, &n.attrs, "attribute")
		case 6:
			return x.text(&n.doc)
		case 7:
			return x.text(&n.domain)
		}
		return nil
	})
}
