package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShimIsFresh(t *testing.T) {
	dir := filepath.Join("..", "..", "cuda")
	header, err := os.ReadFile(filepath.Join(dir, "cuda.h"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(string(header))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "shim.c"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("cuda/shim.c is stale: run go generate ./cuda")
	}
}

func TestGenerate(t *testing.T) {
	got, err := generate("CUresult cuInit(unsigned);\nCUresult cuFree(CUdeviceptr) AS(cuFree_v2); CUresult cuSync(void);\n" +
		"CUresult cuWide(int*,\n    int);\nCUresult cuStreamWaitValue32(int) AS(cuStreamWaitValue32_v2);")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"p_cuInit ? p_cuInit(a0) : CUDA_SUCCESS",
		`CUresult cuFree(CUdeviceptr a0) {`,
		`dlsym(l, "cuFree_v2")`,
		"CUresult cuSync(void) {",
		"CUresult cuWide(int* a0, int a1) {",
		`cuStreamWaitValue32_plain(int) __asm__("cuStreamWaitValue32")`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the shim lacks %q", want)
		}
	}
	if _, err := generate("int main(void);"); err == nil {
		t.Error("a header without functions passes")
	}
}

func TestRun(t *testing.T) {
	shim := filepath.Join(t.TempDir(), "shim.c")
	if err := run(filepath.Join("..", "..", "cuda", "cuda.h"), shim); err != nil {
		t.Fatal(err)
	}
	if err := run(filepath.Join(t.TempDir(), "cuda.h"), shim); err == nil {
		t.Error("a header that is not there passes")
	}
}
