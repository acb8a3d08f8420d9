// What happens to a finished tile: bias, residual, activation or its derivative, and the store.
#pragma once
#include "act.cuh"
#include "gemm_core.cuh"

// The activations up to leaky ReLU are a few instructions.
DEVICE float cheap_activate(u32 act, float v) {
    return act == act_none || !(v < 0.f) ? v : act == act_relu ? 0.f : leaky_slope * v;
}

// What is done with sums: act(sum + bias + residual), or with y, the output of act, (sum + bias + residual)·act'(y). Each
// pointer may be null. Element i of residual and y belongs to base[i] of C; residual may be C.
struct Epilogue {
    const float* bias;
    u32 act, columns;
    const float *base, *residual, *y;
};

// Adds bias and residual to a band in shared memory, or undoes the activation there. Each thread does so for the elements
// that it will store. Loads are asked for in batches, for their latency is many times the rest of this.
template <class Core, class Line>
DEVICE void work_in(float* stash, const Epilogue& e, float bias, u32 column, u32 n, u32 band, Line line) {
    constexpr u32 at_once = Core::threads / Core::N, batch = 8;
#pragma unroll 1
    for (u32 first = threadIdx.x / Core::N; first < 64; first += batch * at_once) {
        float residual[batch], y[batch];
#pragma unroll
        for (u32 i = 0; i < batch; i++) {
            const float* c = line(band * 64 + first + i * at_once);
            const u64 at = c - e.base + n;
            residual[i] = c && e.residual ? e.residual[at] : 0.f;
            y[i] = c && e.y ? e.y[at] : 0.f;
        }
#pragma unroll
        for (u32 i = 0; i < batch; i++) {
            float& v = stash[Stash<Core::N>::at(first + i * at_once, column)];
            v = v + bias + residual[i];
            if (e.y) v = activate_gradient(e.act, v, y[i]);
        }
    }
}

// Stores a tile whose first column is n0. line(row) is where a row of the tile lies in C, or null. The tile goes through
// shared memory: the stores of a warp are 32 neighbours, and the activation's code is there once and not once for each
// element of a thread.
template <class Core, class Line> DEVICE void store_tile(const Core& core, float* stash, const Epilogue& e, u32 n0, Line line) {
    constexpr int at_once = Core::threads / Core::N;
    const u32 column = threadIdx.x % Core::N, n = n0 + column;
    const bool live = n < e.columns;
    const bool more = e.residual || e.y;
    const float given = live && e.bias ? e.bias[n] : 0.f, bias = more ? 0.f : given;
    const u32 act = e.y ? act_none : e.act;
#pragma unroll 1
    for (u32 band = 0; band < Core::M / 64; band++) {
        __syncthreads();
        core.stash(stash, band);
        __syncthreads();
        if (!live) continue;  // to the next band's barriers
        if (more) work_in<Core>(stash, e, given, column, n, band, line);
        if (act > act_leaky_relu) {
#pragma unroll 1
            for (u32 row = threadIdx.x / Core::N; row < 64; row += at_once) {
                float* c = line(band * 64 + row);
                if (c) c[n] = activate(act, stash[Stash<Core::N>::at(row, column)] + bias);
            }
        } else {
#pragma unroll 4
            for (u32 i = 0; i < 64; i += at_once) {
                const u32 row = i + threadIdx.x / Core::N;
                float* c = line(band * 64 + row);
                const float v = stash[Stash<Core::N>::at(row, column)];
                if (c) c[n] = cheap_activate(act, v + bias);
            }
        }
    }
}

// Which tile of C a CTA computes. CTAs run over columns within groups of eight lines of tiles: those that are resident
// together share operands in L2. Then come the parts of k, then the batch.
struct Place {
    u32 m, n, part, batch;  // in tiles
};
DEVICE Place place(u32 id, u32 down, u32 across, u32 parts) {
    const u32 tiles = down * across, tile = id % tiles, rest = id / tiles;
    const u32 group = tile / (8 * across), first = group * 8, size = down - first < 8 ? down - first : 8;
    const u32 in = tile - group * 8 * across;
    return {first + in % size, in / size, rest % parts, rest / parts};
}
