// async.cpp: cp.async completes as late as is legal. The destination is poison from the issue on; source and destination
// are touched at the wait.
#include "emu.h"
#include "device_host.h"

namespace emu {

void cp_async(void* dst, const void* src, u32 size, u32 live, Site site, const void* pc) {
    if ((uintptr_t)dst % size || (uintptr_t)src % size) fail("misaligned cp.async at " + text(site));
    if (live > size) fail("cp.async at " + text(site) + " copies more than its size");
    if (!in_shared(dst)) fail("cp.async at " + text(site) + " writes outside of shared memory");
    check_async(dst, size, true, pc);
    memset(dst, 0xff, size);
    if (live) {
        const Block* b = find(src);
        if (!b || (char*)src + live > b->base + b->size) fail("cp.async at " + text(site) + " reads out of bounds");
    }
    self->open.push_back({dst, src, size, live});
}

void cp_async_commit() {
    self->groups.push_back(std::move(self->open));
    self->open.clear();
}

void cp_async_wait(int pending) {
    auto& groups = self->groups;
    while ((int)groups.size() > pending) {
        for (Copy& c : groups.front()) {
            char bytes[16] = {};
            memcpy(bytes, c.src, c.live);
            memcpy(c.dst, bytes, c.size);
            check_async(c.dst, c.size, false, nullptr);
        }
        groups.erase(groups.begin());
    }
}

bool in_flight(const Fiber* f) {
    bool any = !f->open.empty();
    for (auto& g : f->groups) any |= !g.empty();
    return any;
}
}  // namespace emu
