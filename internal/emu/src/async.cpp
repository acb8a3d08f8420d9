// async.cpp: cp.async completes as late as is legal. The destination is poison from the issue on; source and destination
// are touched at the wait.
#include "emu.h"
#include "device_host.h"

namespace emu {
namespace {
// Calls f with n as a constant, so that what f copies is one move.
template <class F> void sized(u32 n, F f) {
    if (n == 4) f(std::integral_constant<u32, 4>());
    else if (n == 8) f(std::integral_constant<u32, 8>());
    else f(std::integral_constant<u32, 16>());
}

void carry_out(const Copy& c) {
    sized(c.size, [&](auto n) {
        char bytes[n] = {};
        if (c.live == n) memcpy(bytes, c.src, n);
        else memcpy(bytes, c.src, c.live);
        memcpy(c.dst, bytes, n);
    });
}
}  // namespace

void cp_async(void* dst, const void* src, u32 size, u32 live, Site site, const void* pc) {
    if (((uintptr_t)dst | (uintptr_t)src) & (size - 1)) fail("misaligned cp.async at " + text(site));
    if (live > size) fail("cp.async at " + text(site) + " copies more than its size");
    if (!in_shared(dst)) fail("cp.async at " + text(site) + " writes outside of shared memory");
    check_async(dst, size, true, pc);
    sized(size, [&](auto n) { memset(dst, 0xff, n); });
    if (live) {
        const Block* b = find(src);
        if (!b || (char*)src + live > b->base + b->size) fail("cp.async at " + text(site) + " reads out of bounds");
    }
    self->copies.issued.emplace_back(dst, src, size, live);
}

void cp_async_commit() { self->copies.groups.push_back(self->copies.issued.size()); }

void cp_async_wait(int pending) {
    Copies& all = self->copies;
    while (all.groups.size() - all.waited > (size_t)pending)
        for (const size_t end = all.groups[all.waited++]; all.copied < end; all.copied++) {
            const Copy& c = all.issued[all.copied];
            carry_out(c);
            check_async(c.dst, c.size, false, nullptr);
        }
    if (all.waited == all.groups.size() && all.copied == all.issued.size()) all.clear();
}

bool in_flight(const Fiber* f) { return f->copies.copied < f->copies.issued.size(); }
}  // namespace emu
