package kernels

import (
	"bytes"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		major, minor int
		want         string
	}{
		{7, 5, "transfer.sm_75.cubin"},
		{8, 0, "transfer.sm_80.cubin"},
		{8, 9, "transfer.sm_80.cubin"},
		{9, 0, "transfer.sm_90.cubin"},
		{12, 0, "transfer.compute_75.ptx"},
	} {
		img, err := Lookup("transfer", c.major, c.minor)
		if err != nil || img.Name != c.want {
			t.Errorf("for %d.%d: %s, %v; want %s", c.major, c.minor, img.Name, err, c.want)
		}
	}
	img, err := Read("transfer.compute_75.ptx")
	if err != nil || !bytes.HasSuffix(img.Data, []byte{0}) || !bytes.Contains(img.Data, []byte(".target sm_75")) {
		t.Errorf("PTX is not a C string for sm_75: %v", err)
	}
}

func TestLookupSaysWhatThereIs(t *testing.T) {
	_, err := Lookup("transfer", 7, 0)
	if err == nil || !strings.Contains(err.Error(), "7.0") || !strings.Contains(err.Error(), "transfer.sm_75.cubin") {
		t.Errorf("error %v", err)
	}
	if _, err := Lookup("nosuch", 8, 0); err == nil {
		t.Error("no error for an unknown family")
	}
}

func TestSuits(t *testing.T) {
	for _, c := range []struct {
		name         string
		major, minor int
		runs         bool
	}{
		{"k.sm_86.cubin", 8, 0, false},
		{"k.sm_86.cubin", 8, 9, true},
		{"k.sm_90.cubin", 10, 0, false},
		{"k.compute_80.ptx", 10, 0, true},
		{"k.compute_80.ptx", 7, 5, false},
		{"k.manifest", 8, 0, false},
	} {
		if got := suits(c.name, c.major, c.minor) >= 0; got != c.runs {
			t.Errorf("%s on %d.%d: runs %v", c.name, c.major, c.minor, got)
		}
	}
}
