package layers

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/braidml/braid/tensor"
)

// A parameter is a tensor found in a model.
type parameter struct {
	*tensor.Tensor
	path  string
	state bool
}

// parameters finds m's parameters, and panics if some are out of reach or two have one name.
func parameters(m any) []parameter {
	w := &walker{seen: map[place]bool{}}
	w.walk("", reflect.ValueOf(m), false)
	w.checkHidden()
	names := map[string]bool{}
	for _, p := range w.found {
		expect(!names[p.path], "Params", "two parameters of %T are named %q: tag one `param:\"another_name\"`", m, p.path)
		names[p.path] = true
	}
	return w.found
}

// A walker visits what a model's exported fields reach, in a fixed order.
type walker struct {
	found  []parameter
	hidden []hidden
	seen   map[place]bool
	node   func(path string, v reflect.Value) // called for pointers and slices that may hold parameters; or nil
}

// A place is a pointer or slice that was visited: shared layers come once and cycles end.
type place struct {
	at  uintptr
	len int
	typ reflect.Type
}

var tensorType = reflect.TypeFor[*tensor.Tensor]()

func (w *walker) walk(path string, v reflect.Value, state bool) {
	if !v.IsValid() || !mayHold(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		w.walk(path, v.Elem(), state)
	case reflect.Pointer:
		if v.IsNil() || !w.enter(path, v, 1) {
			return
		}
		if v.Type() == tensorType {
			w.tensor(path, v.Interface().(*tensor.Tensor), state)
			return
		}
		w.walk(path, v.Elem(), state)
	case reflect.Struct:
		w.fields(path, v, state)
	case reflect.Slice:
		if v.Len() == 0 || !w.enter(path, v, v.Len()) {
			return
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			w.walk(join(path, strconv.Itoa(i)), v.Index(i), state)
		}
	case reflect.Map:
		for _, k := range sortedKeys(v) {
			w.walk(join(path, fmt.Sprint(k)), v.MapIndex(k), state)
		}
	}
}

// tensor keeps a parameter. A value of a pass that a model remembers is none.
func (w *walker) tensor(path string, t *tensor.Tensor, state bool) {
	if t.Pass() == nil {
		w.found = append(w.found, parameter{t, path, state})
	}
}

func (w *walker) enter(path string, v reflect.Value, n int) bool {
	p := place{v.Pointer(), n, v.Type()}
	if w.seen[p] {
		return false
	}
	w.seen[p] = true
	if w.node != nil {
		w.node(path, v)
	}
	return true
}

func (w *walker) fields(path string, v reflect.Value, state bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		t := tagOf(f)
		switch {
		case t.skip:
		case f.Anonymous && t.name == "" && reachable(f):
			w.walk(path, v.Field(i), state || t.state)
		case !f.IsExported():
			w.hidden = append(w.hidden, hidden{v.Type(), f, v.Field(i)})
		case t.name != "":
			w.walk(join(path, t.name), v.Field(i), state || t.state)
		default:
			w.walk(join(path, snake(f.Name)), v.Field(i), state || t.state)
		}
	}
}

// reachable reports whether reflection may read the exported fields of an embedded struct.
func reachable(f reflect.StructField) bool {
	return f.IsExported() || f.Type.Kind() == reflect.Struct ||
		f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct
}

// sortedKeys orders the keys of a map: numbers by value, others by their text.
func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.CanInt() {
			return cmp.Compare(a.Int(), b.Int())
		}
		if a.CanUint() {
			return cmp.Compare(a.Uint(), b.Uint())
		}
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	return keys
}
