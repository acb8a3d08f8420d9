package onnx

import "fmt"

// The messages of onnx.proto, as far as they are used here.

type model struct {
	ir, version       int64
	producer, release string
	domain, doc       string
	opsets            []opset
	graph             *graph
	meta              []pair
}

type opset struct {
	domain  string
	version int64
}

type pair struct{ key, value string }

type graph struct {
	name, doc       string
	nodes           []*node
	constants       []*constant // initializers
	inputs, outputs []*port
	sparse          bool // there are sparse initializers
}

type node struct {
	name, op, domain, doc string
	in, out               []string
	attrs                 []*attribute
}

// String names the node in messages.
func (n *node) String() string {
	switch {
	case n.name != "":
		return fmt.Sprintf("%s %q", n.op, n.name)
	case len(n.out) > 0:
		return fmt.Sprintf("%s of %q", n.op, n.out[0])
	}
	return n.op
}

// attrType is AttributeProto.AttributeType.
type attrType int64

const (
	attrFloat   attrType = 1
	attrInt     attrType = 2
	attrString  attrType = 3
	attrTensor  attrType = 4
	attrGraph   attrType = 5
	attrFloats  attrType = 6
	attrInts    attrType = 7
	attrStrings attrType = 8
)

type attribute struct {
	name    string
	typ     attrType
	f       float32
	i       int64
	s       string
	t       *constant
	floats  []float32
	ints    []int64
	strings []string
}

// elem is TensorProto.DataType.
type elem int64

const (
	elemFloat32 elem = 1
	elemUint8   elem = 2
	elemInt8    elem = 3
	elemUint16  elem = 4
	elemInt16   elem = 5
	elemInt32   elem = 6
	elemInt64   elem = 7
	elemString  elem = 8
	elemBool    elem = 9
	elemFloat16 elem = 10
	elemFloat64 elem = 11
	elemUint32  elem = 12
	elemUint64  elem = 13
)

var elemNames = []string{"undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
	"float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz",
	"float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1"}

func (e elem) String() string {
	if e >= 0 && int(e) < len(elemNames) {
		return elemNames[e]
	}
	return fmt.Sprintf("type %d", int64(e))
}

// constant is TensorProto.
type constant struct {
	name     string
	dims     []int64
	elem     elem
	raw      []byte
	floats   []float32
	doubles  []float64
	ints     []int64 // int32_data, int64_data or uint64_data
	external bool
}

// port is ValueInfoProto: an input or output of the graph.
type port struct {
	name, doc string
	elem      elem
	dims      []dim
	ranked    bool
	other     string // what it is if not a tensor
}

// dim is a size, or the name of one.
type dim struct {
	size int64
	name string
}
