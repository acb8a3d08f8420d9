// warp_host.h: shuffles, votes and reductions. The lanes of a mask meet; nobody goes on before all have come.
#pragma once

namespace emu {
typedef void (*Combine)(Slot*, u32 mask);  // what the last lane to come does with the slots
u32 lane();
u32 active_mask(u32 mask);

// Each lane brings n bytes; the last one runs f over the 32 slots; each takes m bytes at `at` of the slot of lane `from`.
void meet(u32 mask, const void* in, size_t n, u32 from, void* out, size_t m, size_t at, Combine f, Site);
void ballot(Slot*, u32 mask);
void match(Slot*, u32 mask);

template <class T> T shuffle(u32 mask, T v, u32 from, Site site) {
    T r;
    meet(mask, &v, sizeof v, from & 31, &r, sizeof r, 0, nullptr, site);
    return r;
}

template <class T, class F> EMU_PLAIN void fold(Slot* s, u32 mask, F f) {
    T sum;
    bool first = true;
    for (int l = 0; l < 32; l++) {
        if (!(mask >> l & 1)) continue;
        T v;
        memcpy(&v, s[l], sizeof v);
        sum = first ? v : f(sum, v);
        first = false;
    }
    for (int l = 0; l < 32; l++) memcpy(s[l], &sum, sizeof sum);
}
template <class T> T reduce(u32 mask, T v, Combine f, Site site) {
    T r;
    meet(mask, &v, sizeof v, lane(), &r, sizeof r, 0, f, site);
    return r;
}
inline u32 vote(u32 mask, bool yes, Site site) {
    u32 r;
    meet(mask, &yes, 1, lane(), &r, 4, 0, ballot, site);
    return r;
}
}  // namespace emu

inline void __syncwarp(u32 mask = ~0u, EMU_AT) { emu::meet(mask, "", 0, 0, nullptr, 0, 0, nullptr, {file, line}); }
inline u32 __ballot_sync(u32 mask, int p, EMU_AT) { return emu::vote(mask, p, {file, line}); }
inline int __any_sync(u32 mask, int p, EMU_AT) { return emu::vote(mask, p, {file, line}) != 0; }
inline int __all_sync(u32 mask, int p, EMU_AT) { return emu::vote(mask, p, {file, line}) == emu::active_mask(mask); }

// A width splits the warp into parts of that many lanes; a lane that would read outside of its part reads itself.
template <class T> inline T __shfl_sync(u32 mask, T v, int from, int width = 32, EMU_AT) {
    const u32 l = emu::lane(), part = l / width * width;
    return emu::shuffle(mask, v, part + from % width, {file, line});
}
template <class T> inline T __shfl_down_sync(u32 mask, T v, u32 d, int width = 32, EMU_AT) {
    const u32 l = emu::lane();
    return emu::shuffle(mask, v, l % width + d < (u32)width ? l + d : l, {file, line});
}
template <class T> inline T __shfl_up_sync(u32 mask, T v, u32 d, int width = 32, EMU_AT) {
    const u32 l = emu::lane();
    return emu::shuffle(mask, v, l % width >= d ? l - d : l, {file, line});
}
template <class T> inline T __shfl_xor_sync(u32 mask, T v, int d, int width = 32, EMU_AT) {
    const u32 l = emu::lane(), to = l ^ d;
    return emu::shuffle(mask, v, to / width <= l / width ? to : l, {file, line});
}
template <class T> inline u32 __match_any_sync(u32 mask, T v, EMU_AT) {
    char bytes[8] = {};
    memcpy(bytes, &v, sizeof v);
    u32 r;
    emu::meet(mask, bytes, 8, emu::lane(), &r, 4, 0, emu::match, {file, line});
    return r;
}

// Reductions over any mask, on whole numbers.
#define EMU_REDUCE(name, T, expression)                                                                             \
    inline T __reduce_##name##_sync(u32 mask, T v, EMU_AT) {                                                        \
        return emu::reduce(                                                                                         \
            mask, v, [](emu::Slot* s, u32 m) { emu::fold<T>(s, m, [](T a, T b) -> T { return expression; }); },    \
            {file, line});                                                                                          \
    }
EMU_REDUCE(add, u32, a + b)
EMU_REDUCE(add, int, (int)((u32)a + (u32)b))
EMU_REDUCE(min, u32, a < b ? a : b)
EMU_REDUCE(min, int, a < b ? a : b)
EMU_REDUCE(max, u32, a > b ? a : b)
EMU_REDUCE(max, int, a > b ? a : b)
EMU_REDUCE(and, u32, a & b)
EMU_REDUCE(or, u32, a | b)
EMU_REDUCE(xor, u32, a ^ b)
#undef EMU_REDUCE
