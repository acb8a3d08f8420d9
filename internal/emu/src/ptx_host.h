// ptx_host.h: the second bodies of kernels/device.cuh's namespace ptx. Keep the two in step.
#pragma once

namespace emu {
void cp_async(void* dst, const void* src, u32 size, u32 live, Site, const void* pc);
void cp_async_commit();
void cp_async_wait(int pending);
void mma_tf32(Slot*, u32 mask);
void mma_bf16(Slot*, u32 mask);
void ldmatrix(u32* r, int count, const void* row, bool transposed, Site, const void* pc);

// A slot is a[4] b[2] d[4].
inline void mma(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2], Combine f, Site site) {
    u32 in[10];
    memcpy(in, a, 16);
    memcpy(in + 4, b, 8);
    memcpy(in + 6, d, 16);
    meet(~0u, in, 40, lane(), d, 16, 24, f, site);
}
}  // namespace emu

// Always inlined, so that the return address in the runtime lies in the kernel.
#define EMU_PTX __attribute__((always_inline)) inline

namespace emu {
__attribute__((noinline)) const void* here();
}

namespace ptx {
EMU_PTX void cp_async16(void* dst, const void* src, u32 live = 16, EMU_AT) { emu::cp_async(dst, src, 16, live, {file, line}, emu::here()); }
EMU_PTX void cp_async8(void* dst, const void* src, u32 live = 8, EMU_AT) { emu::cp_async(dst, src, 8, live, {file, line}, emu::here()); }
EMU_PTX void cp_async4(void* dst, const void* src, u32 live = 4, EMU_AT) { emu::cp_async(dst, src, 4, live, {file, line}, emu::here()); }
EMU_PTX void cp_async_commit() { emu::cp_async_commit(); }
template <int N> EMU_PTX void cp_async_wait() { emu::cp_async_wait(N); }

// cvt.rna: to nearest, ties away from zero, 10 bits of mantissa; NaN and Inf stay.
inline u32 tf32(float x) {
    const u32 b = __float_as_uint(x);
    return (b & 0x7f800000) == 0x7f800000 ? b : (b + 0x1000) & ~0x1fffu;
}
// cvt.rn: to nearest even; every NaN becomes 0x7fff.
inline u32 bf16(float x) {
    const u32 b = __float_as_uint(x);
    return x != x ? 0x7fff : (b + 0x7fff + (b >> 16 & 1)) >> 16;
}
inline u32 bf16x2(float lo, float hi) { return bf16(lo) | bf16(hi) << 16; }

EMU_PTX void mma_m16n8k8_tf32(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2], EMU_AT) { emu::mma(d, a, b, emu::mma_tf32, {file, line}); }
EMU_PTX void mma_m16n8k16_bf16(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2], EMU_AT) { emu::mma(d, a, b, emu::mma_bf16, {file, line}); }
EMU_PTX void ldmatrix_x4(u32 (&r)[4], const void* row, EMU_AT) { emu::ldmatrix(r, 4, row, false, {file, line}, emu::here()); }
EMU_PTX void ldmatrix_x2(u32 (&r)[2], const void* row, EMU_AT) { emu::ldmatrix(r, 2, row, false, {file, line}, emu::here()); }
EMU_PTX void ldmatrix_x4_trans(u32 (&r)[4], const void* row, EMU_AT) { emu::ldmatrix(r, 4, row, true, {file, line}, emu::here()); }
EMU_PTX void ldmatrix_x2_trans(u32 (&r)[2], const void* row, EMU_AT) { emu::ldmatrix(r, 2, row, true, {file, line}, emu::here()); }

template <class T> inline T load_once(const T* p) { return *p; }
template <class T> inline void store_once(T* p, T v) { *p = v; }

// A thread that waits for a value lets the others run.
inline u32 load_acquire(const u32* p, EMU_AT) {
    emu::spin({file, line});
    emu::order_ctas();
    return emu::rmw((u32*)p, [](u32 o) { return o; });
}
inline void store_release(u32* p, u32 v) {
    emu::rmw(p, [v](u32) { return v; });
}
inline void grid_barrier(u32* state, EMU_AT) { emu::grid_barrier(state, {file, line}); }
inline u32 ticket(u32* counter, u32 of) {
    const u32 t = atomicInc(counter, of - 1);
    emu::order_ctas();
    return t;
}
}  // namespace ptx
