package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/optable"
	"github.com/braidml/braid/tensor"
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

func TestParity(t *testing.T) {
	var out strings.Builder
	if code := run(&world{ctx: t.Context(), out: &out, err: &out}, []string{"doctor", "--parity"}); code != 0 {
		t.Fatalf("exit %d: %s", code, out.String())
	}
	for _, want := range []string{"MatMul", "Conv2D", "operations agree with float64"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
	var o operation
	o.compare(wrongRow(), tensor.CPU(), tensor.CPU())
	if o.fault == "" {
		t.Error("a row that computes something else each time passes")
	}
}

// wrongRow draws another value at each call.
func wrongRow() optable.Row {
	calls := float32(0)
	row := optable.Rows[0]
	forward := row.Forward
	row.Forward = func(p *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor {
		calls++
		return forward(p, xs).Shift(calls)
	}
	return row
}
