package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/cuda"
)

func TestSetup(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	t.Setenv("GOENV", filepath.Join(home, "goenv"))
	t.Setenv("CGO_CFLAGS", "")
	os.Unsetenv("CGO_CFLAGS") // restored by Setenv's clean-up
	var out strings.Builder
	for range 2 { // the second time changes nothing
		if code := run(&world{ctx: t.Context(), out: &out, err: &out}, []string{"setup"}); code != 0 {
			t.Fatalf("exit %d: %s", code, out.String())
		}
	}
	config, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	header := filepath.Join(config, "braid", "include", "cuda.h")
	text, err := os.ReadFile(header)
	if err != nil || string(text) != cuda.Header || !strings.Contains(cuda.Header, "cuLaunchKernel") {
		t.Errorf("%s: %v, %d bytes", header, err, len(text))
	}
	flags, err := goEnv("CGO_CFLAGS")
	if err != nil || flags != "-O2 -g -I"+filepath.Dir(header) {
		t.Errorf("CGO_CFLAGS is %q, %v", flags, err)
	}
	if !strings.Contains(out.String(), "undo    go env -u CGO_CFLAGS") {
		t.Errorf("says: %s", out.String())
	}
}
