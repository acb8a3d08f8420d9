package layers

import (
	"reflect"
	"strings"
	"sync"
	"unicode"
)

// A tag is what `param:"…"` says about a field.
type tag struct {
	name        string
	skip, state bool
}

func tagOf(f reflect.StructField) tag {
	name, option, _ := strings.Cut(f.Tag.Get("param"), ",")
	if name == "-" {
		return tag{skip: true}
	}
	return tag{name: name, state: option == "state"}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// snake is a field's name in snake case: ImageDecoder is image_decoder, RNNOut rnn_out, Conv1 conv1.
func snake(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) {
			afterWord := !unicode.IsUpper(r[i-1])
			endOfInitials := i+1 < len(r) && unicode.IsLower(r[i+1])
			if r[i-1] != '_' && (afterWord || endOfInitials) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// held caches mayHold.
var held sync.Map // reflect.Type -> bool

// mayHold reports whether a value of type t can lead to a tensor, so that a walk need not look at a million floats.
// Other types of package tensor (devices, passes, flats) hold tensors that are not the model's.
func mayHold(t reflect.Type) bool {
	if h, ok := held.Load(t); ok {
		return h.(bool)
	}
	h := leads(t, map[reflect.Type]bool{})
	held.Store(t, h)
	return h
}

func leads(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == tensorType || t.Kind() == reflect.Interface {
		return true
	}
	if seen[t] || t.PkgPath() == tensorType.Elem().PkgPath() {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return leads(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if leads(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
