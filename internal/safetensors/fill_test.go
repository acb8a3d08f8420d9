package safetensors

import (
	stdbytes "bytes"
	"errors"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func params(m map[string]*tensor.Tensor) iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// Parameters go through a file unchanged, in memory that a copy would not fit into.
func TestParams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	big := make([]float32, 1<<20)
	for i := range big {
		big[i] = float32(i) / 3
	}
	from := map[string]*tensor.Tensor{"big": tensor.NewParam(big, 1<<10, 1<<10), "b": tensor.NewParam([]float32{7}, 1)}
	to := map[string]*tensor.Tensor{"big": tensor.NewParam(make([]float32, 1<<20), 1<<10, 1<<10), "b": tensor.NewParam([]float32{0}, 1)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := WriteParams(path, nil, params(from)); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Fill(params(to)); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes of memory for a model of %d", got, 4<<20)
	}
	for name, p := range from {
		if !sameBits(p.Array(), to[name].Array()) {
			t.Errorf("%s is another", name)
		}
	}
}

// Halves fill parameters, and each kind of misfit is told.
func TestFill(t *testing.T) {
	b := file(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"i":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}`, 8)
	copy(b[len(b)-8:], []byte{0, 0x3c, 0, 0xc0})
	f := readAll(t, b)
	a := tensor.NewParam([]float32{5, 5}, 2)
	wrong := f.Fill(params(map[string]*tensor.Tensor{"a": a, "c": a, "i": tensor.NewParam([]float32{1}, 1)}))
	for _, rule := range []string{"c is missing", "i is I32, a real type was expected"} {
		if wrong == nil || !strings.Contains(wrong.Error(), rule) {
			t.Errorf("error %v, want one that says %q", wrong, rule)
		}
	}
	wrong = f.Fill(params(map[string]*tensor.Tensor{"a": tensor.NewParam([]float32{1}, 1)}))
	for _, rule := range []string{"a is [2], [1] was expected", "i is unknown"} {
		if wrong == nil || !strings.Contains(wrong.Error(), rule) {
			t.Errorf("error %v, want one that says %q", wrong, rule)
		}
	}
	if got := a.Float32s(); got[0] != 5 || got[1] != 5 {
		t.Errorf("a file that does not fit changed a parameter: %v", got)
	}
	f = readAll(t, append(file(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 0), 0, 0x3c, 0, 0xc0))
	for _, float := range []tensor.DType{tensor.Float32, tensor.Float64} {
		dev, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: float})
		if err != nil {
			t.Fatal(err)
		}
		if err := dev.Place(a); err != nil {
			t.Fatal(err)
		}
		if err := f.Fill(params(map[string]*tensor.Tensor{"a": a})); err != nil {
			t.Fatal(err)
		}
		if got := a.Float32s(); got[0] != 1 || got[1] != -2 {
			t.Errorf("%v, want [1 -2]", got)
		}
	}
}

// failing is a disk that breaks behind the header.
type failing struct{ io.ReaderAt }

var errDisk = errors.New("input/output error")

func (d failing) ReadAt(b []byte, at int64) (int, error) {
	if at > 8 {
		return 0, errDisk
	}
	return d.ReaderAt.ReadAt(b, at)
}

func TestDiskFails(t *testing.T) {
	b := file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)
	f, err := Read(failing{stdbytes.NewReader(b)}, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	err = f.Fill(params(map[string]*tensor.Tensor{"a": tensor.NewParam([]float32{5, 5}, 2)}))
	if !errors.Is(err, errDisk) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("error %v, want the disk's and the tensor's name", err)
	}
}

// A machine of the other byte order writes and reads the same files: played here, it turns every element on its way.
func TestOtherByteOrder(t *testing.T) {
	var b stdbytes.Buffer
	if err := Write(&b, goldenMeta, golden); err != nil {
		t.Fatal(err)
	}
	bigEndian = !bigEndian
	defer func() { bigEndian = !bigEndian }()
	f := readAll(t, b.Bytes())
	a, err := f.Tensor("labels") // MinInt32, MaxInt32, 0
	if err != nil || !slices.Equal(tensor.Values[int32](a), []int32{0x80, -0x81, 0}) {
		t.Errorf("elements turned: %x (%v)", a.Any(), err)
	}
	var list []Tensor
	for _, name := range f.Names {
		a, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Tensor{name, a})
	}
	var again stdbytes.Buffer
	if err := Write(&again, f.Meta, list); err != nil {
		t.Fatal(err)
	}
	if !stdbytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("turned and turned back, the file is another")
	}
}
