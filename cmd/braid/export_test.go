package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/interop/onnx"
)

func TestExport(t *testing.T) {
	for name, run := range map[string]func() string{"fusion": trained, "generator of a GAN": trainedGAN, "autoencoder": trainedAE} {
		file := filepath.Join(t.TempDir(), "model.onnx")
		if out := must(t, "export", "--model", run(), "--onnx", file); !strings.Contains(out, file+": "+name+", ") {
			t.Errorf("export says %q", out)
		}
		if m, err := onnx.Open(file); err != nil || len(m.Inputs) == 0 {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	dir := t.TempDir()
	wrong := filepath.Join(dir, "wrong.safetensors")
	if err := os.WriteFile(wrong, []byte("what is this?"), 0o666); err != nil {
		t.Fatal(err)
	}
	refuse(t, 1, []string{"export", "--model", dir, "--onnx", filepath.Join(dir, "x")}, modelFile)
	refuse(t, 1, []string{"export", "--model", wrong, "--onnx", filepath.Join(dir, "x")}, wrong)
	refuse(t, 2, []string{"export", "--model", dir}, "--onnx")
	if left := list(t, dir); left != "wrong.safetensors" {
		t.Errorf("what failed left %s", left)
	}
}
