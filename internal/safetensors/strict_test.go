package safetensors

import (
	stdbytes "bytes"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// file puts a header before n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestRules(t *testing.T) {
	const a = `"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}`
	long := `{"` + strings.Repeat("x", MaxName+1) + `":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`
	bad := []struct {
		header string
		data   int
		rule   string
	}{
		{``, 0, "start with {"},
		{` {}`, 0, "start with {"},
		{`[]`, 0, "start with {"},
		{"{}\n", 0, "padded with spaces"},
		{`{}{}`, 0, "one JSON object"},
		{`{` + a + `,}`, 2, "one JSON object"},
		{`{` + a, 2, "one JSON object"},
		{"{\"\xff\":1}", 0, "UTF-8"},
		{`{"\ud800":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2, "broken text"},
		{`{` + a + `,` + a + `}`, 2, "twice"},
		{`{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2, "twice"},
		{`{"__metadata__":{"k":"v","k":"w"},` + a + `}`, 2, "twice"},
		{`{"__metadata__":{},"__metadata__":{},` + a + `}`, 2, "twice"},
		{`{"__metadata__":{"k":1},` + a + `}`, 2, "text was expected"},
		{`{"__metadata__":"k",` + a + `}`, 2, "{ was expected"},
		{`{"a":null}`, 0, "{ was expected"},
		{`{"a":{}}`, 0, "were expected"},
		{`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"more":1}}`, 2, "unknown key"},
		{`{"a":{"dtype":"U8","shape":[2]}}`, 2, "were expected"},
		{`{"a":{"dtype":"u8","shape":[2],"data_offsets":[0,2]}}`, 2, "unknown dtype"},
		{`{"a":{"dtype":8,"shape":[2],"data_offsets":[0,2]}}`, 2, "text was expected"},
		{`{"a":{"dtype":"U8","shape":["2"],"data_offsets":[0,2]}}`, 2, "a number was expected"},
		{`{"a":{"dtype":"U8","shape":2,"data_offsets":[0,2]}}`, 2, "[ was expected"},
		{`{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}`, 2, "whole number"},
		{`{"a":{"dtype":"U8","shape":[2.0],"data_offsets":[0,2]}}`, 2, "whole number"},
		{`{"a":{"dtype":"U8","shape":[2e0],"data_offsets":[0,2]}}`, 2, "whole number"},
		{`{"a":{"dtype":"U8","shape":[18446744073709551618],"data_offsets":[0,2]}}`, 2, "whole number"},
		{`{"a":{"dtype":"U8","shape":[` + strings.Repeat("1,", MaxRank) + `2],"data_offsets":[0,2]}}`, 2, "more than"},
		{`{"a":{"dtype":"U8","shape":[4294967296,4294967296,2],"data_offsets":[0,0]}}`, 0, "size"},
		{`{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`, 0, "size"},
		{`{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}`, 0, "size"},
		{`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}`, 2, "size"},
		{`{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}`, 2, "data_offsets"},
		{`{"a":{"dtype":"U8","shape":[2],"data_offsets":[2]}}`, 2, "data_offsets"},
		{`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2,2]}}`, 2, "more than 2"},
		{`{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3, "gaps"},
		{`{` + a + `,"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}`, 5, "gaps"},
		{`{` + a + `,"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3, "overlap"},
		{`{` + a + `}`, 3, "the file has 3"},
		{`{` + a + `}`, 1, "the file has 1"},
		{`{}`, 1, "the file has 1"},
		{long, 2, "longer than"},
	}
	for _, c := range bad {
		b := file(c.header, c.data)
		_, err := Read(stdbytes.NewReader(b), int64(len(b)))
		if err == nil || !strings.Contains(err.Error(), c.rule) {
			t.Errorf("%.90s: error %v, want one that says %q", c.header, err, c.rule)
		}
	}
	good := []string{`{}`, `{}   `, `{` + a + `}`, `{"__metadata__":{}, ` + a + `} `, "{\n\t" + a + "}",
		`{` + a + `,"e":{"data_offsets":[2,2],"shape":[0,9],"dtype":"F64"},"f":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}`}
	for _, h := range good {
		n := 2 * strings.Count(h, `"a"`)
		if b := file(h, n); readAll(t, b) == nil {
			t.Errorf("%s was refused", h)
		}
	}
}

// same reports an error where reading b gives neither an error nor what the golden file holds.
func same(b []byte, want string) error {
	got, err := dump(b)
	if err == nil && got != want {
		return fmt.Errorf("read %.300s", got)
	}
	return nil
}

// dump is everything that a reader learns from a file.
func dump(b []byte) (string, error) {
	f, err := Read(stdbytes.NewReader(b), int64(len(b)))
	if err != nil {
		return "", err
	}
	s := fmt.Sprint(f.Meta, f.Names)
	for _, n := range f.Names {
		a, err := f.Tensor(n)
		if err != nil {
			return "", err
		}
		s += fmt.Sprintf("%s %x", f.DType(n), a.Any())
	}
	return s, nil
}

// TestDamage flips each byte of the header and cuts the file everywhere. A damaged name is a name, and a damaged value
// of the metadata a value: the format has no checksum. Everything else must be refused, or mean the same.
func TestDamage(t *testing.T) {
	whole, err := os.ReadFile("testdata/golden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	want, err := dump(whole)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := dump(whole[:n]); err == nil {
			t.Fatalf("cut to %d bytes, and read", n)
		}
		if _, err := dump(append(whole[:len(whole):len(whole)], make([]byte, n+1)...)); err == nil {
			t.Fatalf("%d bytes too many, and read", n+1)
		}
	}
	header := 8 + binary.LittleEndian.Uint64(whole)
	text := 0
	for i := range header {
		for _, mask := range []byte{0x01, 0x20, 0x80, 0xff} {
			b := stdbytes.Clone(whole)
			b[i] ^= mask
			if same(b, want) != nil {
				text++
				if !inText(whole, int(i)) {
					t.Errorf("byte %d (%q) flipped to %q: read something else", i, whole[i], b[i])
				}
			}
		}
	}
	if text == 0 {
		t.Error("no flipped name was noticed: the comparison sees nothing")
	}
}

// inText reports whether byte i of a file lies in a name or in the metadata, or in a dtype or number that another of the
// same size may replace.
func inText(b []byte, i int) bool {
	before := string(b[8:i])
	open := strings.Count(strings.ReplaceAll(before, `\"`, ""), `"`)%2 == 1
	return open || strings.HasSuffix(before, `"shape":[`) || strings.HasSuffix(before, `"shape":[0,`)
}

// TestMemory checks that a header cannot ask for more memory than its file has bytes.
func TestMemory(t *testing.T) {
	claims := [][]byte{
		file(`{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}`, 8),
		binary.LittleEndian.AppendUint64(nil, MaxHeader),
		binary.LittleEndian.AppendUint64(nil, 1<<63),
	}
	for _, b := range claims {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := dump(b); err == nil {
			t.Errorf("%q was read", b)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<16 {
			t.Errorf("%.20q took %d bytes of memory", b, got)
		}
	}
}

// FuzzRead checks that nothing panics, and that what was read can be written and read again.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"golden", "kinds"} {
		b, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(file(`{"__metadata__":{"a":"b"}} `, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read(stdbytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		var list []Tensor
		for _, n := range file.Names {
			if a, err := file.Tensor(n); err == nil {
				list = append(list, Tensor{n, a})
			}
		}
		var out stdbytes.Buffer
		if err := Write(&out, file.Meta, list); err != nil {
			t.Fatal(err)
		}
		check(t, readAll(t, out.Bytes()), list)
	})
}
