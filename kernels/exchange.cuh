// Words that the blocks of a cooperative grid hand to each other through L2. A word that is owed holds `unset` when the
// grid starts; its one writer publishes it once; who needs it looks until it is there. The word is its own flag: one
// aligned access of 32 bits never tears and no other word depends on it, so there is no fence, no counter and nothing to
// reset. Words are read by peek only, past L1, except by the thread that wrote them.
#pragma once
#include "device.cuh"

namespace ptx {

// All bits set, which a fill of bytes writes and arithmetic does not: the NaN it makes is 0x7fffffff.
constexpr u32 unset = 0xffffffff;

// A NaN that came in from outside may have the bits of unset; it becomes the usual one.
DEVICE float settled(float v) { return __float_as_uint(v) == unset ? __uint_as_float(0x7fffffff) : v; }

#ifdef __CUDA_ARCH__
DEVICE float peek(const float* p) {
    float v;
    asm volatile("ld.relaxed.gpu.global.f32 %0, [%1];" : "=f"(v) : "l"(p) : "memory");
    return v;
}
DEVICE void publish(float* p, float v) {
    asm volatile("st.relaxed.gpu.global.f32 [%0], %1;" ::"l"(p), "f"(settled(v)) : "memory");
}
#endif
}  // namespace ptx

#ifndef __CUDA_ARCH__
#include "exchange_host.h"  // internal/emu/src, given by -I
#endif

DEVICE bool is_unset(float v) { return __float_as_uint(v) == ptx::unset; }
