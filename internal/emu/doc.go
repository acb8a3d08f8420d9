// Package emu builds a CUDA driver that runs braid's kernels on the CPU, for tests on machines without a GPU. It needs
// g++ on Linux and an amd64 processor.
//
// The driver (src/*.cpp) answers the cu* calls that package cuda makes. It reads the real module images for names and
// parameters, reads the real argument blocks, and runs the same kernels/*.cu, compiled for the host: a thread is a fiber,
// warps meet for shuffles and matrix products, asynchronous copies and streams do their work as late as is legal.
//
// The checked build sees every load and store of a kernel. It stops at an access out of bounds, at uninitialised shared
// memory, at a race, at a copy in flight, and names the line. Both builds find divergent barriers and warp operations,
// deadlocks, wrong argument blocks, images that do not fit the sources, and calls that a capture forbids.
//
// What it cannot see: the text of inline assembly, what the compilers make of the kernels, spills, speed, weak memory.
//
// A test opens the library that [Build] names as the driver. The environment chooses:
//
//	BRAID_EMU_ARCH      compute capability (80)
//	BRAID_EMU_DEVICES   number of devices (1)
//	BRAID_EMU_SMS       multiprocessors of each (4)
//	BRAID_EMU_MEMORY    memory of each in MiB (8192)
//	BRAID_EMU_SEED      order of threads: 0 first come, first served; even shuffled; odd one warp as far ahead as it can,
//	                    and blocks backwards
//	BRAID_EMU_VERBOSE   1 prints reports to stderr
//	BRAID_EMU_FAMILIES  limits [Build] to these families of kernels, while the source of another one is being changed
package emu
