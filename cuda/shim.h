// shim.h: the driver is opened when a device is first asked for, not when a program starts. So a program links without
// any libcuda, starts without a driver, and a test can open an emulated one.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#pragma GCC visibility push(hidden) // a libcuda that somebody opens later must not find our cu* functions
#include "cuda.h"

// braid_cuda_load opens the driver at path and initialises it, unless one is open. It returns NULL and, in *result, what
// cuInit said; or what dlopen complained about.
const char *braid_cuda_load(const char *path, CUresult *result);
#pragma GCC visibility pop
