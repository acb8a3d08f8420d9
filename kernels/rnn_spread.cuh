// What the kernels of rnn_spread.cu and rnn_spread_tc.cu have in common: a block's place, states on their way from other
// blocks, and the walk through the steps. A product P is the weights of a block's columns and how they are multiplied:
//
//	P::rows, P::columns         of a tile and of the block
//	P::per, row(i), column(i)   elements that a thread finishes, and where in the tile they lie; writes() is whether it does
//	P::pitch(hidden)            floats from one row of a tile to the next; behind hidden they are zeros
//	P::rounded(v)               a state as it is multiplied
//	P p(shared, hidden)         with shared memory of its own, behind the tiles
//	p.load(weight)              weight(k, column of the block), zero where there is none
//	p.multiply(sum, tile, halfway)   halfway() is called on the way
#pragma once
#include "exchange.cuh"

constexpr int warps = 8, threads = 32 * warps;

DEVICE u32 lane_of() { return threadIdx.x % 32; }
DEVICE u32 warp_of() { return threadIdx.x / 32; }

// Rows of states that lie pitch apart.
struct States {
    const float* at;
    u64 pitch;
    int rows;
};

// States on their way into shared memory: of each row, the words of this thread from k on, depth of them.
template <class P> struct Incoming {
    static constexpr int rows = P::rows, depth = P::depth;
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
    // All of s into tile [rows][pitch]; rows that do not exist are zeros. Awaited words are looked at until they are there.
    DEVICE void take(float* tile, u32 pitch, const States& s, u32 hidden, bool awaited) {
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
                    if (k + d * threads < hidden) tile[r * pitch + k + d * threads] = P::rounded(v[r][d]);
        }
    }
};

