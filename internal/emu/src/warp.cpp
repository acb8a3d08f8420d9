// warp.cpp: the meeting of lanes behind shuffles, votes, reductions, ldmatrix and mma.
#include "emu.h"
#include "device_host.h"

namespace emu {

u32 lane() { return self->thread & 31; }

u32 active_mask(u32 mask) {  // without the lanes that a ragged last warp lacks
    const unsigned first = self->thread & ~31u, here = self->cta->threads - first;
    return here < 32 ? mask & ((1u << here) - 1) : mask;
}

void meet(u32 mask, const void* in, size_t n, u32 from, void* out, size_t m, size_t at, Combine f, Site site) {
    const unsigned w = self->thread / 32, l = lane();
    mask = active_mask(mask);
    if (!(mask >> l & 1)) fail("lane " + std::to_string(l) + " is not in its own mask at " + text(site));
    Meeting* meeting = nullptr;
    for (auto& x : self->cta->meeting[w])
        if (x.mask == mask) meeting = &x;
    if (!meeting) {
        self->cta->meeting[w].push_back({});
        meeting = &self->cta->meeting[w].back();
        meeting->mask = mask;
    }
    if (meeting->arrived && !(meeting->site == site))
        fail("divergent warp operation: some lanes at " + text(meeting->site) + ", this one at " + text(site));
    meeting->site = site;
    memcpy(meeting->slots[meeting->turn][l], in, n);
    meeting->arrived |= 1u << l;
    if (meeting->arrived == mask) {
        if (f) f(meeting->slots[meeting->turn], mask);
        meeting->turn ^= 1;
        meeting->arrived = 0;
        self->cta->warp_epoch[w]++;
        release(meeting->waiting);
    } else {
        meeting->waiting.push_back(self);
        stop(site);
    }
    memcpy(out, meeting->slots[meeting->turn ^ 1][from] + at, m);
}

void ballot(Slot* s, u32 mask) {
    u32 bits = 0;
    for (int l = 0; l < 32; l++)
        if (mask >> l & 1 && s[l][0]) bits |= 1u << l;
    for (int l = 0; l < 32; l++) memcpy(s[l], &bits, 4);
}

void match(Slot* s, u32 mask) {
    u32 same[32] = {};
    for (int l = 0; l < 32; l++)
        for (int k = 0; k < 32; k++)
            if (mask >> l & mask >> k & 1 && !memcmp(s[l], s[k], 8)) same[l] |= 1u << k;
    for (int l = 0; l < 32; l++) memcpy(s[l], &same[l], 4);
}
}  // namespace emu
