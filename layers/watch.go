package layers

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/braidml/braid/tensor"
)

// A watcher sees what layers make. It travels as the pass's context, so that layers have no field for it.
type watcher struct {
	paths map[place]string // of the model's pointers and slices
	at    string           // the path of the child that a Sequential is running
	calls int              // of see
	see   func(path string, layer any, y *tensor.Tensor) *tensor.Tensor
}

type watchKey struct{}

// Watch calls see for each layer of m that p runs from now on, in order: with its path ("image.0", as in [Summary] and
// [Params]), the layer, and its output. What see returns takes the output's place; mostly that is y itself. PyTorch's
// register_forward_hook, for all modules. A layer without parameters that no Sequential runs has no path, and a user's
// own layer is seen where a Sequential runs it. A pass has one watch: a later one ends it.
func Watch(p *tensor.Pass, m any, see func(path string, layer any, y *tensor.Tensor) *tensor.Tensor) {
	w := &watcher{paths: map[place]string{}, see: see}
	nodes := &walker{seen: map[place]bool{}}
	nodes.node = func(path string, v reflect.Value) {
		n := 1
		if v.Kind() == reflect.Slice {
			n = v.Len()
		}
		w.paths[place{v.Pointer(), n, v.Type()}] = path
	}
	nodes.walk("", reflect.ValueOf(m), false)
	p.SetContext(watchKey{}, w)
}

func watching(x *tensor.Tensor) *watcher {
	p := x.Pass()
	if p == nil {
		return nil
	}
	w, _ := p.Context(watchKey{}).(*watcher)
	return w
}

// saw tells the watcher, if there is one, that l made y, and returns what is to be used for it. It is generic so that a
// layer used by value is not moved to the heap at each step of a training that nobody watches.
func saw[L any](l L, y *tensor.Tensor) *tensor.Tensor {
	if w := watching(y); w != nil {
		return w.report(l, y)
	}
	return y
}

func (w *watcher) report(l any, y *tensor.Tensor) *tensor.Tensor {
	where := w.at
	if v := reflect.ValueOf(l); v.Kind() == reflect.Pointer {
		if p, ok := w.paths[place{v.Pointer(), 1, v.Type()}]; ok {
			where = p
		}
	}
	w.calls++
	return w.see(where, l, y)
}

// child runs layer i of s. A layer that does not report itself, a user's, is reported here.
func (w *watcher) child(s Sequential, i int, x *tensor.Tensor) *tensor.Tensor {
	v := reflect.ValueOf(s)
	outer, n := w.at, w.calls
	base, ok := w.paths[place{v.Pointer(), len(s), v.Type()}]
	if !ok {
		base = outer
	}
	w.at = join(base, strconv.Itoa(i))
	y := s[i].Forward(x)
	if w.calls == n {
		y = w.report(s[i], y)
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
