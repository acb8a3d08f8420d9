// The main loop of all products: C tile += A tile · B tile over k, on CUDA cores or tensor cores.
//
// A CTA computes M x N elements of C. Tiles of 16 steps of k pass through a ring of stages in shared memory, filled by
// asynchronous copies that run STAGES-1 tiles ahead: one barrier for each tile. Each element of C adds its products in
// the order of k, whatever the launch looks like.
#pragma once
#include "gemm_tile.cuh"

// Bits of a kernel's mode: 16-byte copies fit operand a, or b (its lines start at multiples of 16 bytes and are multiples
// of four floats); tensor cores multiply bfloat16, not TF32.
constexpr u32 wide_a = 1, wide_b = 2, bfloat16 = 4;

// A band of 64 rows of a finished tile in shared memory. Lines are turned against each other by 8 floats, so that the
// tensor cores' four rows of two floats each fall on different banks.
template <int N> struct Stash {
    static DEVICE u32 at(u32 row, u32 column) { return row * N + (column + 8 * row) % N; }
};

// float32 throughout: a thread owns 8 rows, four and four half a tile apart, and 4 or 8 columns likewise.
template <int M_, int N_, int THREADS_> struct CudaCores {
    static constexpr int M = M_, N = N_, threads = THREADS_, stages = 3, residents = 512 / threads;
    static constexpr bool deal = true;
    static constexpr int blocks = N / 64;  // fours of columns
    static_assert(M == threads / 2, "8 rows a thread");
    float acc[8][blocks * 4];
    DEVICE explicit CudaCores(u32) {}

    // This thread's first row and column, and how far the others lie below and right of them.
    static DEVICE u32 row() { return threadIdx.x / 16 * 4; }
    static DEVICE u32 column() { return threadIdx.x % 16 * 4; }
    static DEVICE constexpr u32 down(int i) { return i / 4 * (M / 2) + i % 4; }
    static DEVICE constexpr u32 right(int j) { return j / 4 * 64 + j % 4; }

    DEVICE void clear() {
#pragma unroll
        for (int i = 0; i < 8; i++)
#pragma unroll
            for (int j = 0; j < blocks * 4; j++) acc[i][j] = 0.f;
    }

    template <class A, class B> DEVICE void multiply(const float* a, const float* b) {
        constexpr int deep = A::k_fastest && !B::k_fastest ? 2 : 4;  // registers do not hold 4 here
#pragma unroll 1
        for (u32 k = 0; k < depth; k += deep) {
            const float *at = a + opaque(A::at(row(), k)), *to = b + opaque(B::at(column(), k));
            float x[8][deep];
#pragma unroll
            for (int i = 0; i < 8; i += A::k_fastest ? 1 : 4)
                if constexpr (deep == 2) {
                    const float2 v = A::pair(at + A::below(down(i)));
                    x[i][0] = v.x, x[i][1] = v.y;
                } else if constexpr (A::k_fastest) {
                    const float4 v = A::four(at + A::below(down(i)));
                    x[i][0] = v.x, x[i][1] = v.y, x[i][2] = v.z, x[i][3] = v.w;
                } else {
#pragma unroll
                    for (int u = 0; u < 4; u++) {
                        const float4 v = A::line(at + A::below(down(i)) + u * A::pitch);
                        x[i][u] = v.x, x[i + 1][u] = v.y, x[i + 2][u] = v.z, x[i + 3][u] = v.w;
                    }
                }
            if constexpr (B::k_fastest) {
#pragma unroll
                for (int j = 0; j < blocks * 4; j++) {
                    const float4 v = B::four(to + B::below(right(j)));
#pragma unroll
                    for (int i = 0; i < 8; i++)
                        acc[i][j] = fmaf(x[i][3], v.w, fmaf(x[i][2], v.z, fmaf(x[i][1], v.y, fmaf(x[i][0], v.x, acc[i][j]))));
                }
            } else {
#pragma unroll
                for (int u = 0; u < deep; u++)
#pragma unroll
                    for (int j = 0; j < blocks * 4; j += 4) {
                        const float4 v = B::line(to + B::below(right(j)) + u * B::pitch);
#pragma unroll
                        for (int i = 0; i < 8; i++) {
                            acc[i][j] = fmaf(x[i][u], v.x, acc[i][j]);
                            acc[i][j + 1] = fmaf(x[i][u], v.y, acc[i][j + 1]);
                            acc[i][j + 2] = fmaf(x[i][u], v.z, acc[i][j + 2]);
                            acc[i][j + 3] = fmaf(x[i][u], v.w, acc[i][j + 3]);
                        }
                    }
            }
        }
    }

    // Puts rows 64·band … of the tile into `to`, as Stash lays them out.
    DEVICE void stash(float* to, u32 band) const {
#pragma unroll
        for (int i = 0; i < 8; i++)
#pragma unroll
            for (int j = 0; j < blocks * 4; j += 4)
                if (const u32 r = row() + down(i); r / 64 == band)
                    *(float4*)(to + Stash<N>::at(r % 64, column() + right(j))) = {acc[i][j], acc[i][j + 1], acc[i][j + 2],
                                                                                 acc[i][j + 3]};
    }
};

