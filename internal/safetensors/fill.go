package safetensors

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// A Form is the shape and the type of an array, as a file or [tensor.DType] names it.
type Form struct {
	Shape []int
	Type  string
}

// Fill reads all tensors of the file into parameters of the same names and shapes, without a copy on the way where these
// lie in host memory. An error before reading lists all that does not fit; nothing is changed then. A disk that fails
// while values are read leaves some of them read.
func (f *File) Fill(params iter.Seq2[string, *tensor.Tensor]) error {
	forms := map[string]Form{}
	for _, name := range f.Names {
		forms[name] = Form{f.Shape(name), string(f.DType(name))}
	}
	if err := Fit(params, forms); err != nil {
		return err
	}
	for name, p := range params {
		if err := p.SetFunc(func(a tensor.Array) error { return f.into(f.entries[name], a) }); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return nil
}

// Fit is an error that lists what keeps arrays of these names and forms from being the values of params, or nil.
func Fit(params iter.Seq2[string, *tensor.Tensor], forms map[string]Form) error {
	var wrong, unknown []string
	known := map[string]bool{}
	for name, p := range params {
		known[name] = true
		a, ok := forms[name]
		switch {
		case !ok:
			wrong = append(wrong, name+" is missing")
		case !slices.Equal(a.Shape, p.Shape()):
			wrong = append(wrong, fmt.Sprintf("%s is %v, %v was expected", name, a.Shape, p.Shape()))
		case !slices.Contains([]string{"float32", "float64", "F32", "F64", "F16", "BF16"}, a.Type):
			wrong = append(wrong, fmt.Sprintf("%s is %s, a real type was expected", name, a.Type))
		}
	}
	for name := range forms {
		if !known[name] {
			unknown = append(unknown, name+" is unknown")
		}
	}
	slices.Sort(unknown)
	if wrong = append(wrong, unknown...); len(wrong) > 0 {
		return fmt.Errorf("the parameters do not fit the model: %s", strings.Join(wrong, "; "))
	}
	return nil
}
