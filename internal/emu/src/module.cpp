// module.cpp: modules, functions and launches.
#include <algorithm>
#include "driver.h"
using namespace emu;

namespace {
const size_t Default = 48 << 10;
size_t opt_in() { return (arch() >= 90 ? 227 : arch() == 80 ? 163 : arch() == 75 ? 64 : 99) << 10; }
}  // namespace

int emu::blocks_per_multiprocessor(const Function* f, unsigned threads, size_t dynamic) {
    const unsigned warps = (threads + 31) / 32, registers = 65536 / std::max(1, f->registers);
    size_t n = std::min<size_t>(2048 / (warps * 32), registers / (warps * 32));
    const size_t shared = f->shared + dynamic;
    if (shared) n = std::min(n, (opt_in() + 1024) / (shared + 1024));
    return (int)n;
}

API cuModuleLoadData(Module** out, const void* image) {
    LOCK;
    if (auto e = unsafe()) return e;
    Module* m = new Module;
    m->device = current_device();
    if (Result r = load_image(image, m)) {
        delete m;
        return r;
    }
    *out = m;
    return Success;
}
API cuModuleLoadDataEx(Module** out, const void* image, unsigned, void*, void**) { return cuModuleLoadData(out, image); }
API cuModuleUnload(Module* m) {
    LOCK;
    finish_all();
    delete m;
    return Success;
}
API cuModuleGetFunction(Function** f, Module* m, const char* name) {
    LOCK;
    auto i = m->functions.find(name);
    if (i == m->functions.end()) return NotFound;
    *f = &i->second;
    return Success;
}

API cuFuncSetAttribute(Function* f, int attribute, int v) {
    LOCK;
    if (attribute == 8) {  // largest dynamic shared memory
        if (v < 0 || f->shared + v > opt_in()) return InvalidValue;
        f->max_dynamic = v;
    }
    return Success;
}
API cuFuncGetAttribute(int* v, int attribute, Function* f) {
    LOCK;
    switch (attribute) {
    case 0: *v = f->max_threads; break;
    case 1: *v = (int)f->shared; break;
    case 4: *v = f->registers; break;
    case 8: *v = (int)f->max_dynamic; break;
    default: *v = 0;
    }
    return Success;
}
API cuFuncSetCacheConfig(Function*, int) { return Success; }
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, Function* f, int threads, size_t dynamic) {
    LOCK;
    if (threads <= 0 || threads > 1024) return InvalidValue;
    *n = blocks_per_multiprocessor(f, threads, dynamic);
    return Success;
}

// A pointer argument is null, or an address in a live allocation of the device or just past its end.
static Result check_arguments(const Function& f, const std::vector<uint64_t>& v) {
    const Kernel& k = *f.kernel;
    for (size_t i = 0; i < v.size(); i++) {
        if (!k.params[i].pointer || !v[i]) continue;
        const Block* b = near((void*)v[i]);
        if (b && b->device == f.device && find(b->base) && (char*)v[i] >= b->base && (char*)v[i] <= b->base + b->size) continue;
        char hex[32];
        snprintf(hex, sizeof hex, "%#llx", (unsigned long long)v[i]);
        return error(InvalidValue, "wrong argument block: parameter " + std::to_string(i) + " of " + k.name + " is a pointer, but " + hex +
                                       " is in no buffer of device " + std::to_string(f.device));
    }
    return Success;
}

static int launch(Function* f, const unsigned g[3], const unsigned b[3], unsigned dynamic, Stream* st, void** params, bool cooperative) {
    LOCK;
    if (sticky) return sticky;
    const size_t threads = (size_t)b[0] * b[1] * b[2], blocks = (size_t)g[0] * g[1] * g[2];
    if (!blocks || !threads || g[0] > 0x7fffffff || g[1] > 65535 || g[2] > 65535 || b[2] > 64) return InvalidValue;
    if (threads > 1024 || threads > f->max_threads || dynamic > f->max_dynamic) return InvalidValue;
    if (cooperative && blocks > (size_t)std::min(64, multiprocessors() * blocks_per_multiprocessor(f, threads, dynamic)))
        return CooperativeLaunchTooLarge;
    std::vector<uint64_t> v(f->kernel->params.size());
    for (size_t i = 0; i < v.size(); i++) memcpy(&v[i], params[i], f->kernel->params[i].size);
    if (Result r = check_arguments(*f, v)) return r;
    const Launch l = {f->kernel, {g[0], g[1], g[2]}, {b[0], b[1], b[2]}, dynamic, cooperative};
    return submit(st, [=]() mutable {
        std::vector<void*> p;
        for (uint64_t& slot : v) p.push_back(&slot);
        const std::string report = run(l, p.data());
        if (!report.empty()) sticky = error(LaunchFailed, report);
        return sticky;
    });
}

API cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned dynamic,
                   Stream* st, void** params, void**) {
    const unsigned g[3] = {gx, gy, gz}, b[3] = {bx, by, bz};
    return launch(f, g, b, dynamic, st, params, false);
}
API cuLaunchCooperativeKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                              unsigned dynamic, Stream* st, void** params) {
    const unsigned g[3] = {gx, gy, gz}, b[3] = {bx, by, bz};
    return launch(f, g, b, dynamic, st, params, true);
}
