package onnx

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Sizes of an [Input] that differ from call to call.
const (
	Batch = -1 - iota // how many samples
	Time              // how many tokens
	free              // the first that has no name of its own
)

// Input is an input of a [Graph].
type Input struct {
	Name, Doc string
	Type      tensor.DType // Int32 is int64 in the graph, which is what others have tokens as
	Shape     []int        // Batch and Time are dynamic
}

// Graph is what is exported: a function of tensors, as [Export] makes it for the models it knows.
type Graph struct {
	Name, Doc string
	Model     any // names nodes and parameters, as in layers.Params; may be nil
	Inputs    []Input
	Outputs   []string
	Meta      map[string]string // metadata_props

	// Forward computes as many values as there are Outputs, of an inference pass that infers shapes only. It is called
	// several times.
	Forward func(p *tensor.Pass, in []*tensor.Tensor) []*tensor.Tensor
}

// largest is what protobuf allows a message to have.
const largest = math.MaxInt32

// opsetVersion is the version of the operators in what is exported, and irVersion that of the format: those of ONNX 1.12.
const (
	opsetVersion = 17
	irVersion    = 8
)

// Write writes g. What ONNX has no operator for, or what depends on the batch in a way that a graph cannot, is an error that
// names the operation.
func (g Graph) Write(w io.Writer) error { return g.write(w, largest) }

func (g Graph) write(w io.Writer, limit int) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("onnx: export of %s: %w", g.Name, err)
		}
	}()
	defer catch(&err)
	t, err := g.trace()
	if err != nil {
		return err
	}
	m := &model{ir: irVersion, producer: "braid", opsets: []opset{{version: opsetVersion}}, graph: newExporter(&g, t).build()}
	for _, key := range slices.SortedFunc(maps.Keys(g.Meta), cmp.Compare[string]) {
		m.meta = append(m.meta, pair{key, g.Meta[key]})
	}
	b := m.encode()
	if b.size > limit {
		return fmt.Errorf("the graph has %d bytes, more than the %d that one ONNX file can hold: weights in a file of their own (external data) "+
			"are not written", b.size, limit)
	}
	_, err = b.WriteTo(w)
	return err
}

// fault is what an exporter's or importer's method panics with; it does not leave the package.
type fault struct{ error }

func failf(format string, args ...any) { panic(fault{fmt.Errorf(format, args...)}) }

// catch turns a fault into an error.
func catch(err *error) {
	switch f := recover().(type) {
	case nil:
	case fault:
		*err = f.error
	default:
		panic(f)
	}
}
