package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// diagnose says what of an NVIDIA GPU's software this machine has: in both builds, so by looking and not by calling.
func diagnose() []string {
	if runtime.GOOS != "linux" {
		return []string{"the CUDA engine is for Linux; on " + runtime.GOOS + " every build computes on the CPU"}
	}
	nodes, _ := filepath.Glob("/dev/nvidia[0-9]*") // the pattern is well formed
	driver := "no kernel driver (/proc/driver/nvidia/version is not there)"
	if text, err := os.ReadFile("/proc/driver/nvidia/version"); err == nil {
		driver, _, _ = strings.Cut(string(text), "\n")
	}
	return []string{
		found("device nodes", nodes, "none (/dev/nvidia0 is not there): no GPU, or a container without it"),
		"driver: " + driver + "; 525 or newer is needed",
		found("libcuda.so.1", libraries("libcuda.so.1"), "not found in the usual folders: the driver's user part is not installed"),
		"images: sm_75 (families that allow it), sm_80, sm_86, sm_89, sm_90; newer GPUs compile the PTX when they first meet it",
		"to build: " + header(),
	}
}

func found(what string, paths []string, none string) string {
	if len(paths) == 0 {
		return what + ": " + none
	}
	return what + ": " + strings.Join(paths, " ")
}

func libraries(name string) (paths []string) {
	folders := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")),
		"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64")
	for _, dir := range folders {
		if path := filepath.Join(dir, name); exists(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// header says where a build of the CUDA engine would find its cuda.h.
func header() string {
	if out, err := exec.Command("go", "env", "CGO_CFLAGS").Output(); err == nil {
		for _, option := range strings.Fields(string(out)) {
			if path := filepath.Join(strings.TrimPrefix(option, "-I"), "cuda.h"); strings.HasPrefix(option, "-I") && exists(path) {
				return path + " (CGO_CFLAGS)"
			}
		}
	}
	for _, dir := range []string{"/usr/local/cuda/include", "/opt/cuda/include", "/usr/include"} {
		if path := filepath.Join(dir, "cuda.h"); exists(path) {
			return path
		}
	}
	return "no cuda.h: run braid setup"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// printDiagnosis writes a line for each finding.
func printDiagnosis(w *world) {
	for _, line := range diagnose() {
		fmt.Fprintf(w.out, "gpu       %s\n", line)
	}
}
