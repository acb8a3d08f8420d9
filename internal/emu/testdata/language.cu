// Kernels for the tests of the emulator's language: matrix products, tiles, votes, reductions, atomics.
#include "device.cuh"

// y [16,8] = a [16,8] · b [8,8], x is a and then b.
KERNEL mma_tf32(float* y, const float* x, u64 n) {
    const u32 g = threadIdx.x / 4, q = threadIdx.x % 4;
    const float* w = x + 16 * 8;
    float d[4] = {};
    u32 a[4], b[2];
    for (int r = 0; r < 4; r++) a[r] = ptx::tf32(x[(g + r % 2 * 8) * 8 + q + r / 2 * 4]);
    for (int r = 0; r < 2; r++) b[r] = ptx::tf32(w[(q + r * 4) * 8 + g]);
    ptx::mma_m16n8k8_tf32(d, a, b);
    for (int r = 0; r < 4; r++) y[(g + r / 2 * 8) * 8 + 2 * q + r % 2] = d[r];
}

// y [16,8] = a [16,16] · b [16,8], x is a and then b. The operands go through shared memory: a by rows, b transposed.
KERNEL mma_bf16(float* y, const float* x, u64 n) {
    SHARED(u16, a, 16 * 16);
    SHARED(u16, b, 16 * 8);
    for (u32 i = threadIdx.x; i < 256; i += 32) a[i] = (u16)ptx::bf16x2(x[i], 0.f);
    for (u32 i = threadIdx.x; i < 128; i += 32) b[i] = (u16)ptx::bf16x2(x[256 + i], 0.f);
    __syncthreads();
    const u32 l = threadIdx.x, g = l / 4, q = l % 4;
    u32 fa[4], fb[2];
    float d[4] = {};
    ptx::ldmatrix_x4(fa, a + (l % 16) * 16 + l / 16 * 8);
    ptx::ldmatrix_x2_trans(fb, b + (l % 16) * 8);
    ptx::mma_m16n8k16_bf16(d, fa, fb);
    for (int r = 0; r < 4; r++) y[(g + r / 2 * 8) * 8 + 2 * q + r % 2] = d[r];
}

// Lanes of two masks at once; y[lane] is the sum over the lane's mask, y[32 + lane] the lanes with the same x.
KERNEL masks(float* y, const float* x, u64 n) {
    const u32 l = threadIdx.x, mine = l % 3 == 0 ? 0x49249249u : ~0x49249249u;
    y[l] = (float)__reduce_add_sync(mine, l);
    y[32 + l] = (float)__popc(__match_any_sync(~0u, x[l]));
}

// y[0] counts the threads, in a histogram in shared memory; y[1] those for which x is above 2.
KERNEL counts(float* y, const float* x, u64 n) {
    SHARED(u32, bins, 4);
    if (threadIdx.x < 4) bins[threadIdx.x] = 0;
    const int above = __syncthreads_count(x[threadIdx.x] > 2.f);
    atomicAdd(&bins[threadIdx.x % 4], 1u);
    __syncthreads();
    if (threadIdx.x == 0) y[0] = (float)(bins[0] + bins[1] + bins[2] + bins[3]), y[1] = (float)above;
}

// The last block to come adds what all wrote: y[blocks] = Σ x[block]. The counter is the word after it.
KERNEL last_block(float* y, const float* x, u64 n) {
    const u32 blocks = gridDim.x;
    if (threadIdx.x != 0) return;
    y[blockIdx.x] = x[blockIdx.x];
    if (ptx::ticket((u32*)y + blocks + 1, blocks) != blocks - 1) return;
    float sum = 0;
    for (u32 b = 0; b < blocks; b++) sum += y[b];
    y[blocks] = sum;
}
