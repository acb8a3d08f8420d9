// images: sm_75 sm_80 sm_90 compute_75
// The tanh RNN over a whole sequence in one launch, for up to 256 hidden units: h[n,t] = tanh(z[n,t] + whh·h[n,t-1]), z and h
// [n, steps, hidden], whh [to, from]. Rows of the batch do not depend on each other, so no block waits for another.
// Longer states: rnn_spread.cu.
//
// A block has up to four rows. It is pad columns wide, hidden rounded up to a power of two, and four slices high. Thread
// (slice, j) holds the quarter of the weights of column j that meets elements slice·pad/4 … of a state: in registers,
// and what does not fit there in shared memory. A step is
//
//	part[slice][row][j] = Σ over the slice of state[row][k]·weight[k][j], states broadcast from shared memory
//	thread (slice, j) adds the four parts of row `slice` in order, and finishes that element
//
// with a barrier after each. Whatever a step reads from memory is asked for before its product. From memory come z and h
// once in each direction, 8 bytes an element and step, or 12; weights once for each block.
#include "device.cuh"

constexpr int slices = 4;

// The weights of one thread, and the product.
template <int pad, int kept> struct Column {
    static constexpr int depth = pad / slices;
    float w[kept];
    float* rest;  // [depth - kept][threads] in shared memory

    // weight(k) for the elements k of slice.
    template <class F> DEVICE void load(float* shared, int slice, int j, F weight) {
        rest = shared + slice * pad + j;
#pragma unroll
        for (int i = 0; i < depth; i++) {
            const float v = weight(slice * depth + i);
            if (i < kept) w[i] = v;
            else rest[(i - kept) * slices * pad] = v;
        }
    }

    DEVICE void multiply(float* part, const float* state, int slice, int j, int rows) const {
        for (int row = 0; row < rows; row++) {
            const float4* h = (const float4*)(state + row * pad + slice * depth);
            float a = 0.f, b = 0.f, c = 0.f, d = 0.f;
#pragma unroll
            for (int i = 0; i < depth; i += 4) {
                const float4 v = h[i / 4];
                const float* r = rest + (i - kept) * slices * pad;
                a += (i < kept ? w[i] : r[0]) * v.x;
                b += (i + 1 < kept ? w[i + 1] : r[slices * pad]) * v.y;
                c += (i + 2 < kept ? w[i + 2] : r[2 * slices * pad]) * v.z;
                d += (i + 3 < kept ? w[i + 3] : r[3 * slices * pad]) * v.w;
            }
            part[(slice * slices + row) * pad + j] = (a + b) + (c + d);
        }
    }
};

// What a thread knows of the element that it finishes.
struct Element {
    bool exists;
    u64 row;     // of the batch
    int length;  // steps that the row takes, 0 of a row that does not exist
    int most;    // steps that any row of the block takes
    int rows;    // of the block
};

DEVICE Element element(const int* lengths, u32 n, u32 steps, u32 hidden, u32 rows, int slice, int j) {
    const u32 from = blockIdx.x * rows;
    Element e = {false, (u64)from + slice, 0, 0, (int)min(rows, n - from)};
    for (int r = 0; r < e.rows; r++) {
        const int length = lengths ? max(0, min(lengths[from + r], (int)steps)) : (int)steps;
        e.most = max(e.most, length);
        if (r == slice) e.length = length;
    }
    e.exists = slice < e.rows && j < (int)hidden;
    return e;
}

// The sum of the parts of one element.
template <int pad> DEVICE float added(const float* part, int row, int j) {
    const float* p = part + row * pad + j;
    return (p[0] + p[slices * pad]) + (p[2 * slices * pad] + p[3 * slices * pad]);
}

#define RNN_FORWARD                                                                                                \
    float *h, float *last, const float *z, const float *whh, const float *h0, const int *lengths, u32 n, u32 steps, \
        u32 hidden, u32 rows

