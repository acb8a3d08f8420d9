package data

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// npyBytes is a file of version 1.0 with any header and any elements.
func npyBytes(header, elements string) []byte {
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(b, header+elements...)
}

// npyOf is npyBytes of a well-formed header.
func npyOf(descr, fortran, shape, elements string) []byte {
	return npyBytes("{'descr': '"+descr+"', 'fortran_order': "+fortran+", 'shape': "+shape+", }\n", elements)
}

func TestNPYRoundTrip(t *testing.T) {
	for _, a := range append(idxArrays(), tensor.ArrayOf([]float32{7}), tensor.ArrayOf([]int32{}, 0, 3)) {
		var b bytes.Buffer
		if err := WriteNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		if at := bytes.IndexByte(b.Bytes(), '\n') + 1; at%64 != 0 {
			t.Errorf("the elements of %v begin at byte %d, expected a multiple of 64", a.Shape(), at)
		}
		got, err := ReadNPYFile(writeFile(t, "a.npy", b.Bytes()))
		if err != nil || !slices.Equal(got.Shape(), a.Shape()) || !reflect.DeepEqual(got.Any(), a.Any()) {
			t.Errorf("%v comes back as %v, %v", a, got, err)
		}
	}
	wantMisuse(t, "the array is absent", func() { _ = WriteNPY(&bytes.Buffer{}, tensor.Array{}) })
	if err := WriteNPY(&fullDisk{room: 100}, numbered[int32](300)); err == nil || !strings.HasPrefix(err.Error(), "data: WriteNPY: ") {
		t.Errorf("a full disk: %v", err)
	}
}

func TestReadNPYTypes(t *testing.T) {
	for _, tt := range []struct {
		descr, fortran, shape, elements string
		want                            tensor.Array
	}{
		{"|u1", "False", "(2,)", "\x01\xff", tensor.ArrayOf([]uint8{1, 255}, 2)},
		{"|b1", "False", "(2,)", "\x01\x00", tensor.ArrayOf([]uint8{1, 0}, 2)},
		{"|i1", "False", "(2,)", "\x01\xff", tensor.ArrayOf([]int32{1, -1}, 2)},
		{"<i2", "False", "(1,)", "\xfe\xff", tensor.ArrayOf([]int32{-2}, 1)},
		{">i2", "False", "(1,)", "\x01\x02", tensor.ArrayOf([]int32{258}, 1)},
		{"<u2", "False", "(1,)", "\xfe\xff", tensor.ArrayOf([]int32{65534}, 1)},
		{">i4", "False", "(1,)", "\x00\x00\x01\x00", tensor.ArrayOf([]int32{256}, 1)},
		{"<u4", "False", "(1,)", "\xff\xff\xff\x7f", tensor.ArrayOf([]int32{math.MaxInt32}, 1)},
		{"<i8", "False", "(1,)", "\xfe\xff\xff\xff\xff\xff\xff\xff", tensor.ArrayOf([]int32{-2}, 1)},
		{">u8", "False", "(1,)", "\x00\x00\x00\x00\x00\x00\x00\x09", tensor.ArrayOf([]int32{9}, 1)},
		{"<f2", "False", "(6,)", "\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c\x00\x80",
			tensor.ArrayOf([]float32{1, -2, 65504, 0x1p-24, float32(math.Inf(1)), float32(math.Copysign(0, -1))}, 6)},
		{">f4", "False", "()", "\x3f\xc0\x00\x00", tensor.ArrayOf([]float32{1.5})},
		{"<f8", "False", "(1, 1)", "\x00\x00\x00\x00\x00\x00\xf8\x3f", tensor.ArrayOf([]float64{1.5}, 1, 1)},
		{"|u1", "True", "(2, 3)", "\x00\x03\x01\x04\x02\x05", numbered[uint8](2, 3)},
		{"|u1", "True", "(2, 2, 2)", "\x00\x04\x02\x06\x01\x05\x03\x07", numbered[uint8](2, 2, 2)},
		{"|u1", "False", "(0, 5)", "", tensor.ArrayOf([]uint8{}, 0, 5)},
	} {
		got, err := ReadNPY(bytes.NewReader(npyOf(tt.descr, tt.fortran, tt.shape, tt.elements)))
		if err != nil || !slices.Equal(got.Shape(), tt.want.Shape()) || !reflect.DeepEqual(got.Any(), tt.want.Any()) {
			t.Errorf("%s %s: %v, %v, expected %v", tt.descr, tt.shape, got, err, tt.want)
		}
	}
	if nan := halfFloat(0x7e00); nan == nan {
		t.Errorf("the half float 0x7e00 is %v, expected NaN", nan)
	}
	// The keys in another order, other quotes, no comma at the end, version 2.
	h := `{"shape":(1,),'fortran_order' : False ,  "descr": "|u1"}` + "  \n"
	file := append([]byte(npyMagic+"\x02\x00"), byte(len(h)), 0, 0, 0)
	if a, err := ReadNPY(bytes.NewReader(append(file, h+"\x05"...))); err != nil || a.Len() != 1 {
		t.Errorf("%v, %v", a, err)
	}
}

