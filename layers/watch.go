package layers

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/braidml/braid/tensor"
)

// A watcher sees what layers make, for Summary. It travels as the pass's context, so that layers have no field for it.
type watcher struct {
	paths   map[place]string // of the model's pointers and slices
	at      string           // the path of the child that a Sequential is running
	batch   int              // the first dimension of the first output
	rows    []row
	counted map[*tensor.Tensor]bool
}

type watchKey struct{}

// A row is one line of a summary.
type row struct {
	path, kind, output string
	values             int
}

func watching(x *tensor.Tensor) *watcher {
	p := x.Pass()
	if p == nil {
		return nil
	}
	w, _ := p.Context(watchKey{}).(*watcher)
	return w
}

// saw tells the watcher, if there is one, that l made y. It is generic so that a layer used by value is not moved to
// the heap at each step of a training that nobody watches.
func saw[L any](l L, y *tensor.Tensor) *tensor.Tensor {
	if w := watching(y); w != nil {
		w.add(l, y)
	}
	return y
}

func (w *watcher) add(l any, y *tensor.Tensor) {
	where := w.at
	if v := reflect.ValueOf(l); v.Kind() == reflect.Pointer {
		if p, ok := w.paths[place{v.Pointer(), 1, v.Type()}]; ok {
			where = p
		}
	}
	r := row{path: where, kind: kindOf(l), output: w.shape(y)}
	for _, p := range parameters(l) {
		if !w.counted[p.Tensor] {
			w.counted[p.Tensor] = true
			r.values += p.Len()
		}
	}
	w.rows = append(w.rows, r)
}

// child runs layer i of s. A layer that does not report itself, a user's, is reported here.
func (w *watcher) child(s Sequential, i int, x *tensor.Tensor) *tensor.Tensor {
	v := reflect.ValueOf(s)
	outer, n := w.at, len(w.rows)
	base, ok := w.paths[place{v.Pointer(), len(s), v.Type()}]
	if !ok {
		base = outer
	}
	w.at = join(base, strconv.Itoa(i))
	y := s[i].Forward(x)
	if len(w.rows) == n {
		w.add(s[i], y)
	}
	w.at = outer
	return y
}

// kindOf is the name of a layer's type, or of the method that a Func is.
func kindOf(l any) string {
	v := reflect.ValueOf(l)
	if v.Kind() == reflect.Func {
		name := path.Ext(runtime.FuncForPC(v.Pointer()).Name())
		if name = strings.TrimPrefix(name, "."); name != "" && !strings.HasPrefix(name, "func") {
			return name
		}
		return "Func"
	}
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
