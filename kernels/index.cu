// images: sm_75 sm_80 sm_90 compute_75
// Lookups and strided copies. All of it moves memory: 8 bytes for each float32 that is copied.
//
// Threads go over rows and over the elements of a row, blockDim.y rows and blockDim.x elements at once, so that no
// 64-bit number is divided for each element. An id outside its range reads as NaN and gets no gradient.
#include "device.cuh"

DEVICE float not_a_number() { return __int_as_float(0x7fffffff); }

// f(row) for the rows of this thread; columns are looped over with column() and columns().
DEVICE u64 first_row() { return (u64)blockIdx.x * blockDim.y + threadIdx.y; }
DEVICE u64 rows_at_once() { return (u64)gridDim.x * blockDim.y; }
DEVICE u32 first_column() { return blockIdx.y * blockDim.x + threadIdx.x; }
DEVICE u32 columns_at_once() { return gridDim.y * blockDim.x; }

// y[i] = table[ids[i]], rows of dim elements. Id pad, unless negative, reads as zeros.
KERNEL __launch_bounds__(256) gather_fwd_f32(float* y, const float* table, const int* ids, u64 n, u32 rows, u32 dim, int pad) {
    for (u64 i = first_row(); i < n; i += rows_at_once()) {
        const int id = ids[i];
        const bool padding = pad >= 0 && id == pad, outside = (u32)id >= rows;
        const float constant = padding ? 0.f : not_a_number();
        const float* row = table + (u64)(padding || outside ? 0 : id) * dim;
        for (u32 k = first_column(); k < dim; k += columns_at_once()) y[i * dim + k] = padding || outside ? constant : row[k];
    }
}

// table[r] = Σ y[i] over the i with ids[i] = r, in their order: all of table is set. A warp owns a row of table and 32
// columns per step of 32·kept columns; it reads all ids, 32 at once, and takes the rows that are its own. The ids come
// from L1 and L2: rows/8·n·4 bytes of them for dim <= 256.
constexpr int kept = 8;
KERNEL __launch_bounds__(256) scatter_add_f32(float* table, const float* y, const int* ids, u64 n, u32 rows, u32 dim, int pad) {
    const u32 lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const u32 column = blockIdx.y * 32 * kept + lane;
    for (u64 r = blockIdx.x * 8ull + warp; r < rows; r += gridDim.x * 8ull) {
        float sum[kept] = {};
        const bool wanted = pad < 0 || r != (u64)pad;
        for (u64 i0 = 0; wanted && i0 < n; i0 += 32) {
            const u64 i = i0 + lane;
            u32 hits = __ballot_sync(~0u, i < n && (u64)ids[i < n ? i : 0] == r);
            while (hits != 0) {
                const float* row = y + (i0 + __ffs(hits) - 1) * dim;
                hits &= hits - 1;
#pragma unroll
                for (int k = 0; k < kept; k++)
                    if (column + 32 * k < dim) sum[k] += row[column + 32 * k];
            }
        }
#pragma unroll
        for (int k = 0; k < kept; k++)
            if (column + 32 * k < dim) table[r * dim + column + 32 * k] = sum[k];
    }
}

// y[o,m,i] = x[o, ids[o,m,i], i]: x [outer,n,inner], y and ids [outer,m,inner]. Rows are the (o, m).
KERNEL __launch_bounds__(256) take_along_f32(float* y, const float* x, const int* ids, u64 rows, u32 n, u32 m, u32 inner) {
    for (u64 row = first_row(); row < rows; row += rows_at_once()) {
        const float* from = x + row / m * n * inner;
        for (u32 i = first_column(); i < inner; i += columns_at_once()) {
            const u32 id = ids[row * inner + i];
            y[row * inner + i] = id < n ? from[(u64)id * inner + i] : not_a_number();
        }
    }
}

// x[o, ids[o,m,i], i] += y[o,m,i], in the order of m; x is zero before. A column (o, i) has its sums to itself.
KERNEL __launch_bounds__(256) put_along_f32(float* x, const float* y, const int* ids, u32 outer, u32 n, u32 m, u32 inner) {
    for (u64 o = first_row(); o < outer; o += rows_at_once())
        for (u32 i = first_column(); i < inner; i += columns_at_once())
            for (u32 k = 0; k < m; k++) {
                const u64 at = (o * m + k) * inner + i;
                const u32 id = ids[at];
                if (id < n) x[(o * n + id) * inner + i] += y[at];
            }
}

// A box of up to six dimensions, strides in elements. Unused dimensions have one step.
struct Box {
    u32 dims[6];
    i64 y[6], x[6];
};
#define BOX_ARGS                                                                                                        \
    u32 dim0, u32 dim1, u32 dim2, u32 dim3, u32 dim4, u32 dim5, u64 y0, u64 y1, u64 y2, u64 y3, u64 y4, u64 y5, u64 x0, \
        u64 x1, u64 x2, u64 x3, u64 x4, u64 x5
