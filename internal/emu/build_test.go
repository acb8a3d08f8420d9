//go:build linux && amd64 && !cpu

package emu

import "testing"

func TestBuild(t *testing.T) {
	if err := Available(); err != nil {
		t.Skip(err)
	}
	for _, checked := range []bool{false, true} {
		lib, err := Build(checked)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Build(checked); err != nil || again != lib {
			t.Errorf("the second build is %s, %v; the first was %s", again, err, lib)
		}
	}
}