// What numpy 2.4.6 wrote: savez_compressed of images [2 3 2] uint8, labels [2] int64, half [2 3] float16 in Fortran's
// order and flag, a bool without dimensions; and save of [[1.5, -2], [3, inf]] as big-endian float32.
const (
	numpyArchive = "UEsDBC0AAAAIAAAAIQD1zwrZ//////////8KABQAaW1hZ2VzLm5weQEAEACMAAAAAAAAAFUAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXl" +
		"NqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxjoKRpo6CrUK5AEuBkYmZhZWNnYOTi5uAFBLAwQtAAAACAAAACEAZ97/aP//" +
		"////////CgAUAGxhYmVscy5ucHkBABAAkAAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEn" +
		"dLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC5mBgj4DwUAUEsDBC0AAAAIAAAAIQBD3dsR//////////8IABQAaGFsZi5ucHkBABAAjAAAAAAAAABR" +
		"AAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqSuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxpo6CrUK5AMuBhsGFwYHBl" +
		"cGpwY3AFBLAwQtAAAACAAAACEAgi340///////////CAAUAGZsYWcubnB5AQAQAIEAAAAAAAAAQwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRu" +
		"paBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBLkYAUEsBAi0DLQAAAAgAAAAhAPXPCtlVAAAAjAAAAAoAAAAAAA" +
		"AAAAAAAIABAAAAAGltYWdlcy5ucHlQSwECLQMtAAAACAAAACEAZ97/aEoAAACQAAAACgAAAAAAAAAAAAAAgAGRAAAAbGFiZWxzLm5weVBLAQIt" +
		"Ay0AAAAIAAAAIQBD3dsRUQAAAIwAAAAIAAAAAAAAAAAAAACAARcBAABoYWxmLm5weVBLAQItAy0AAAAIAAAAIQCCLfjTQwAAAIEAAAAIAAAAAA" +
		"AAAAAAAACAAaIBAABmbGFnLm5weVBLBQYAAAAABAAEANwAAAAfAgAAAAA="
	numpyArray = "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgIC" +
		"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/wAAAwAAAAEBAAAB/gAAA"
)

func TestReadWhatNumPyWrote(t *testing.T) {
	a, err := ReadNPY(bytes.NewReader(unbase64(numpyArray)))
	if want := tensor.ArrayOf([]float32{1.5, -2, 3, float32(math.Inf(1))}, 2, 2); err != nil || !reflect.DeepEqual(a, want) {
		t.Errorf("%v, %v, expected %v", a, err, want)
	}
	arrays, err := ReadNPZFile(writeFile(t, "a.npz", unbase64(numpyArchive)))
	want := map[string]tensor.Array{
		"images": numbered[uint8](2, 3, 2),
		"labels": tensor.ArrayOf([]int32{3, -1}, 2),
		"half":   tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6.5}, 2, 3),
		"flag":   tensor.ArrayOf([]uint8{1}, []int{}...),
	}
	if err != nil || len(arrays) != len(want) {
		t.Fatalf("%v, %v", arrays, err)
	}
	for name, w := range want {
		if got := arrays[name]; !slices.Equal(got.Shape(), w.Shape()) || !reflect.DeepEqual(got.Any(), w.Any()) {
			t.Errorf("%s is %v, expected %v", name, got, w)
		}
	}
}

func TestNPYCutAnywhere(t *testing.T) {
	for _, a := range idxArrays()[:4] {
		var b bytes.Buffer
		if err := WriteNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		file := b.Bytes()
		for n := range file {
			if got, err := ReadNPY(bytes.NewReader(file[:n])); err == nil {
				t.Fatalf("file of %d bytes, cut to %d: %v", len(file), n, got)
			}
		}
	}
	file := unbase64(numpyArchive)
	for n := range file {
		if got, err := ReadNPZ(bytes.NewReader(file[:n]), int64(n)); err == nil {
			t.Fatalf("archive of %d bytes, cut to %d: %v", len(file), n, got)
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	f.Add(unbase64(numpyArray))
	f.Add(npyOf("<i8", "True", "(2, 1)", strings.Repeat("\x00", 16)))
	f.Add(npyOf("<f2", "False", "()", "\x00\x3c"))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := readNPY(bytes.NewReader(file), 1<<20)
		if err != nil {
			return
		}
		// What is read can be written, and comes back the same.
		var b bytes.Buffer
		if err := WriteNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		again, err := readNPY(&b, 1<<22)
		if err != nil || !slices.Equal(again.Shape(), a.Shape()) || again.DType() != a.DType() || again.Len() != a.Len() {
			t.Errorf("%v %v comes back as %v, %v", a.Shape(), a.DType(), again, err)
		}
	})
}

func FuzzReadNPZ(f *testing.F) {
	f.Add(unbase64(numpyArchive))
	f.Fuzz(func(t *testing.T, file []byte) {
		arrays, err := readNPZ(bytes.NewReader(file), int64(len(file)), 1<<20)
		for name, a := range arrays {
			if err != nil || a.Absent() {
				t.Errorf("%q is %v with %v", name, a, err)
			}
		}
	})
}