#define BOX_VALUE                                                                                  \
    Box{{dim0, dim1, dim2, dim3, dim4, dim5},                                                      \
        {(i64)y0, (i64)y1, (i64)y2, (i64)y3, (i64)y4, (i64)y5}, {(i64)x0, (i64)x1, (i64)x2, (i64)x3, (i64)x4, (i64)x5}}

// Where in y and x step i of the dimensions 0 … last lies.
template <int last> DEVICE void locate(const Box& b, u64 i, i64& at_y, i64& at_x) {
#pragma unroll
    for (int d = last; d >= 0; d--) {
        u32 step = (u32)i;
        if (d > 0 && b.dims[d] > 1) {  // dims of one step cost nothing, and most boxes have few others
            if (i >> 32) {
                step = (u32)(i % b.dims[d]);
                i /= b.dims[d];
            } else {
                step = (u32)i % b.dims[d];
                i = (u32)i / b.dims[d];
            }
        } else if (d > 0) {
            step = 0;
        }
        at_y += step * b.y[d];
        at_x += step * b.x[d];
    }
}

template <bool add, class T> DEVICE void put(T* y, const T& v) {
    if constexpr (add) *y += v;
    else *y = v;
}

// Any box: rows are the steps of dims 0 … 4, columns those of dim 5.
template <bool add, class T> DEVICE void copy_box(T* y, const T* x, u64 rows, const Box& b) {
    for (u64 row = first_row(); row < rows; row += rows_at_once()) {
        i64 at_y = 0, at_x = 0;
        locate<4>(b, row, at_y, at_x);
        for (u32 k = first_column(); k < b.dims[5]; k += columns_at_once())
            put<add>(y + at_y + k * b.y[5], x[at_x + k * b.x[5]]);
    }
}

// A box whose dim 4 is the one x is read along, and dim 5 the one y is written along: tiles of 32x32 turn in shared
// memory, so that both sides move whole lines. Blocks are 32x8; tiles counts tiles of all planes, dims 0 … 3.
template <bool add, class T> DEVICE void copy_turned(T* y, const T* x, T* tile, u64 tiles, const Box& b) {
    const u32 across = (b.dims[5] + 31) / 32, down = (b.dims[4] + 31) / 32;
    const u64 per_plane = (u64)across * down;
    for (u64 t = blockIdx.x; t < tiles; t += gridDim.x) {
        i64 at_y = 0, at_x = 0;
        locate<3>(b, t / per_plane, at_y, at_x);
        const u32 q0 = (u32)(t % per_plane % across) * 32, p0 = (u32)(t % per_plane / across) * 32;
        for (u32 k = threadIdx.y; k < 32; k += 8) {
            const u32 q = q0 + k, p = p0 + threadIdx.x;
            if (q < b.dims[5] && p < b.dims[4]) tile[k * 33 + threadIdx.x] = x[at_x + p * b.x[4] + q * b.x[5]];
        }
        __syncthreads();
        for (u32 k = threadIdx.y; k < 32; k += 8) {
            const u32 q = q0 + threadIdx.x, p = p0 + k;
            if (q < b.dims[5] && p < b.dims[4])
                put<add>(y + at_y + p * b.y[4] + q * b.y[5], tile[threadIdx.x * 33 + k]);
        }
        __syncthreads();
    }
}

// count is the rows, or the tiles, of the box.
KERNEL __launch_bounds__(256) slab_copy_b1(u8* y, const u8* x, u64 count, BOX_ARGS) {
    copy_box<false>(y, x, count, BOX_VALUE);
}
KERNEL __launch_bounds__(256) slab_copy_b4(u32* y, const u32* x, u64 count, BOX_ARGS) {
    copy_box<false>(y, x, count, BOX_VALUE);
}
// Rows of both sides are dense and begin at multiples of 16 bytes: strides and dim 5 count vectors.
// count is the rows, or the tiles, of the box.
KERNEL __launch_bounds__(256) slab_copy_b16(float4* y, const float4* x, u64 count, BOX_ARGS) {
    copy_box<false>(y, x, count, BOX_VALUE);
}
KERNEL __launch_bounds__(256) slab_add_f32(float* y, const float* x, u64 count, BOX_ARGS) {
    copy_box<true>(y, x, count, BOX_VALUE);
}
KERNEL __launch_bounds__(256) slab_turn_b1(u8* y, const u8* x, u64 count, BOX_ARGS) {
    SHARED(u8, tile, 32 * 33);
    copy_turned<false>(y, x, tile, count, BOX_VALUE);
}
KERNEL __launch_bounds__(256) slab_turn_b4(u32* y, const u32* x, u64 count, BOX_ARGS) {
    SHARED(u32, tile, 32 * 33);
    copy_turned<false>(y, x, tile, count, BOX_VALUE);
}
KERNEL __launch_bounds__(256) slab_turn_add_f32(float* y, const float* x, u64 count, BOX_ARGS) {
    SHARED(float, tile, 32 * 33);
    copy_turned<true>(y, x, tile, count, BOX_VALUE);
}
