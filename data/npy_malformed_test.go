package data

import (
	"archive/zip"
	"bytes"
	"runtime"
	"strings"
	"testing"
)

func TestReadNPYMalformed(t *testing.T) {
	whole := npyOf("|u1", "False", "(2,)", "ab")
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the magic and the version of 8 bytes: the file ends too early"},
		{"text", []byte("1,2,3\n4,5,6\n"), `the file begins with "1,2,3\n", expected "\x93NUMPY" (NPY)`},
		{"short text", []byte("1,2,3\n4"), `the file begins with "1,2,3\n", expected`},
		{"gzip", zipped(t, whole), `the file begins with "\x1f\x8b`},
		{"version 4", changed(whole, 6, "\x04"), "the format's version is 4.0, expected 1.0, 2.0 or 3.0"},
		{"version 1.1", changed(whole, 7, "\x01"), "the format's version is 1.1"},
		{"no length", whole[:9], "the length of the header: the file ends too early"},
		{"cut header", whole[:30], "the header of 58 bytes: the file ends too early"},
		{"header of 4 GB", []byte(npyMagic + "\x02\x00\xff\xff\xff\xff{}"), "the header has 4294967295 bytes, expected at most 65536"},
		{"no header", npyBytes("", ""), `found "", expected {`},
		{"not a dictionary", npyBytes("[1, 2]\n", ""), `found "[1, 2]", expected {`},
		{"no keys", npyBytes("{}\n", ""), `there is no key "descr"`},
		{"no shape", npyBytes("{'descr': '|u1', 'fortran_order': False}\n", ""), `there is no key "shape"`},
		{"key twice", npyBytes("{'descr': '|u1', 'descr': '|u1'}\n", ""), `the key "descr" comes twice`},
		{"unknown key", npyBytes("{'descr': '|u1', 'order': 'C'}\n", ""), `the key "order" is not known`},
		{"key without quotes", npyBytes("{descr: '|u1'}\n", ""), "expected a quoted string"},
		{"no colon", npyBytes("{'descr' '|u1'}\n", ""), `found "'|u1'}", expected :`},
		{"no comma", npyBytes("{'descr': '|u1' 'shape': (1,)}\n", ""), `found "'shape': (1,)}", expected , or }`},
		{"not closed", npyBytes("{'descr': '|u1',\n", ""), `found "", expected a quoted string`},
		{"something behind", npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} + x\n", "a"), `found "+ x", expected its end`},
		{"escapes", npyBytes(`{'de\'scr': 1}`+"\n", ""), "expected a quoted string without escapes"},
		{"objects", npyOf("|O", "False", "(1,)", ""), "the elements are pickled objects, expected numbers"},
		{"strings", npyOf("<U10", "False", "(1,)", ""), `the elements are strings ("<U10"), expected numbers`},
		{"complex", npyOf("<c8", "False", "(1,)", "12345678"), `the type of the elements is "<c8", expected one of`},
		{"dates", npyOf("<M8[ns]", "False", "(1,)", "12345678"), `the type of the elements is "<M8[ns]"`},
		{"no byte order", npyOf("|f4", "False", "(1,)", "1234"), `the type of the elements is "|f4"`},
		{"structures", npyBytes("{'descr': [('x', '<f4')], }\n", ""), "the elements are structures, expected numbers"},
		{"order of axes", npyOf("|u1", "1", "(1,)", "a"), `found "1, 'shape': (1,), }", expected True or False`},
		{"shape a list", npyOf("|u1", "False", "[1]", "a"), "expected ( of the shape"},
		{"shape a number", npyOf("|u1", "False", "(1)", "a"), "expected a comma behind a dimension"},
		{"negative dimension", npyOf("|u1", "False", "(-1,)", "a"), `found "-1,), }", expected a dimension from 0 to 8589934592`},
		{"dimension beyond int64", npyOf("|u1", "False", "(99999999999999999999,)", "a"), "expected a dimension from 0"},
		{"8 GiB and more", npyOf("<f8", "False", "(65536, 65536)", "a"), "has more than 8589934592 bytes of elements"},
		{"overflow", npyOf("|u1", "False", "(8589934592, 8589934592, 8589934592)", "a"), "has more than 8589934592 bytes of elements"},
		{"33 dimensions", npyOf("|u1", "False", "("+strings.Repeat("1,", 33)+")", "a"), "there are more than 32 dimensions"},
		{"fewer elements", npyOf("<f4", "False", "(2, 3)", "12345678"), "2 of the 6 elements of [2 3]: the file ends too early"},
		{"no elements", npyOf("<f4", "False", "(1000000000,)", ""), "0 of the 1000000000 elements of [1000000000]: the file ends too early"},
		{"more elements", npyOf("|u1", "False", "(2,)", "abc"), "there are bytes after the 2 elements of [2], expected the end of the file"},
		{"bool of 2", npyOf("|b1", "False", "(3,)", "\x00\x01\x02"), "element 2 of [3] does not fit: its type in the file is b1"},
		{"int64 beyond int32", npyOf("<i8", "False", "(1,)", "\x00\x00\x00\x80\x00\x00\x00\x00"), "element 0 of [1] does not fit: its type in the file is i8, expected a value of int32 (of a bool, 0 or 1)"},
		{"uint32 beyond int32", npyOf("<u4", "False", "(1,)", "\x00\x00\x00\x80"), "element 0 of [1] does not fit"},
		{"uint64 beyond int32", npyOf("<u8", "False", "(1,)", "\x00\x00\x00\x00\x00\x00\x00\x80"), "element 0 of [1] does not fit"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadNPYFile(writeFile(t, "bad.npy", tt.file))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "bad.npy: ") {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%s: %d bytes allocated before it was refused", tt.name, grown)
		}
	}
}

