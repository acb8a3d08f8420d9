// The parts of rnn_spread.cu: a block's place, the weights and the product of a warp, states on their way from other blocks.
#pragma once
#include "exchange.cuh"

constexpr int warps = 8, threads = 32 * warps, span = 128;  // a span of k: a float4 of each lane

DEVICE u32 lane_of() { return threadIdx.x % 32; }
DEVICE u32 warp_of() { return threadIdx.x / 32; }

// The sum over all lanes of each of the first 2n values. With one value a lane left, value i is that of lanes 32i/2n ….
template <int n, int size> DEVICE void halve(float (&sum)[size]) {
    constexpr int apart = 32 * n / size;
    const bool upper = lane_of() & apart;
#pragma unroll
    for (int v = 0; v < n; v++) {
        const float keep = upper ? sum[v + n] : sum[v], give = upper ? sum[v] : sum[v + n];
        sum[v] = keep + __shfl_xor_sync(~0u, give, apart);
    }
    if constexpr (n > 1) halve<n / 2>(sum);
}

// The weights of a warp's columns: those of the first `kept` spans in registers.
template <int columns, int rows, int kept> struct Share {
    static constexpr int sums = rows * columns, lanes = 32 / sums;  // lanes that get the same sum
    static_assert(sums <= 32, "a lane finishes one element");
    float4 w[kept][columns];
    float4* rest;  // [spans - kept][columns][32] in shared memory

    // weight(k, c) for column c of the warp, zero where there is none.
    template <class F> DEVICE void load(float* shared, u32 spans, F weight) {
        rest = (float4*)shared + lane_of();
        auto four = [=](u32 i, int c) {
            const u32 k = i * span + 4 * lane_of();
            return make_float4(weight(k, c), weight(k + 1, c), weight(k + 2, c), weight(k + 3, c));
        };
#pragma unroll
        for (int i = 0; i < kept; i++)
#pragma unroll
            for (int c = 0; c < columns; c++) w[i][c] = four(i, c);
        for (u32 i = kept; i < spans; i++)
            for (int c = 0; c < columns; c++) rest[((i - kept) * columns + c) * 32] = four(i, c);
    }

    static DEVICE void add(float& sum, float4 w, float4 s) {
        sum += w.x * s.x;
        sum += w.y * s.y;
        sum += w.z * s.z;
        sum += w.w * s.w;
    }

    // The sum that belongs to this lane, of the states in tile [rows][spans·span]. Calls halfway() on the way.
    template <class F> DEVICE float multiply(const float* tile, u32 spans, F halfway) const {
        const float4* state = (const float4*)tile + lane_of();
        float sum[sums] = {};
        float4 now[rows], next[rows];  // a span ahead: there are too few warps to wait for shared memory
#pragma unroll
        for (int r = 0; r < rows; r++) next[r] = state[r * spans * 32];
#pragma unroll
        for (int i = 0; i < kept; i++) {
            if (i == kept / 2) halfway();
#pragma unroll
            for (int r = 0; r < rows; r++) {
                now[r] = next[r];
                if (i + 1 < kept && i + 1 < (int)spans) next[r] = state[(r * spans + i + 1) * 32];
            }
            if (i >= (int)spans) continue;
#pragma unroll
            for (int c = 0; c < columns; c++)
#pragma unroll
                for (int r = 0; r < rows; r++) add(sum[r * columns + c], w[i][c], now[r]);
        }
        for (u32 i = kept; i < spans; i++) {
            float4 s[rows];
#pragma unroll
            for (int r = 0; r < rows; r++) s[r] = state[(r * spans + i) * 32];
#pragma unroll
            for (int c = 0; c < columns; c++) {
                const float4 v = rest[((i - kept) * columns + c) * 32];
#pragma unroll
                for (int r = 0; r < rows; r++) add(sum[r * columns + c], v, s[r]);
            }
        }
        halve<sums / 2>(sum);
        for (int d = lanes / 2; d > 0; d /= 2) sum[0] += __shfl_xor_sync(~0u, sum[0], d);
        return sum[0];
    }
};

// Rows of states that lie pitch apart.
struct States {
    const float* at;
    u64 pitch;
    int rows;
};

// States on their way into shared memory: of each row, the words of this thread from k on, depth of them.
template <int rows, int depth> struct Incoming {
    float v[rows][depth];
    const float* asked = nullptr;

    DEVICE void ask(const States& s, u32 k, u32 hidden) {
        asked = s.at;
#pragma unroll
        for (int r = 0; r < rows; r++)
#pragma unroll
            for (int d = 0; d < depth; d++)
                v[r][d] = r < s.rows && k + d * threads < hidden ? ptx::peek(s.at + r * s.pitch + k + d * threads) : 0.f;
    }
    // All of s into tile [rows][width]; rows that do not exist are zeros. Awaited words are looked at until they are there.
    DEVICE void take(float* tile, u32 width, const States& s, u32 hidden, bool awaited) {
        for (u32 k = threadIdx.x; k < hidden; k += depth * threads) {
            if (asked != s.at || k != threadIdx.x) ask(s, k, hidden);
            for (bool missing = awaited; missing;) {
                missing = false;
#pragma unroll
                for (int r = 0; r < rows; r++)
#pragma unroll
                    for (int d = 0; d < depth; d++)
                        if (is_unset(v[r][d])) {
                            v[r][d] = ptx::peek(s.at + r * s.pitch + k + d * threads);
                            missing = true;
                        }
            }
#pragma unroll
            for (int r = 0; r < rows; r++)
#pragma unroll
                for (int d = 0; d < depth; d++)
                    if (k + d * threads < hidden) tile[r * width + k + d * threads] = v[r][d];
        }
    }
};

// A block's place in the grid, and its shared memory: two tiles, in use by turns, so that one barrier is enough for each,
// and the weights that are not in registers.
template <int columns, int rows> struct Place {
    u32 n, steps, hidden, width, first, begin, end, turn;
    const int* lengths;
    float* shared;

    DEVICE Place(float* shared, const int* lengths, u32 n, u32 steps, u32 hidden, u32 tiles)
        : n(n), steps(steps), hidden(hidden), width((hidden + span - 1) / span * span),
          first((blockIdx.x * warps + warp_of()) * columns), begin(blockIdx.y * tiles),
          end(min(begin + tiles, (n + rows - 1) / rows)), turn(0), lengths(lengths), shared(shared) {
        const u32 pad = width - hidden;
        for (u32 i = threadIdx.x; i < 2 * rows * pad; i += threads) shared[i / pad * width + hidden + i % pad] = 0.f;
    }
    DEVICE float* tile() const { return shared + turn * rows * width; }
    DEVICE float* weights(int kept) const {
        const int spans = width / span;
        return shared + 2 * rows * width + warp_of() * max(0, spans - kept) * columns * span;
    }
    DEVICE int length(u32 row) const {
        return row >= n ? 0 : lengths ? max(0, min(lengths[row], (int)steps)) : (int)steps;
    }
    DEVICE int most(u32 i) const {  // steps that any row of tile i takes
        int m = 0;
        for (int r = 0; r < rows; r++) m = max(m, length(i * rows + r));
        return m;
    }
    DEVICE States states(const float* of, u64 pitch, u32 i, i64 before) const {
        return {of + i * rows * pitch + before, pitch, (int)min((u32)rows, n - i * rows)};
    }
};
