//go:build linux && amd64 && !cpu

package emu

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/kernels"
)

// has fails unless got has all of the words.
func has(t *testing.T, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("no %q in\n%s", w, got)
		}
	}
}

// write puts an image into a file.
func write(t *testing.T, image []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, image, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestStaleImages(t *testing.T) {
	p := buildPlanted(t, false)
	stale := write(t, ptx([]string{"good"}, ".u64 a", ".u64 b", ".u32 n"))
	has(t, p.run(t, "load "+stale), "INVALID_IMAGE", "stale image: the parameters of good have 8,8,4 bytes in the image and 8,8,8 in the source")
	gone := write(t, ptx([]string{"removed"}, ".u64 a"))
	has(t, p.run(t, "load "+gone), "INVALID_IMAGE", "stale image: it has kernel removed")
	has(t, p.run(t, "load "+p.image, "BRAID_EMU_ARCH=75"), "INVALID_PTX", "the image is for sm_80, this device is sm_75")
	has(t, p.run(t, "load "+os.Args[0]), "NO_BINARY_FOR_GPU") // an ELF file, but of another machine
}

// Images as they are shipped, of every kind, load on the device they are for.
func TestShippedImages(t *testing.T) {
	lib, err := Build(false)
	if err != nil {
		t.Skip(err)
	}
	p := buildPlanted(t, false)
	p.lib = lib
	for _, name := range []string{"transfer.sm_75.cubin", "transfer.sm_80.cubin", "transfer.sm_90.cubin", "transfer.compute_75.ptx"} {
		img, err := kernels.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		arch := name[strings.Index(name, "_")+1:][:2]
		file := write(t, img.Data)
		got := p.run(t, "load "+file+"\nalloc y 4 1\nalloc x 4 0\nlaunch copy_i32_f32 1 256 y x 4\nsync\nprint y 4\n", "BRAID_EMU_ARCH="+arch)
		if got != "0 0 0 0 \n" {
			t.Errorf("%s: %q", name, got)
		}
		if got := p.run(t, "load "+file+"\nlaunch copy_i32_f32 1 512 y x 4\n", "BRAID_EMU_ARCH="+arch); !strings.Contains(got, "INVALID_VALUE") {
			t.Errorf("%s: 512 threads pass the launch bound: %q", name, got)
		}
	}
}

func TestWrongArgumentBlock(t *testing.T) {
	p := buildPlanted(t, false)
	script := "load " + p.image + "\nalloc y 64 0\nalloc x 64 0\n"
	has(t, p.run(t, script+"launch good 1 64 64 x 64\n"), "INVALID_VALUE", "parameter 0 of good is a pointer, but 0x40 is in no buffer of device 0")
	has(t, p.run(t, script+"free x\nlaunch good 1 64 y x 64\n"), "parameter 1 of good")
}

func TestCapture(t *testing.T) {
	p := buildPlanted(t, false)
	start := "load " + p.image + "\nalloc y 64 0\nalloc x 64 2\nsync\ncapture\nlaunch good 1 64 y x 64\n"
	got := p.run(t, start+"end\nprint y 1\nreplay\nprint y 1\n")
	if got != "0 \n34 \n" {
		t.Errorf("capture and replay print %q", got)
	}
	for _, forbidden := range []string{"alloc z 4 0", "free x", "sync"} {
		got := p.run(t, start+forbidden+"\nend\n")
		has(t, got, "line 7: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "line 8: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED")
	}
}

// What a capture forbids to its own thread, other threads may do, unless the capture is a global one.
func TestCaptureOfAThread(t *testing.T) {
	p := buildPlanted(t, false)
	for mode, free := range []bool{false, true, true} {
		start := fmt.Sprintf("load %s\nalloc y 64 0\nalloc x 64 2\nsync\ncapture %d\nlaunch good 1 64 y x 64\n", p.image, mode)
		start += "elsewhere alloc z 4 0\nend\n"
		if !free {
			has(t, p.run(t, start), "line 7: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "line 8: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED")
		} else if got := p.run(t, start+"replay\nprint y 1\n"); got != "34 \n" {
			t.Errorf("mode %d: another thread allocates during a capture: %q", mode, got)
		}
	}
	got := p.run(t, "capture\nelsewhere end\nend\n")
	if !strings.HasPrefix(got, "line 2: CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD") || strings.Contains(got, "line 3:") {
		t.Errorf("a capture that another thread ends: %q", got)
	}
}

func TestCooperativeLaunch(t *testing.T) {
	for _, checked := range []bool{true, false} {
		p := buildPlanted(t, checked)
		for _, seed := range []string{"0", "1", "2", "3"} {
			got := p.run(t, strings.Replace(p.script("grid_sum", 5), "launch", "cooperative", 1), "BRAID_EMU_SEED="+seed)
			if got != "10 10 10 10 \n" {
				t.Errorf("checked %v, seed %s: %q", checked, seed, got)
			}
		}
		has(t, p.run(t, strings.Replace(p.script("grid_sum", 5000), "launch", "cooperative", 1)), "COOPERATIVE_LAUNCH_TOO_LARGE")
	}
}

// Work waits in its stream, faults stay until a reset, memory ends.
func TestStreamsAndMemory(t *testing.T) {
	p := buildPlanted(t, true)
	fault := "load " + p.image + "\nalloc y 64 0\nalloc x 64 2\nlaunch no_barrier 1 64 y x 64\n"
	got := p.run(t, fault+"sync\nlaunch good 1 64 y x 64\nreset 0\nlaunch good 1 64 y x 64\nprint y 1\n")
	has(t, got, "line 5: CUDA_ERROR_LAUNCH_FAILED", "line 6: CUDA_ERROR_LAUNCH_FAILED", "34 \n")
	if strings.Contains(got, "line 4:") || strings.Contains(got, "line 8:") {
		t.Errorf("the fault shows before its synchronisation, or after the reset:\n%s", got)
	}
	has(t, p.run(t, "alloc y 600000 0\n", "BRAID_EMU_MEMORY=1"), "OUT_OF_MEMORY")
	has(t, p.run(t, "alloc y 4 0\nfree y\nfree y\n"), "line 3: CUDA_ERROR_INVALID_VALUE")
}
