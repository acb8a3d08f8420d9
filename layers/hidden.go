package layers

import (
	"reflect"

	"github.com/braidml/braid/tensor"
)

// hidden is an unexported field, which a walk cannot enter.
type hidden struct {
	owner reflect.Type
	field reflect.StructField
	value reflect.Value
}

// checkHidden panics if an unexported field leads to a parameter that no exported one leads to: it would be neither
// trained nor saved, and nothing would say so.
func (w *walker) checkHidden() {
	if len(w.hidden) == 0 {
		return
	}
	found := map[*tensor.Tensor]bool{}
	for _, p := range w.found {
		found[p.Tensor] = true
	}
	s := &search{found: found, seen: map[place]bool{}}
	for _, h := range w.hidden {
		s.look(h.value, func() {
			panic(&tensor.Error{Op: "layers.Params", Rule: "the field " + h.owner.String() + "." + h.field.Name +
				" is unexported, so the parameters in it would not be trained: export it, or tag it `param:\"-\"`"})
		})
	}
}

// A search looks for lost parameters through exported and unexported fields alike.
type search struct {
	found map[*tensor.Tensor]bool
	seen  map[place]bool
}

func (s *search) look(v reflect.Value, lost func()) {
	if !v.IsValid() || !mayHold(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		s.look(v.Elem(), lost)
	case reflect.Pointer, reflect.Slice:
		n := 1
		if v.Kind() == reflect.Slice {
			n = v.Len()
		}
		p := place{v.Pointer(), n, v.Type()}
		if v.IsNil() || s.seen[p] {
			return
		}
		s.seen[p] = true
		if v.Type() == tensorType {
			// The value came through an unexported field, so Interface would panic.
			if t := (*tensor.Tensor)(v.UnsafePointer()); !s.found[t] && t.Pass() == nil {
				lost()
			}
			return
		}
		if v.Kind() == reflect.Pointer {
			s.look(v.Elem(), lost)
			return
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			s.look(v.Index(i), lost)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !tagOf(v.Type().Field(i)).skip {
				s.look(v.Field(i), lost)
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			s.look(it.Value(), lost)
		}
	}
}