// A block's place in the grid, and its two tiles of states, which are in use by turns.
template <class P> struct Place {
    static constexpr int rows = P::rows;
    u32 n, steps, hidden, pitch, first, begin, end, turn;
    const int* lengths;
    float* shared;

    DEVICE Place(float* shared, const int* lengths, u32 n, u32 steps, u32 hidden, u32 tiles)
        : n(n), steps(steps), hidden(hidden), pitch(P::pitch(hidden)), first(blockIdx.x * P::columns), begin(blockIdx.y * tiles),
          end(min(begin + tiles, (n + rows - 1) / rows)), turn(0), lengths(lengths), shared(shared) {
        const u32 pad = pitch - hidden;
        for (u32 i = threadIdx.x; i < 2 * rows * pad; i += threads) shared[i / pad * pitch + hidden + i % pad] = 0.f;
    }
    DEVICE float* tile() const { return shared + turn * rows * pitch; }
    DEVICE float* behind() const { return shared + 2 * rows * pitch; }
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

// What a thread finishes of a tile.
struct Element {
    u32 row, column;
    bool exists;
    int length;  // steps that the row takes
};

template <class P> DEVICE Element element(const Place<P>& at, u32 tile, int i) {
    Element e = {tile * P::rows + P::row(i), at.first + P::column(i)};
    e.exists = e.row < at.n && e.column < at.hidden && P::writes();
    e.length = at.length(e.row);
    return e;
}

#define RNN_FORWARD                                                                                                 \
    float *h, float *last, const float *z, const float *whh, const float *h0, const int *lengths, u32 n, u32 steps, \
        u32 hidden, u32 tiles
#define RNN_FORWARD_VALUES h, last, z, whh, h0, lengths, n, steps, hidden, tiles

template <class P> DEVICE void forward(float* shared, RNN_FORWARD) {
    Place<P> p(shared, lengths, n, steps, hidden, tiles);
    P weights(p.behind(), hidden);
    weights.load([=](u32 k, u32 c) { return p.first + c < hidden && k < hidden ? whh[(u64)(p.first + c) * hidden + k] : 0.f; });
    Incoming<P> states;
    const u64 pitch = (u64)steps * hidden;
    auto before = [=](u32 t, u32 i) {
        return t > 0 ? p.states(h, pitch, i, (i64)(t - 1) * hidden) : p.states(h0, hidden, i, 0);
    };
    for (u32 t = 0; t < steps; t++)
        for (u32 i = p.begin; i < p.end; i++) {
            Element e[P::per];
            float value[P::per];  // what the product is added to, or what a row that has ended hands through
#pragma unroll
            for (int u = 0; u < P::per; u++) {
                e[u] = element(p, i, u);
                const u64 at = e[u].row * pitch + (u64)t * hidden + e[u].column;
                value[u] = 0.f;
                if (!e[u].exists) continue;
                if ((int)t < e[u].length) value[u] = z[at];
                else if (t > 0) value[u] = h[at - hidden];
                else if (h0) value[u] = h0[(u64)e[u].row * hidden + e[u].column];
            }
            float sum[P::per] = {};
            if ((int)t < p.most(i) && (t > 0 || h0)) {
                states.take(p.tile(), p.pitch, before(t, i), hidden, t > 0);
                __syncthreads();
                weights.multiply(sum, p.tile(), [&] {
                    const u32 then = i + 1 < p.end ? t : t + 1;
                    if (then > 0 && then < steps) states.ask(before(then, then > t ? p.begin : i + 1), threadIdx.x, hidden);
                });
                p.turn ^= 1;
            }
#pragma unroll
            for (int u = 0; u < P::per; u++) {
                if (!e[u].exists) continue;
                const float v = (int)t < e[u].length ? tanhf(value[u] + sum[u]) : value[u];
                ptx::publish(h + e[u].row * pitch + (u64)t * hidden + e[u].column, v);
                if (last && t + 1 == steps) last[(u64)e[u].row * hidden + e[u].column] = v;
            }
        }
}

#define RNN_BACKWARD                                                                                              \
    float *dz, float *dh0, float *carries, const float *dh, const float *dlast, const float *h, const float *whh, \
        const int *lengths, u32 n, u32 steps, u32 hidden, u32 tiles
#define RNN_BACKWARD_VALUES dz, dh0, carries, dh, dlast, h, whh, lengths, n, steps, hidden, tiles

// The gradient of state j is Σ dz[k]·whh[k][j], k over a later step. Behind its row's length a gradient is handed through:
// carries [n, hidden] keeps it, and is null where nothing comes to it on the way. Step -1 only finishes dh0.
template <class P> DEVICE void backward(float* shared, RNN_BACKWARD) {
    Place<P> p(shared, lengths, n, steps, hidden, tiles);
    P weights(p.behind(), hidden);
    weights.load([=](u32 k, u32 c) { return p.first + c < hidden && k < hidden ? whh[(u64)k * hidden + p.first + c] : 0.f; });
    Incoming<P> states;
    const u64 pitch = (u64)steps * hidden;
    auto after = [=](int t, u32 i) { return p.states(dz, pitch, i, (i64)(t + 1) * hidden); };
    const int stop = dh0 ? -1 : 0;
    for (int t = (int)steps - 1; t >= stop; t--)
        for (u32 i = p.begin; i < p.end; i++) {
            Element e[P::per];
            float y[P::per], outer[P::per], grad[P::per];
#pragma unroll
            for (int u = 0; u < P::per; u++) {
                e[u] = element(p, i, u);
                const u64 at = e[u].row * pitch + (i64)t * hidden + e[u].column, state = (u64)e[u].row * hidden + e[u].column;
                y[u] = outer[u] = grad[u] = 0.f;
                if (!e[u].exists) continue;
                if (t >= 0 && t < e[u].length) y[u] = h[at];
                if (t >= 0 && dh) outer[u] = dh[at];
                if (t + 1 < e[u].length) continue;
                if (carries && t + 1 < (int)steps) grad[u] = carries[state];
                else if (dlast) grad[u] = dlast[state];
            }
            float sum[P::per] = {};
            if (t + 1 < p.most(i)) {
                states.take(p.tile(), p.pitch, after(t, i), hidden, true);
                __syncthreads();
                weights.multiply(sum, p.tile(), [&] {
                    const int then = i + 1 < p.end ? t : t - 1;
                    if (then >= stop) states.ask(after(then, then < t ? p.begin : i + 1), threadIdx.x, hidden);
                });
                p.turn ^= 1;
            }
#pragma unroll
            for (int u = 0; u < P::per; u++) {
                if (!e[u].exists) continue;
                const u64 state = (u64)e[u].row * hidden + e[u].column;
                const bool live = t < e[u].length;
                const float g = (t + 1 < e[u].length ? sum[u] : grad[u]) + outer[u];
                if (t < 0) dh0[state] = g;
                else ptx::publish(dz + e[u].row * pitch + (u64)t * hidden + e[u].column, live ? g * (1.f - y[u] * y[u]) : 0.f);
                if (carries && !live) carries[state] = g;
            }
        }
}

// The kernels of a product. The number in their names is the columns of a block.
#define RNN(columns, type, product)                                                       \
    KERNEL __launch_bounds__(threads, 1) rnn_spread##columns##_fwd_##type(RNN_FORWARD) {  \
        SHARED_DYNAMIC(float, shared);                                                    \
        forward<product>(shared, RNN_FORWARD_VALUES);                                     \
    }                                                                                     \
    KERNEL __launch_bounds__(threads, 1) rnn_spread##columns##_bwd_##type(RNN_BACKWARD) { \
        SHARED_DYNAMIC(float, shared);                                                    \
        backward<product>(shared, RNN_BACKWARD_VALUES);                                   \
    }
