// device.cpp: the device and its context, errors, and the calls that only tests make.
#include <stdio.h>
#include <stdlib.h>
#include <algorithm>
#include "driver.h"

namespace emu {
std::recursive_mutex mutex;
Result sticky;
std::string last_report;

int arch() {
    const char* e = getenv("BRAID_EMU_ARCH");
    return e ? atoi(e) : 80;
}
int devices() {
    const char* e = getenv("BRAID_EMU_DEVICES");
    return e ? std::min(16, atoi(e)) : 1;
}
int multiprocessors() {
    const char* e = getenv("BRAID_EMU_SMS");
    return e ? atoi(e) : 4;
}

static Result reported;
Result error(Result r, const std::string& report) {
    reported = r;
    last_report = report;
    if (getenv("BRAID_EMU_VERBOSE")) fprintf(stderr, "emu: %s\n", report.c_str());
    return r;
}
}  // namespace emu
using namespace emu;

API cuInit(unsigned) {
    LOCK;
    if (const char* s = getenv("BRAID_EMU_SEED")) seed = strtoull(s, nullptr, 10);
    return Success;
}
API cuDriverGetVersion(int* v) {
    *v = 12040;
    return Success;
}
API cuDeviceGetCount(int* n) {
    *n = devices();
    return Success;
}
API cuDeviceGet(int* d, int i) {
    *d = i;
    return i < 0 || i >= devices() ? InvalidDevice : Success;
}
API cuDeviceGetName(char* s, int n, int) {
    snprintf(s, n, "%sbraid emulator (sm_%d)", checked ? "checked " : "", arch());
    return Success;
}
API cuDeviceTotalMem_v2(size_t* n, int) {
    *n = total_memory();
    return Success;
}
API cuDeviceGetUuid(char* uuid, int d) {
    memcpy(uuid, "braid emulator  ", 16);
    uuid[15] = (char)('0' + d);
    return Success;
}
API cuDeviceGetAttribute(int* v, int attribute, int) {
    const int opt_in = arch() >= 90 ? 227 : arch() == 80 ? 163 : arch() == 75 ? 64 : 99;
    switch (attribute) {
    case 1: case 2: case 3: *v = 1024; break;        // threads per block, and along x and y
    case 4: *v = 64; break;                          // along z
    case 5: *v = 0x7fffffff; break;                  // blocks along x
    case 6: case 7: *v = 65535; break;               // along y and z
    case 8: *v = 48 << 10; break;                    // shared memory per block
    case 10: *v = 32; break;                         // warp
    case 12: case 82: *v = 65536; break;             // registers per block, per multiprocessor
    case 13: *v = 1000000; break;                    // clock, kHz
    case 16: *v = multiprocessors(); break;
    case 31: case 41: case 95: *v = 1; break;        // concurrent kernels, unified addresses, cooperative launch
    case 36: *v = 1000000; break;                    // memory clock, kHz
    case 37: *v = 64; break;                         // bus, bits
    case 38: *v = 1 << 20; break;                    // L2
    case 39: *v = 2048; break;                       // threads per multiprocessor
    case 75: *v = arch() / 10; break;
    case 76: *v = arch() % 10; break;
    case 81: *v = (opt_in + 1) << 10; break;         // shared memory per multiprocessor
    case 97: *v = opt_in << 10; break;               // opt-in shared memory per block
    case 106: *v = 32; break;                        // blocks per multiprocessor
    default: *v = 0;
    }
    return Success;
}

// The context of a device is the address of its place here.
static char contexts[16];
static thread_local void* current = contexts;
int emu::current_device() { return (int)((char*)current - contexts); }

API cuDevicePrimaryCtxRetain(void** c, int d) {
    if (d < 0 || d >= devices()) return InvalidDevice;
    *c = contexts + d;
    return Success;
}
API cuDevicePrimaryCtxRelease_v2(int) { return Success; }
API cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
    *flags = 0;
    *active = 1;
    return Success;
}
API cuDevicePrimaryCtxSetFlags_v2(int, unsigned) { return Success; }
// As on a device: all memory is gone, and so is a fault.
API cuDevicePrimaryCtxReset_v2(int d) {
    LOCK;
    forget_streams();
    free_all(d);
    sticky = Success;
    last_report.clear();
    return Success;
}
API cuCtxSetCurrent(void* c) {
    if (c) current = c;
    return Success;
}
API cuCtxGetCurrent(void** c) {
    *c = current;
    return Success;
}
static thread_local std::vector<void*> below;
API cuCtxPushCurrent_v2(void* c) {
    below.push_back(current);
    return cuCtxSetCurrent(c);
}
API cuCtxPopCurrent_v2(void** c) {
    if (c) *c = current;
    if (!below.empty()) {
        current = below.back();
        below.pop_back();
    }
    return Success;
}
API cuCtxGetDevice(int* d) {
    *d = current_device();
    return Success;
}

static const struct {
    Result r;
    const char *name, *text;
} errors[] = {
    {Success, "CUDA_SUCCESS", "no error"},
    {InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {InvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {InvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {InvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {InvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {IllegalState, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"},
    {NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
    {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CooperativeLaunchTooLarge, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"},
    {NotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {CaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {CaptureIsolation, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"},
    {CaptureImplicit, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing stream"},
    {CaptureWrongThread, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "a capture ends on another thread than it began on"},
};
API cuGetErrorName(int r, const char** s) {
    *s = nullptr;
    for (auto& e : errors)
        if (e.r == r) *s = e.name;
    return *s ? Success : InvalidValue;
}
// The text of an error that the emulator knows more about has the report.
API cuGetErrorString(int r, const char** s) {
    LOCK;
    static thread_local std::string text;
    *s = nullptr;
    for (auto& e : errors)
        if (e.r == r) *s = e.text;
    if (!*s) return InvalidValue;
    if (r == reported && !last_report.empty()) *s = (text = std::string(*s) + ": " + last_report).c_str();
    return Success;
}

// ---- for tests

// Clears a fault and what streams have queued, keeps memory, and sets the seed of the schedule.
API emuReset(unsigned long long new_seed) {
    LOCK;
    forget_streams();
    sticky = Success;
    last_report.clear();
    seed = new_seed;
    return Success;
}
extern "C" __attribute__((visibility("default"))) const char* emuReport() {
    LOCK;
    static thread_local std::string text;
    return (text = last_report).c_str();
}
