package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func idxBytes(t testing.TB, a tensor.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteIDX(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func idxArrays() []tensor.Array {
	return []tensor.Array{
		numbered[uint8](2, 3, 4, 3),
		tensor.ArrayOf([]int32{math.MinInt32, -1, 0, math.MaxInt32}, 4),
		tensor.ArrayOf([]float32{-1.5, float32(math.Inf(1)), 1e-45, 3}, 2, 2),
		tensor.ArrayOf([]float64{math.Pi, math.Copysign(0, -1)}, 1, 2, 1),
		numbered[uint8](40000), // more than one chunk
		numbered[int32](3, 7000),
	}
}

func TestIDXRoundTrip(t *testing.T) {
	for _, a := range idxArrays() {
		raw := idxBytes(t, a)
		for _, file := range [][]byte{raw, zipped(t, raw)} {
			got, err := ReadIDX(bytes.NewReader(file))
			if err != nil || !reflect.DeepEqual(got, a) {
				t.Errorf("%v comes back as %v, %v", a, got, err)
			}
		}
	}
	short, err := ReadIDX(strings.NewReader("\x00\x00\x0b\x01\x00\x00\x00\x03\x01\x02\xff\xff\x80\x00"))
	if err != nil || !reflect.DeepEqual(short, tensor.ArrayOf([]int32{258, -1, -32768}, 3)) {
		t.Errorf("16-bit numbers: %v, %v", short, err)
	}
}

// A file that was cut at any byte, and one that goes on, is an error and not a panic.
func TestIDXCutAnywhere(t *testing.T) {
	for _, a := range idxArrays()[:4] {
		raw := idxBytes(t, a)
		for name, file := range map[string][]byte{"plain": raw, "gzip": zipped(t, raw)} {
			for n := range file {
				if got, err := ReadIDX(bytes.NewReader(file[:n])); err == nil {
					t.Fatalf("%s file of %d bytes, cut to %d: %v", name, len(file), n, got)
				}
			}
			if got, err := ReadIDX(bytes.NewReader(append(file[:len(file):len(file)], 0))); err == nil {
				t.Errorf("%s file with another byte behind: %v", name, got)
			}
		}
		if got, err := ReadIDX(bytes.NewReader(zipped(t, append(raw, 7)))); err == nil {
			t.Errorf("another byte within the gzip file: %v", got)
		}
	}
}

// Any byte of the header with any other value: the file no longer fits it.
func TestIDXHeaderFlipped(t *testing.T) {
	raw := idxBytes(t, numbered[uint8](2, 3, 4, 3))
	for i := range 4 + 4*4 {
		for v := range 256 {
			bad := bytes.Clone(raw)
			if bad[i] = byte(v); bad[i] == raw[i] {
				continue
			}
			if got, err := readIDX(bytes.NewReader(bad), 1<<20); err == nil {
				t.Errorf("byte %d of the header is %#x instead of %#x: %v", i, v, raw[i], got)
			}
		}
	}
}

// A bit of the file that the gzip checksum guards.
func TestIDXDamagedGzip(t *testing.T) {
	raw := idxBytes(t, numbered[uint8](2, 3, 4, 3))
	file := zipped(t, raw)
	for i := 10; i < len(file); i++ { // the 10 bytes before are a time and the like, which change nothing
		file[i] ^= 0x10
		if got, err := ReadIDX(bytes.NewReader(file)); err == nil && !reflect.DeepEqual(got, numbered[uint8](2, 3, 4, 3)) {
			t.Errorf("bit of byte %d: %v", i, got)
		}
		file[i] ^= 0x10
	}
}

func TestIDXErrors(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"", "the header of 4 bytes: the file ends too early"},
		{"\x00\x00\x08", "the header of 4 bytes: the file ends too early"},
		{"PK\x08\x01", "the file begins with bytes 0x50 0x4b, expected 0 0 (IDX)"},
		{"\x00\x00\x09\x01\x00\x00\x00\x01x", "the element type is 0x09, expected 0x08"},
		{"\x00\x00\x08\x00", "0 dimensions, expected 1 to 8"},
		{"\x00\x00\x08\x09", "9 dimensions, expected 1 to 8"},
		{"\x00\x00\x08\x02\x00\x00\x00\x01", "the 2 dimensions: the file ends too early"},
		{"\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x00", "dimension 1 is 0, expected 1 or more"},
		{"\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "the header is damaged"},
		{"\x00\x00\x0e\x01\x7f\xff\xff\xff", "the header is damaged"},
		{"\x00\x00\x08\x02\x7f\xff\xff\xff\x00\x00\x00\x01abc", "3 of the 2147483647 elements of [2147483647 1]: the file ends too early"},
		{"\x00\x00\x08\x01\x00\x00\x00\x01xy", "there are bytes after the 1 elements of [1]"},
		{"\x1f\x8b\x08", "unexpected EOF"},
	} {
		_, err := ReadIDX(strings.NewReader(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "data: ReadIDX: ") {
			t.Errorf("%q: %v, expected %q", tt.file, err, tt.want)
		}
	}
	path := filepath.Join(t.TempDir(), "labels.idx")
	if _, err := ReadIDXFile(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "labels.idx") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("nothing like it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadIDXFile(path); err == nil || !strings.Contains(err.Error(), "labels.idx: the file begins") {
		t.Errorf("a wrong file: %v, expected its name", err)
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(b []byte) (int, error) {
	n := min(d.room, len(b))
	if d.room -= n; n < len(b) {
		return n, errors.New("no space left")
	}
	return n, nil
}

func TestWriteIDXFails(t *testing.T) {
	for _, room := range []int{0, 3, 5000} {
		if err := WriteIDX(&fullDisk{room}, numbered[float64](3000)); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	wantMisuse(t, "shape []", func() { _ = WriteIDX(&bytes.Buffer{}, tensor.Array{}) })
	wantMisuse(t, "dimension 1 is 0", func() { _ = WriteIDX(&bytes.Buffer{}, numbered[uint8](3, 0)) })
}

func FuzzReadIDX(f *testing.F) {
	for _, a := range idxArrays()[:4] {
		raw := idxBytes(f, a)
		f.Add(raw)
		f.Add(zipped(f, raw))
		f.Add(raw[:len(raw)-1])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := readIDX(bytes.NewReader(file), 1<<20)
		if err != nil {
			return
		}
		b, err := ReadIDX(bytes.NewReader(idxBytes(t, a)))
		if err != nil || !bytes.Equal(idxBytes(t, a), idxBytes(t, b)) {
			t.Errorf("%v is written and comes back as %v, %v", a, b, err)
		}
	})
}
