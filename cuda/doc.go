// Package cuda is the engine that runs braid's own kernels on NVIDIA GPUs.
//
// gorgonia.org/cu opens the device, loads the kernel images of package kernels, and owns memory, streams and events;
// what it lacks (graphs, pinned memory, launches with more than 48 KB of shared memory) is in driver.go.
//
// Nothing of CUDA is needed to link a program, and a program starts on a machine without a driver: the cu* functions are
// defined here (shim.c, generated from cuda.h) and forwarded to the driver that [Open] finds. To compile, gorgonia.org/cu
// needs a cuda.h: that of a toolkit, 11.7 to 12.x, in the usual place, or the one in this directory by CGO_CFLAGS.
//
// The driver is libcuda.so.1 where the linker finds it, or the file that BRAID_LIBCUDA names; tests name the emulated
// driver of package emu.
//
// A [Device] may be used by several goroutines. All device calls of a goroutine are made within [Device.Do].
package cuda

//go:generate go run ../internal/shimgen cuda.h shim.c
