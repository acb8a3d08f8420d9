package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExport(t *testing.T) {
	for name, run := range map[string]func() string{"fusion": trained, "generator of a GAN": trainedGAN, "autoencoder": trainedAE} {
		file := filepath.Join(t.TempDir(), "model.onnx")
		if out := must(t, "export", "--model", run(), "--onnx", file); !strings.Contains(out, file+": "+name+", ") {
			t.Errorf("export says %q", out)
		}
		if info, err := os.Stat(file); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v, %v", name, info, err)
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
