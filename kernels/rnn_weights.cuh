// The gradient of an RNN's recurrent weights, dwhh[i,j] = Σ over n and t of dz[n,t,i]·h[n,t-1,j], as the matrix product of
// gemm_core.cuh: k runs over all steps of all rows. What comes before a step is found while it is copied to shared memory.
#pragma once
#include "gemm_store.cuh"

// Line k is the state before step t = k % steps of row k / steps, h0's at t = 0 (null for zeros). Steps that a row does not
// take count nothing.
struct EarlierSource {
    const float *h, *h0;
    const int* lengths;
    u32 steps, hidden, ks;
    bool wide;
    u32 k, column, row, t;

    DEVICE void begin(u32 at, u32 j) {
        k = at, column = j;
        row = k / steps, t = k % steps;
    }
    DEVICE void skip(u32 lines) {
        k += lines;
        for (t += lines; t >= steps; t -= steps) row++;
    }
    DEVICE bool find(const float*& from) const {
        from = (t > 0 ? h + (u64)(k - 1) * hidden : h0 + (u64)row * hidden) + column;
        return column < hidden && k < ks && (t > 0 || h0) && (!lengths || (int)t < lengths[row]);
    }
};

// With parts > 1 a CTA adds up `part` steps of k (a multiple of 16), and dwhh is the workspace [parts, hidden, hidden].
#define RNN_WEIGHTS                                                                                                \
    float *dwhh, const float *dz, const float *h, const float *h0, const int *lengths, u32 n, u32 steps, u32 hidden, \
        u32 parts, u32 part, u32 mode

template <class Core> DEVICE void recurrent_weights(RNN_WEIGHTS) {
    SHARED_DYNAMIC(float, ring);
    const u32 ks = n * steps, sides = (hidden + Core::M - 1) / Core::M;
    static_assert(Core::M == Core::N, "tiles are square");
    const Place at = place(blockIdx.x, sides, sides, parts);
    const u32 m0 = at.m * Core::M, n0 = at.n * Core::N;
    const u32 from = at.part * part, to = parts == 1 || ks - from < part ? ks : from + part;
    LineSource grads = {dz, hidden, ks, (mode & wide_a) != 0};
    EarlierSource states = {h, h0, lengths, steps, hidden, ks, (mode & wide_b) != 0};
    Core core(mode);
    accumulate<LineTile<Core::M>, LineTile<Core::N>>(core, ring, grads, states, from, to, m0, n0);

    const Epilogue e = {nullptr, 0, hidden, nullptr, nullptr, nullptr};
    float* out = dwhh + (u64)at.part * hidden * hidden;
    store_tile(core, ring, e, n0, [&](u32 row) { return m0 + row < hidden ? out + (u64)(m0 + row) * hidden : nullptr; });
}

#define WEIGHTS(name, core)                                                                      \
    KERNEL __launch_bounds__(core::threads, core::residents) name(RNN_WEIGHTS) {                 \
        recurrent_weights<core>(dwhh, dz, h, h0, lengths, n, steps, hidden, parts, part, mode);  \
    }