// Tensor cores: a warp owns WM x WN elements as 16x8 pieces. The order of k within a tile is ours to choose, as long as
// A and B agree, so a lane takes elements 2q and 2q+1 where mma.m16n8k8 means q and q+4: they are neighbours in memory.
// Operands are rounded to nearest, to TF32 or to bfloat16; one kernel does both, the images would be twice as large.
template <int M_, int N_, int WM, int WN> struct TensorCores {
    static constexpr int M = M_, N = N_, threads = M / WM * (N / WN) * 32, stages = 4, residents = M == 128 ? 2 : 4;
    static constexpr bool deal = false;
    static constexpr int MI = WM / 16, NI = WN / 8;
    float acc[MI][NI][4];
    const bool bf16;
    DEVICE explicit TensorCores(u32 mode) : bf16((mode & bfloat16) != 0) {}

    static DEVICE u32 warp_row() { return threadIdx.x / 32 / (N / WN) * WM + threadIdx.x % 32 / 4; }
    static DEVICE u32 warp_column() { return threadIdx.x / 32 % (N / WN) * WN; }

    DEVICE void clear() {
#pragma unroll
        for (int i = 0; i < MI; i++)
#pragma unroll
            for (int j = 0; j < NI; j++)
#pragma unroll
                for (int r = 0; r < 4; r++) acc[i][j][r] = 0.f;
    }

    template <class A, class B> DEVICE void multiply(const float* a, const float* b) {
        const u32 k = threadIdx.x % 4 * 2, m = warp_row(), n = warp_column() + threadIdx.x % 32 / 4;
        const float* at[2] = {a + opaque(A::at(m, k)), a + opaque(A::at(m, k + 8))};
        const float* to[2] = {b + opaque(B::at(n, k)), b + opaque(B::at(n, k + 8))};
        if (!bf16) {
#pragma unroll
            for (int s = 0; s < 2; s++) {
                u32 y[NI][2];
#pragma unroll
                for (int j = 0; j < NI; j++) {
                    const float2 v = B::pair(to[s] + B::below(j * 8));
                    y[j][0] = ptx::tf32(v.x), y[j][1] = ptx::tf32(v.y);
                }
#pragma unroll
                for (int i = 0; i < MI; i++) {
                    const float2 v = A::pair(at[s] + A::below(i * 16)), w = A::pair(at[s] + A::below(i * 16 + 8));
                    const u32 x[4] = {ptx::tf32(v.x), ptx::tf32(w.x), ptx::tf32(v.y), ptx::tf32(w.y)};
#pragma unroll
                    for (int j = 0; j < NI; j++) ptx::mma_m16n8k8_tf32(acc[i][j], x, y[j]);
                }
            }
        } else {
            auto pack = [](float2 v) { return ptx::bf16x2(v.x, v.y); };
            u32 y[NI][2];
#pragma unroll
            for (int j = 0; j < NI; j++)
#pragma unroll
                for (int s = 0; s < 2; s++) y[j][s] = pack(B::pair(to[s] + B::below(j * 8)));
#pragma unroll
            for (int i = 0; i < MI; i++) {
                u32 x[4];
#pragma unroll
                for (int s = 0; s < 4; s++) x[s] = pack(A::pair(at[s / 2] + A::below(i * 16 + s % 2 * 8)));
#pragma unroll
                for (int j = 0; j < NI; j++) ptx::mma_m16n8k16_bf16(acc[i][j], x, y[j]);
            }
        }
    }

    DEVICE void stash(float* to, u32 band) const {
        const u32 m = warp_row(), n = warp_column() + threadIdx.x % 4 * 2;
#pragma unroll
        for (int i = 0; i < MI; i++)
#pragma unroll
            for (int j = 0; j < NI; j++)
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const u32 r = m + i * 16 + half * 8;
                    if (r / 64 == band)
                        *(float2*)(to + Stash<N>::at(r % 64, n + j * 8)) = {acc[i][j][half * 2], acc[i][j][half * 2 + 1]};
                }
    }
};

// The tiles: 64x64 for small products, 128x128 for large ones. Warps of tensor cores own 64x64 elements there, so that
// two multiplications pay for each conversion of an operand.
typedef CudaCores<64, 64, 128> SmallF32;
typedef CudaCores<128, 128, 256> LargeF32;
typedef TensorCores<64, 64, 32, 32> SmallTC;
typedef TensorCores<128, 128, 64, 64> LargeTC;

// The product over k from `from` to `to`. On return all copies have arrived; shared memory may be in use by others still.
template <class A, class B, class Core, class SourceA, class SourceB>
DEVICE void accumulate(Core& c, float* ring, SourceA& a, SourceB& b, u32 from, u32 to, u32 m0, u32 n0) {
    constexpr int stage = A::floats + B::floats, ahead = Core::stages - 1;
    const u32 steps = (to - from + depth - 1) / depth;
    c.clear();
    if (steps == 0) return;  // then sources may have nothing to stand on
    begin<A, Core::threads>(a, from, m0);
    begin<B, Core::threads>(b, from, n0);
    u32 full = 0, empty = 0;
#pragma unroll 1
    for (u32 i = 0; i < steps + ahead; i++) {  // loads tile i, and multiplies the one that was loaded `ahead` before it
        if (i >= ahead) {
            stage_wait<ahead - 1>();
            __syncthreads();  // that tile has arrived for all threads, and all are done with the stage that is filled next
        }
        if (i < steps) {
            fill<A, Core::threads>(ring + empty * stage, a);
            fill<B, Core::threads>(ring + empty * stage + A::floats, b);
            empty = empty + 1 == Core::stages ? 0 : empty + 1;
        }
        stage_commit();  // an empty group where there is no tile, so that counting groups counts tiles
        if (i >= ahead) {
            c.template multiply<A, B>(ring + full * stage, ring + full * stage + A::floats);
            full = full + 1 == Core::stages ? 0 : full + 1;
        }
    }
    stage_wait<0>();
}
