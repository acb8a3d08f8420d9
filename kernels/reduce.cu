// images: sm_75 sm_80 sm_90 compute_75
// Reductions of X [outer, n, inner] over n into Y [outer, inner]: sum, mean, sum of squares, argmax, argmin.
//
//   lanes   one output for 1 … 32 neighbouring lanes: short n, or a great many outputs
//   tile    a block folds `chunk` rows of `cols` neighbouring columns, cols a power of two up to 32; for inner = 1 that is
//           a piece of one row read by 256 threads. A long n is cut into chunks, whose results go to
//   parts   [outer, chunks, inner], which a warp per output folds in order.
//
// How n is cut follows from the sizes alone: the same numbers give the same bits on every device.
// Bytes moved: 4·outer·n·inner read, 4·outer·inner written, and 16 a part.
#include "fold.cuh"

// Best is the winner of an argmax: NaN before numbers, then the larger, then the first. Its order is total, so the winner
// does not depend on the order of merging. No element at all has index nothing.
constexpr u32 nothing = ~0u;

struct Best {
    float value;
    u32 at;

    DEVICE void merge(const Best& b) {
        if (b.at == nothing) return;
        bool nan = value != value, later_nan = b.value != b.value;
        bool same = nan ? later_nan : value == b.value;
        if (at == nothing || (!nan && (later_nan || b.value > value)) || (same && b.at < at)) *this = b;
    }
    DEVICE Best other(u32 d) const {
        return {__shfl_xor_sync(~0u, value, d), __shfl_xor_sync(~0u, at, d)};
    }
};

// The three shapes of a fold. take(a, x, i) adds element i of the axis, store(q, a) writes output q.

template <class A, class Take, class Store>
DEVICE void fold_outputs(A empty, u64 outputs, u64 n, u64 inner, u32 lanes, Take take, Store store) {
    const u32 lane = threadIdx.x % lanes, width = block_size / lanes;
    for (u64 q0 = blockIdx.x * (u64)width; q0 < outputs; q0 += gridDim.x * (u64)width) {
        u64 q = q0 + threadIdx.x / lanes;
        A a = empty;
        if (q < outputs) {
            u64 at = q / inner * n * inner + q % inner;
#pragma unroll 4
            for (u64 i = lane; i < n; i += lanes) take(a, at + i * inner, i);
        }
        a = fold_lanes(a, lanes);
        if (lane == 0 && q < outputs) store(q, a);
    }
}

template <class A, class Take, class Store>
DEVICE void fold_tiles(A empty, u64 outer, u64 n, u64 inner, u32 cols, u64 chunks, u64 chunk, Take take, Store store) {
    SHARED(A, part, block_size);
    const u32 t = threadIdx.x, row = t / cols, rows = block_size / cols;
    const u64 wide = (inner + cols - 1) / cols;
    for (u64 tile = blockIdx.x; tile < outer * chunks * wide; tile += gridDim.x) {
        const u64 piece = tile / wide, k = piece / chunks, first = piece % chunks * chunk;
        const u64 c = tile % wide * cols + t % cols, end = min(n, first + chunk);
        A a = empty;
        if (c < inner) {
#pragma unroll 4
            for (u64 i = first + row; i < end; i += rows) take(a, (k * n + i) * inner + c, i);
        }
        part[t] = a;
        // Threads cols apart hold the same column: halve the block until one row of columns is left.
        for (u32 s = block_size / 2; s >= cols; s /= 2) {
            __syncthreads();
            if (t < s) part[t].merge(part[t + s]);
        }
        if (t < cols && c < inner) store(piece * inner + c, part[t]);
        __syncthreads();  // before the next tile writes part
    }
}

// Sums. divisor is n for a mean, else 1; over nothing that is 0/0 and 0/1. square is 1 for the sum of squares.

KERNEL __launch_bounds__(256) reduce_lanes_f32(float* y, const float* x, u64 outputs, u64 n, u64 inner, u32 lanes, u32 square, float divisor) {
    auto store = [=](u64 q, Wide a) { y[q] = a.value() / divisor; };
    if (square) fold_outputs(Wide{0, 0}, outputs, n, inner, lanes, [=](Wide& a, u64 at, u64) { a.add(__fmul_rn(x[at], x[at])); }, store);
    else fold_outputs(Wide{0, 0}, outputs, n, inner, lanes, [=](Wide& a, u64 at, u64) { a.add(x[at]); }, store);
}

// part receives the chunks' sums; where there is one chunk, part is null and y receives the results.
KERNEL __launch_bounds__(256) reduce_tile_f32(float* y, Wide* part, const float* x, u64 outer, u64 n, u64 inner, u32 cols, u64 chunks, u64 chunk, u32 square, float divisor) {
    auto store = [=](u64 q, Wide a) {
        if (part) part[q] = a;
        else y[q] = a.value() / divisor;
    };
    if (square) fold_tiles(Wide{0, 0}, outer, n, inner, cols, chunks, chunk, [=](Wide& a, u64 at, u64) { a.add(__fmul_rn(x[at], x[at])); }, store);
    else fold_tiles(Wide{0, 0}, outer, n, inner, cols, chunks, chunk, [=](Wide& a, u64 at, u64) { a.add(x[at]); }, store);
}

KERNEL __launch_bounds__(256) reduce_parts_f32(float* y, const Wide* part, u64 outputs, u64 chunks, u64 inner, float divisor) {
    fold_outputs(Wide{0, 0}, outputs, chunks, inner, 32, [=](Wide& a, u64 at, u64) { a.merge(part[at]); },
                 [=](u64 q, Wide a) { y[q] = a.value() / divisor; });
}

// Argmax of sign·x: sign is -1 for an argmin. Over nothing the index is 0.

KERNEL __launch_bounds__(256) argreduce_lanes_f32(int* y, const float* x, u64 outputs, u64 n, u64 inner, u32 lanes, float sign) {
    fold_outputs(Best{0, nothing}, outputs, n, inner, lanes, [=](Best& a, u64 at, u64 i) { a.merge({sign * x[at], (u32)i}); },
                 [=](u64 q, Best a) { y[q] = a.at == nothing ? 0 : (int)a.at; });
}

KERNEL __launch_bounds__(256) argreduce_tile_f32(int* y, Best* part, const float* x, u64 outer, u64 n, u64 inner, u32 cols, u64 chunks, u64 chunk, float sign) {
    fold_tiles(Best{0, nothing}, outer, n, inner, cols, chunks, chunk, [=](Best& a, u64 at, u64 i) { a.merge({sign * x[at], (u32)i}); },
               [=](u64 q, Best a) {
                   if (part) part[q] = a;
                   else y[q] = (int)a.at;
               });
}

KERNEL __launch_bounds__(256) argreduce_parts_f32(int* y, const Best* part, u64 outputs, u64 chunks, u64 inner) {
    fold_outputs(Best{0, nothing}, outputs, chunks, inner, 32, [=](Best& a, u64 at, u64) { a.merge(part[at]); },
                 [=](u64 q, Best a) { y[q] = (int)a.at; });
}