// Shared: state [4][pad], parts [4][4][pad], weights that are not in registers.
template <int pad, int kept> DEVICE void forward(float* shared, RNN_FORWARD) {
    const int slice = threadIdx.x / pad, j = threadIdx.x % pad;
    float *const state = shared, *const part = state + slices * pad;
    Column<pad, kept> column;
    column.load(part + slices * slices * pad, slice, j,
                [=](u32 k) { return j < (int)hidden && k < hidden ? whh[j * hidden + k] : 0.f; });
    const Element e = element(lengths, n, steps, hidden, rows, slice, j);
    float value = e.exists && h0 ? h0[e.row * hidden + j] : 0.f;
    state[slice * pad + j] = value;
    __syncthreads();
    u64 at = e.row * steps * hidden + j;
    for (int t = 0; t < (int)steps; t++, at += hidden) {
        const bool live = e.exists && t < e.length;
        const float input = live ? z[at] : 0.f;
        if (t < e.most) column.multiply(part, state, slice, j, e.rows);
        __syncthreads();
        if (live) {
            value = tanhf(input + added<pad>(part, slice, j));
            state[slice * pad + j] = value;
        }
        if (e.exists) h[at] = value;
        __syncthreads();
    }
    if (e.exists && last) last[e.row * hidden + j] = value;
}

#define RNN_BACKWARD                                                                                                        \
    float *dz, float *dh0, const float *dh, const float *dlast, const float *h, const float *whh, const int *lengths, u32 n, \
        u32 steps, u32 hidden, u32 rows

// Here thread (slice, j) meets row `slice` of whh with column j: the gradient of state j is Σ dz[k]·whh[k][j]. carry is the
// gradient of the state that step t leaves; from the length of its row on it is handed through.
template <int pad, int kept> DEVICE void backward(float* shared, RNN_BACKWARD) {
    const int slice = threadIdx.x / pad, j = threadIdx.x % pad;
    float *const state = shared, *const part = state + slices * pad;
    Column<pad, kept> column;
    column.load(part + slices * slices * pad, slice, j,
                [=](u32 k) { return j < (int)hidden && k < hidden ? whh[k * hidden + j] : 0.f; });
    const Element e = element(lengths, n, steps, hidden, rows, slice, j);
    float carry = e.exists && dlast ? dlast[e.row * hidden + j] : 0.f;
    u64 at = (e.row * steps + steps) * hidden + j;
    for (int t = (int)steps - 1; t >= 0; t--) {
        at -= hidden;
        const bool live = e.exists && t < e.length;
        const float y = live ? h[at] : 0.f, outer = e.exists && dh ? dh[at] : 0.f;
        if (t + 1 < (int)steps) {
            if (t + 1 < e.most) column.multiply(part, state, slice, j, e.rows);
            __syncthreads();
            if (t + 1 < e.length) carry = added<pad>(part, slice, j);
        }
        carry += outer;
        const float g = live ? carry * (1.f - y * y) : 0.f;
        state[slice * pad + j] = g;
        if (e.exists) dz[at] = g;
        __syncthreads();
    }
    if (!dh0) return;
    if (e.most > 0) column.multiply(part, state, slice, j, e.rows);
    __syncthreads();
    if (e.length > 0) carry = added<pad>(part, slice, j);
    if (e.exists) dh0[e.row * hidden + j] = carry;
}

#define RNN_FORWARD_VALUES h, last, z, whh, h0, lengths, n, steps, hidden, rows
#define RNN_BACKWARD_VALUES dz, dh0, dh, dlast, h, whh, lengths, n, steps, hidden, rows

// The number is pad.
#define RNN(pad, kept)                                                             \
    KERNEL __launch_bounds__(slices * pad, 1) rnn_h##pad##_fwd_f32(RNN_FORWARD) {  \
        SHARED_DYNAMIC(float, shared);                                             \
        forward<pad, kept>(shared, RNN_FORWARD_VALUES);                            \
    }                                                                              \
    KERNEL __launch_bounds__(slices * pad, 1) rnn_h##pad##_bwd_f32(RNN_BACKWARD) { \
        SHARED_DYNAMIC(float, shared);                                             \
        backward<pad, kept>(shared, RNN_BACKWARD_VALUES);                          \
    }

RNN(32, 8)
RNN(64, 16)
RNN(128, 32)
RNN(256, 32)  // 1024 threads may have 64 registers each
