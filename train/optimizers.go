package train

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/braidml/braid/optim"
)

// optimizer is an optimizer whose state checkpoints hold, and where it was found.
type optimizer struct {
	*optim.Optimizer
	path string
}

var optimizerType = reflect.TypeFor[*optim.Optimizer]()

// optimizers are the trainer's own and those in exported fields of the model, each once.
func (r *run[B]) optimizers() []optimizer {
	f := finder{seen: map[any]bool{}}
	f.walk("optimizer", reflect.ValueOf(r.t.Optimizer))
	f.walk("model", reflect.ValueOf(r.t.Model))
	return f.found
}

type finder struct {
	found []optimizer
	seen  map[any]bool // pointers, which also end cycles
}

// walk looks into structs, pointers, interfaces and slices, which is where layers.Params looks, and into maps by key.
func (f *finder) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		f.walk(path, v.Elem())
	case reflect.Pointer:
		if v.IsNil() || !v.CanInterface() || f.seen[v.Interface()] {
			return
		}
		f.seen[v.Interface()] = true
		if v.Type() == optimizerType {
			f.found = append(f.found, optimizer{v.Interface().(*optim.Optimizer), path})
			return
		}
		f.walk(path, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				f.walk(path+"."+field.Name, v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if !composite(v.Type().Elem()) {
			return
		}
		for i := range v.Len() {
			f.walk(fmt.Sprintf("%s.%d", path, i), v.Index(i))
		}
	case reflect.Map:
		if !composite(v.Type().Elem()) {
			return
		}
		keys := map[string]reflect.Value{}
		for _, k := range v.MapKeys() {
			keys[strings.ReplaceAll(fmt.Sprint(k), "/", "_")] = k // the slash ends a path in the file
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			f.walk(path+"."+k, v.MapIndex(keys[k]))
		}
	}
}

// composite reports whether a value of type t has anything inside: a million floats need no visit.
func composite(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return true
	}
	return false
}
