// device_host.h: the language of kernels for g++: types, qualifiers, built-in variables, barriers, atomics, arithmetic.
// A function that stops a thread takes its caller's place in the source by default arguments.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "emu.h"

#define KERNEL extern "C" void
#define DEVICE inline
#define __device__
#define __host__
#define __forceinline__ inline
#define __align__(n) alignas(n)
#define __launch_bounds__(...)
#define __constant__ static const
#define EMU_AT const char *file = __builtin_FILE(), int line = __builtin_LINE()

struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
};
#define EMU_VECTOR(T, name)                                                                              \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                                   \
    struct alignas(4 * sizeof(T)) name##4 { T x, y, z, w; };                                             \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                    \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMU_VECTOR(float, float)
EMU_VECTOR(int, int)
EMU_VECTOR(unsigned, uint)
EMU_VECTOR(unsigned char, uchar)
#undef EMU_VECTOR

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace emu {
void barrier(Site);
unsigned barrier_count(bool yes, Site);
void grid_barrier(u32* state, Site);
void order_ctas();  // what ran before is seen by what runs now
void spin(Site);
void* shared(const void* key, const char* name, size_t bytes);
void* shared_dynamic();
}  // namespace emu

#define SHARED(T, name, n)              \
    static const char name##_key_ = 0; \
    T* const name = (T*)emu::shared(&name##_key_, #name, sizeof(T) * (n))
#define SHARED_DYNAMIC(T, name) T* const name = (T*)emu::shared_dynamic()

// ---- barriers and fences
inline void __syncthreads(EMU_AT) { emu::barrier({file, line}); }
inline int __syncthreads_count(int p, EMU_AT) { return (int)emu::barrier_count(p, {file, line}); }
inline int __syncthreads_or(int p, EMU_AT) { return emu::barrier_count(p, {file, line}) != 0; }
inline int __syncthreads_and(int p, EMU_AT) { return emu::barrier_count(!p, {file, line}) == 0; }
inline void __threadfence() {}
inline void __threadfence_block() {}

// ---- atomics, on whole numbers only: sums of reals depend on their order
namespace emu {
template <class T, class F> EMU_PLAIN T rmw(T* p, F f) {
    static_assert(T(0.5) == T(0), "no atomics on reals");
    check_access(p, sizeof(T), Atomic, __builtin_return_address(0));
    const T old = *p;
    *p = f(old);
    return old;
}
}  // namespace emu
template <class T> inline T atomicAdd(T* p, T v) { return emu::rmw(p, [v](T o) { return T(o + v); }); }
template <class T> inline T atomicMax(T* p, T v) { return emu::rmw(p, [v](T o) { return o > v ? o : v; }); }
template <class T> inline T atomicMin(T* p, T v) { return emu::rmw(p, [v](T o) { return o < v ? o : v; }); }
template <class T> inline T atomicOr(T* p, T v) { return emu::rmw(p, [v](T o) { return T(o | v); }); }
template <class T> inline T atomicExch(T* p, T v) { return emu::rmw(p, [v](T) { return v; }); }
template <class T> inline T atomicCAS(T* p, T was, T v) { return emu::rmw(p, [=](T o) { return o == was ? v : o; }); }
inline u32 atomicInc(u32* p, u32 top) { return emu::rmw(p, [top](u32 o) { return o >= top ? 0 : o + 1; }); }

// ---- arithmetic
template <class T> inline T __ldg(const T* p) { return *p; }
template <class T> inline T __ldcs(const T* p) { return *p; }
template <class T> inline T __ldcg(const T* p) { return *p; }
template <class T> inline void __stcs(T* p, T v) { *p = v; }
inline float __int_as_float(int v) {
    float f;
    memcpy(&f, &v, 4);
    return f;
}
inline float __uint_as_float(u32 v) { return __int_as_float((int)v); }
inline int __float_as_int(float f) {
    int v;
    memcpy(&v, &f, 4);
    return v;
}
inline u32 __float_as_uint(float f) { return (u32)__float_as_int(f); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1.f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
// Rounded by themselves: the empty assembly keeps g++ from fusing a product with a sum.
inline float __fmul_rn(float a, float b) {
    float p = a * b;
    asm("" : "+x"(p));
    return p;
}
inline float __fadd_rn(float a, float b) {
    float s = a + b;
    asm("" : "+x"(s));
    return s;
}
inline float __fsub_rn(float a, float b) { return __fadd_rn(a, -b); }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float rsqrtf(float x) { return 1.f / sqrtf(x); }
inline void sincospif(float x, float* s, float* c) {
    *s = (float)sin(3.14159265358979323846 * x);
    *c = (float)cos(3.14159265358979323846 * x);
}
inline u32 __umulhi(u32 a, u32 b) { return (u32)((u64)a * b >> 32); }
inline int __popc(u32 v) { return __builtin_popcount(v); }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline int __clz(int v) { return v ? __builtin_clz((u32)v) : 32; }
template <class T> inline T min(T a, T b) { return a < b ? a : b; }
template <class T> inline T max(T a, T b) { return a > b ? a : b; }
inline u32 min(u32 a, int b) { return a < (u32)b ? a : (u32)b; }
inline u32 max(u32 a, int b) { return a > (u32)b ? a : (u32)b; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }

#include "warp_host.h"
#include "ptx_host.h"
