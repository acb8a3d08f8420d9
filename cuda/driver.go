//go:build linux && cgo && !cpu

package cuda

/*
#cgo LDFLAGS: -Wl,--as-needed -L${SRCDIR} -ldl
#include "shim.h"

// Every argument lies in a slot of 8 bytes; the driver reads as many of them as the parameter has.
static CUresult braid_launch(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
	unsigned shared, CUstream s, uint64_t *slots, int n, int together) {
	void *args[64];
	for (int i = 0; i < n; i++) args[i] = &slots[i];
	if (together) return cuLaunchCooperativeKernel(f, gx, gy, gz, bx, by, bz, shared, s, args);
	return cuLaunchKernel(f, gx, gy, gz, bx, by, bz, shared, s, args, NULL);
}

// The graph that a capture leaves is only needed until it is instantiated.
static CUresult braid_end_capture(CUstream s, CUgraphExec *exec) {
	CUgraph graph = NULL;
	CUresult r = cuStreamEndCapture(s, &graph);
	if (r == CUDA_SUCCESS && exec) r = cuGraphInstantiateWithFlags(exec, graph, 0);
	if (graph) cuGraphDestroy(graph);
	return r;
}
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/braidml/braid/kernels"
	"gorgonia.org/cu"
)

// LibraryVariable names the environment variable that holds the path of the driver library, where it is not
// libcuda.so.1 in the linker's search path. Tests set it to the emulated driver.
const LibraryVariable = "BRAID_LIBCUDA"

// Load opens the driver library at path. A process has one driver: after the first Load that worked, or the first
// [Open], further calls change nothing. It returns an error that wraps [ErrNoDriver], or one of the others.
func Load(path string) error {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var r C.CUresult
	if complaint := C.braid_cuda_load(p, &r); complaint != nil {
		return fmt.Errorf("%w: %s; %s", ErrNoDriver, C.GoString(complaint), instead)
	}
	switch result(r) {
	case 0:
		return nil
	case resultNoDevice:
		return fmt.Errorf("%w: the driver finds none; %s", ErrNoDevice, instead)
	case resultOldDriver:
		return fmt.Errorf("%w: %w; restart after an update", ErrOldDriver, result(r))
	}
	return fmt.Errorf("%w: cuInit: %w; %s", ErrNoDevice, result(r), instead)
}

func loadDefault() error {
	if path := os.Getenv(LibraryVariable); path != "" {
		return Load(path)
	}
	return Load("libcuda.so.1")
}

func status(r C.CUresult) error {
	if r != 0 {
		return result(r)
	}
	return nil
}

// describe asks the driver for a code's meaning and name.
func describe(r result) string {
	var text, name *C.char
	C.cuGetErrorString(C.CUresult(r), &text)
	C.cuGetErrorName(C.CUresult(r), &name)
	if text == nil || name == nil {
		return fmt.Sprintf("driver error %d", int(r))
	}
	return C.GoString(text) + " (" + C.GoString(name) + ")"
}

// The handles of gorgonia.org/cu are structs of one pointer, and its C types are its own.

func stream(s cu.Stream) C.CUstream       { return *(*C.CUstream)(unsafe.Pointer(&s)) }
func function(f cu.Function) C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f)) }

// allowShared lets f be launched with more dynamic shared memory than 48 KB.
func allowShared(f cu.Function, bytes int) error {
	return status(C.cuFuncSetAttribute(function(f), C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, C.int(bytes)))
}

// dim is a number of blocks or threads. A zero in y or z reads as 1.
type dim struct{ x, y, z int }

// start queues f on s with the first n slots. The slots lie in memory without pointers, and move into no other. Blocks
// that wait for each other run together, all at once, or the driver refuses.
func start(f cu.Function, s cu.Stream, grid, block dim, shared int, slots *kernels.Slots, n int, together bool) error {
	cooperative := C.int(0)
	if together {
		cooperative = 1
	}
	return status(C.braid_launch(function(f), C.uint(grid.x), C.uint(grid.y), C.uint(grid.z),
		C.uint(block.x), C.uint(block.y), C.uint(block.z), C.uint(shared), stream(s),
		(*C.uint64_t)(&slots[0]), C.int(n), cooperative))
}

// beginCapture records what this thread queues on s instead of running it. Other threads may go on as they like.
func beginCapture(s cu.Stream) error {
	return status(C.cuStreamBeginCapture(stream(s), C.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL))
}

// graphExec is a graph that can be launched.
type graphExec = C.CUgraphExec

func endCapture(s cu.Stream) (exec graphExec, err error) {
	err = status(C.braid_end_capture(stream(s), &exec))
	return exec, err
}

func dropCapture(s cu.Stream) error { return status(C.braid_end_capture(stream(s), nil)) }

func launchGraph(exec graphExec, s cu.Stream) error { return status(C.cuGraphLaunch(exec, stream(s))) }
func destroyGraph(exec graphExec) error             { return status(C.cuGraphExecDestroy(exec)) }

// pinned is page-locked host memory: the GPU copies it by itself.
func pinned(bytes int) ([]byte, error) {
	var p unsafe.Pointer
	if err := status(C.cuMemHostAlloc(&p, C.size_t(bytes), 0)); err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(p), bytes), nil
}

func freePinned(b []byte) error { return cu.MemFreeHost(pointer(b)) }

// pointer is where b starts. b is page-locked memory, not Go's.
func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }
