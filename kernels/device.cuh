// What a kernel is written with. All that is not plain C++ has two bodies: PTX here, and the emulator's in
// internal/emu/src/device_host.h. No CUDA header is needed: NVRTC knows threadIdx, float4, tanhf, __shfl_xor_sync,
// __ballot_sync, __reduce_add_sync (sm_80 on), atomicAdd, __syncthreads, __threadfence and the rest of the language.
//
// A kernel is KERNEL [__launch_bounds__(n)] name(pointers, u32, int, u64, float); parameters have 8 bytes at most.
// Its shared arrays are SHARED(type, name, count) and SHARED_DYNAMIC(type, name).
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#ifdef __CUDA_ARCH__
#define KERNEL extern "C" __global__ void
#define DEVICE __device__ __forceinline__
#define SHARED(T, name, n) __shared__ __align__(16) T name[n]
#define SHARED_DYNAMIC(T, name)                             \
    extern __shared__ __align__(1024) unsigned char dyn_[]; \
    T* const name = reinterpret_cast<T*>(dyn_)

// Of <math.h>; NVRTC has the functions only.
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)

namespace ptx {

DEVICE u32 smem(const void* p) { return (u32)__cvta_generic_to_shared(p); }

// ---- cp.async: copies from global to shared memory that run behind the thread's back, in groups.

// 16 bytes, past L1; bytes from `live` on arrive as zeros (live = 0 reads nothing, but src must be a valid address).
DEVICE void cp_async16(void* dst, const void* src, u32 live = 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(smem(dst)), "l"(src), "r"(live) : "memory");
}
// 4 or 8 bytes, for rows that do not start at a multiple of 16.
DEVICE void cp_async4(void* dst, const void* src, u32 live = 4) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(smem(dst)), "l"(src), "r"(live) : "memory");
}
DEVICE void cp_async8(void* dst, const void* src, u32 live = 8) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(smem(dst)), "l"(src), "r"(live) : "memory");
}
DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most N of this thread's groups are still open. A barrier must follow before other threads read.
template <int N> DEVICE void cp_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

// ---- conversions

// x rounded to the nearest TF32, ties away from zero. Raw float bits would be cut off by the tensor cores.
DEVICE u32 tf32(float x) {
    u32 r;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(x));
    return r;
}
// Two bfloat16, lo in the low half, rounded to nearest even.
DEVICE u32 bf16x2(float lo, float hi) {
    u32 r;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo));
    return r;
}

// ---- tensor cores: d += a·b by one whole warp, fp32 accumulation. With g = lane/4 and q = lane%4:
// d[0..3] are rows g, g, g+8, g+8 and columns 2q, 2q+1, 2q, 2q+1 of a 16x8 tile.

// TF32. a[0..3]: rows g, g+8, g, g+8 at k = q, q, q+4, q+4. b[0..1]: column g at k = q, q+4.
DEVICE void mma_m16n8k8_tf32(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
// bfloat16 in pairs. a[0..3]: rows g, g+8, g, g+8 at k = 2q, 2q, 2q+8, 2q+8 and the next. b[0..1]: column g at k = 2q,
// 2q+8 and the next.
DEVICE void mma_m16n8k16_bf16(float (&d)[4], const u32 (&a)[4], const u32 (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// ldmatrix: 8x8 tiles of 16-bit elements from shared memory. Lanes 8i … 8i+7 give the row addresses of tile i (16 bytes,
// aligned); r[i] of a lane is elements 2q, 2q+1 of row g of tile i, or of its transpose.
DEVICE void ldmatrix_x4(u32 (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(smem(row)) : "memory");
}
DEVICE void ldmatrix_x2(u32 (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1]) : "r"(smem(row)) : "memory");
}
DEVICE void ldmatrix_x4_trans(u32 (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(smem(row)) : "memory");
}
DEVICE void ldmatrix_x2_trans(u32 (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1]) : "r"(smem(row)) : "memory");
}

// ---- memory between CTAs

// Loads and stores of data that is used once: they do not push other lines out of L2.
template <class T> DEVICE T load_once(const T* p) { return __ldcs(p); }
template <class T> DEVICE void store_once(T* p, T v) { __stcs(p, v); }

DEVICE u32 load_acquire(const u32* p) {
    u32 v;
    asm volatile("ld.global.cv.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
    __threadfence();
    return v;
}
DEVICE void store_release(u32* p, u32 v) {
    __threadfence();
    *(volatile u32*)p = v;
}

// All threads of all CTAs meet. Only in a cooperative launch. *state is 0 before its first use; its top bit turns at
// each meeting, so it needs no reset between launches.
DEVICE void grid_barrier(u32* state) {
    __syncthreads();
    if ((threadIdx.x | threadIdx.y | threadIdx.z) == 0) {
        const u32 ctas = gridDim.x * gridDim.y * gridDim.z;
        const bool first = (blockIdx.x | blockIdx.y | blockIdx.z) == 0;
        __threadfence();
        const u32 old = atomicAdd(state, first ? 0x80000000u - (ctas - 1) : 1u);
        while (((old ^ load_acquire(state)) & 0x80000000u) == 0) {}
    }
    __syncthreads();
}

// One thread of a CTA draws a number, 0 … of-1; the last number sees what all earlier drawers wrote before (the writers
// of each CTA meet at a barrier first), and *counter is 0 again. For sums of partial results in a fixed order.
DEVICE u32 ticket(u32* counter, u32 of) {
    __threadfence();
    const u32 t = atomicInc(counter, of - 1);
    __threadfence();
    return t;
}

}  // namespace ptx
#else
#include "device_host.h"  // internal/emu/src, given by -I
#endif

// ---- plain C++ for everybody

// Index of this thread in the grid, and the number of threads, for loops over any number of elements.
DEVICE u64 grid_index() { return blockIdx.x * (u64)blockDim.x + threadIdx.x; }
DEVICE u64 grid_size() { return gridDim.x * (u64)blockDim.x; }

// Sum and maximum over the warp in the order of a butterfly; every lane gets the result. NaN wins the maximum.
DEVICE float warp_sum(float v) {
    for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(~0u, v, d);
    return v;
}
DEVICE float warp_max(float v) {
    for (int d = 16; d > 0; d >>= 1) {
        const float w = __shfl_xor_sync(~0u, v, d);
        v = v > w || v != v ? v : w;
    }
    return v;
}

// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four words for a 128-bit counter
// and a 64-bit key. The same bits as the CPU engine's.
struct Words {
    u32 w[4];
};
DEVICE Words philox(u32 key0, u32 key1, u32 c0, u32 c1, u32 c2, u32 c3) {
    for (int round = 0; round < 10; round++) {
        const u64 p = 0xD2511F53ull * c0, q = 0xCD9E8D57ull * c2;
        c0 = (u32)(q >> 32) ^ c1 ^ key0;
        c2 = (u32)(p >> 32) ^ c3 ^ key1;
        c1 = (u32)q;
        c3 = (u32)p;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}