// archive writes members of a name and contents each, in turn.
func archive(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.CreateHeader(&zip.FileHeader{Name: members[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadNPZMalformed(t *testing.T) {
	a := string(npyOf("|u1", "False", "(2,)", "ab"))
	good := archive(t, "a.npy", a)
	if arrays, err := ReadNPZ(bytes.NewReader(good), int64(len(good))); err != nil || arrays["a"].Len() != 2 {
		t.Fatalf("%v, %v", arrays, err)
	}
	element := bytes.Index(good, []byte("\nab")) + 1
	directory := bytes.Index(good, []byte("PK\x01\x02"))
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "zip: not a valid zip file, expected an archive of arrays (NPZ)"},
		{"an array", []byte(a), "zip: not a valid zip file"},
		{"cut", good[:len(good)-1], "zip: not a valid zip file"},
		{"only the end", good[directory:], `member "a.npy": `},
		{"another file", archive(t, "a.npy", a, "readme.txt", "hello"), `member "readme.txt": expected a name that ends in .npy`},
		{"a folder", archive(t, "a/", ""), `member "a/": expected a name that ends in .npy`},
		{"twice", archive(t, "a.npy", a, "a.npy", a), `member "a.npy" comes twice`},
		{"empty member", archive(t, "a.npy", ""), `member "a.npy": the magic and the version of 8 bytes: the file ends too early`},
		{"bad member", archive(t, "a.npy", a, "b.npy", a[:20]), `member "b.npy": the header`},
		{"objects", archive(t, "o.npy", string(npyOf("|O", "False", "(1,)", "x"))), `member "o.npy": the header`},
		{"damaged element", changed(good, element, "x"), `member "a.npy": after the 2 elements of [2]: zip: checksum error`},
		{"encrypted", changed(good, directory+8, "\x01"), `member "a.npy": it is encrypted`},
		{"method", changed(good, directory+10, "\x63"), `member "a.npy": zip: unsupported compression algorithm`},
	} {
		_, err := ReadNPZFile(writeFile(t, "bad.npz", tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "bad.npz: ") {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
	}
	// The bound is on all members together.
	two := archive(t, "a.npy", a, "b.npy", a)
	if _, err := readNPZ(bytes.NewReader(two), int64(len(two)), 3); err == nil || !strings.Contains(err.Error(), `member "b.npy": the shape [2] has more than 1 bytes`) {
		t.Errorf("4 bytes of elements where 3 are allowed: %v", err)
	}
}
