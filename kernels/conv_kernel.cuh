// The three products of a convolution, each as an implicit matrix product (Chetlur et al., "cuDNN: Efficient Primitives
// for Deep Learning", 2014): tiles are gathered from the maps while they are copied to shared memory.
#pragma once
#include "conv_source.cuh"
#include "gemm_store.cuh"

struct ConvSizes {
    int images, height, width, channels, filters, kernel_h, kernel_w, out_h, out_w;
    int stride_h, stride_w, pad_h, pad_w, step_h, step_w, hop_h, hop_w;
};

// What all of them take. The map on the channels' side is [images, height, width, channels], the one on the filters' side
// [images, out_h, out_w, filters]; each function says which of them, and of the weights, are a, b and y. Steps are the
// dilations and hops 1, but see Taps for the data gradient. With parts > 1 a CTA adds up `part` steps (a multiple of 16)
// of the product's sum, and y is the workspace [parts, size of the result].
#define CONV_ARGUMENTS                                                                                             \
    float *y, u8 *arg, const float *a, const float *b, const float *bias, int images, int height, int width,       \
        int channels, int filters, int kernel_h, int kernel_w, int out_h, int out_w, int stride_h, int stride_w,   \
        int pad_h, int pad_w, int step_h, int step_w, int hop_h, int hop_w, u32 pool, u32 parts, u32 part,         \
        u32 act, u32 mode
#define CONV_PASS                                                                                              \
    y, arg, a, b, bias,                                                                                        \
        ConvSizes{images, height, width, channels, filters, kernel_h, kernel_w, out_h, out_w, stride_h,        \
                  stride_w, pad_h, pad_w, step_h, step_w, hop_h, hop_w},                                       \
        pool, parts, part, act, mode

DEVICE u32 steps_to(u32 from, u32 part, u32 end) { return from >= end ? from : end - from < part ? end : from + part; }

// Rows of a forward tile. With pooling the pixels of a window are neighbours, and a band of 64 rows holds as many whole
// windows as fit; without, a window is a pixel.
struct Windows {
    u32 side, area, in_band, h, w;
    u64 count;
    // Which window a row of a tile belongs to; count if none.
    DEVICE u64 of(u32 tile_band, u32 row) const {
        const u32 in = row % 64 / area;
        const u64 window = (u64)(tile_band + row / 64) * in_band + in;
        return in < in_band && window < count ? window : count;
    }
};

DEVICE Windows windows(const ConvSizes& d, u32 pool) {
    const u32 side = pool ? pool : 1, h = d.out_h / side, w = d.out_w / side;
    return {side, side * side, 64 / (side * side), h, w, (u64)d.images * h * w};
}

// Stores a tile after max-pooling, and the winners: the first maximum wins, and NaN does.
template <class Core>
DEVICE void store_pooled(const Core& core, float* stash, float* y, u8* arg, const Epilogue& e, u32 n0, const Windows& win,
                         u32 tile_band) {
    const u32 column = threadIdx.x % Core::N, n = n0 + column;
    const float bias = n < e.columns && e.bias ? e.bias[n] : 0.f;
#pragma unroll 1
    for (u32 band = 0; band < Core::M / 64; band++) {
        __syncthreads();
        core.stash(stash, band);
        __syncthreads();
        if (n >= e.columns) continue;
#pragma unroll 1
        for (u32 i = threadIdx.x / Core::N; i < win.in_band; i += Core::threads / Core::N) {
            const u64 window = win.of(tile_band + band, i * win.area);
            if (window == win.count) break;
            float best = 0.f;
            u32 winner = 0;
#pragma unroll 1
            for (u32 p = 0; p < win.area; p++) {
                const float v = activate(e.act, stash[Stash<Core::N>::at(i * win.area + p, column)] + bias);
                if (p == 0 || v > best || (v != v && best == best)) best = v, winner = p;
            }
            y[window * e.columns + n] = best;
            if (arg) arg[window * e.columns + n] = (u8)winner;
        }
    }
}

// y = pool(act(conv(a, b) + bias)) from the map a and the weights b. Rows are pixels of the output, columns filters,
// and the sum runs over (r, s, channel).
template <class Core>
DEVICE void conv_forward(float* y, u8* arg, const float* a, const float* b, const float* bias, const ConvSizes& d, u32 pool,
                         u32 parts, u32 part, u32 act, u32 mode) {
    SHARED_DYNAMIC(float, ring);
    SHARED(Pixel, pixels, Core::M);
    SHARED(Windows, shape, 1);
    SHARED(Place, spot, 1);  // both wait here for the epilogue, and not in registers
    constexpr u32 bands = Core::M / 64;
    const u32 sum = d.kernel_h * d.kernel_w * d.channels;
    if (threadIdx.x == 0) {
        shape[0] = windows(d, pool);
        const u32 rows = bands * shape[0].in_band;  // windows in a tile
        spot[0] = place(blockIdx.x, (u32)((shape[0].count + rows - 1) / rows), (d.filters + Core::N - 1) / Core::N, parts);
    }
    __syncthreads();
    if (threadIdx.x < Core::M) {
        const Place at = spot[0];
        const Windows win = shape[0];
        const u64 window = win.of(at.m * bands, threadIdx.x);
        Pixel p = {0, nowhere, 0};
        if (window < win.count) {
            const u32 in = threadIdx.x % 64 % win.area;
            const u32 q = (u32)window % win.w, r = (u32)window / win.w % win.h, image = (u32)window / win.w / win.h;
            p.h = (int)(r * win.side + in / win.side) * d.stride_h - d.pad_h;
            p.w = (int)(q * win.side + in % win.side) * d.stride_w - d.pad_w;
            p.at = (((i64)image * d.height + p.h) * d.width + p.w) * d.channels;
        }
        pixels[threadIdx.x] = p;
    }
    __syncthreads();

    WindowSource map = {a, pixels, d.height, d.width, d.channels, d.kernel_h, d.kernel_w, d.step_h, d.step_w,
                        (mode & wide_a) != 0};
    RowSource weights = {b, (u32)d.filters, sum, (mode & wide_b) != 0};
    const u32 from = spot[0].part * part, to = parts == 1 ? sum : steps_to(from, part, sum);
    Core core(mode);
    accumulate<KTile<Core::M, Core::deal>, KTile<Core::N, Core::deal>>(core, ring, map, weights, from, to, 0,
                                                                       spot[0].n * Core::N);

    const Windows win = shape[0];
    const Place at = spot[0];
    const u32 n0 = at.n * Core::N;
    const Epilogue e = {bias, act, (u32)d.filters, nullptr, nullptr, nullptr};
    float* out = y + at.part * win.count * d.filters;
    if (pool)
        store_pooled(core, ring, y, arg, e, n0, win, at.m * bands);
    else
        store_tile(core, ring, e, n0, [&](u32 row) {
            const u64 pixel = (u64)at.m * Core::M + row;
            return pixel < win.count ? out + pixel * d.filters : nullptr;
        });
}

// y = act(convᵀ(a, b) + bias): the transposed convolution, or the gradient of the map. a is the map on the filters' side
// and y on the channels'. Rows are pixels of y with the same rests when divided by the strides (`batch` of the place is
// the pair of rests), columns channels, and the sum runs over (r, s, filter) of the taps that reach them.
template <class Core>
DEVICE void conv_transposed(float* y, u8*, const float* a, const float* b, const float* bias, const ConvSizes& d, u32,
                            u32 parts, u32 part, u32 act, u32 mode) {
    SHARED_DYNAMIC(float, ring);
    SHARED(Pixel, pixels, Core::M);
    SHARED(i64, places, Core::M);
    SHARED(Place, spot, 1);  // waits here for the epilogue, and not in a register
    const u32 most = (u32)d.images * ((d.height + d.stride_h - 1) / d.stride_h) * ((d.width + d.stride_w - 1) / d.stride_w);
    const Place at = place(blockIdx.x, (most + Core::M - 1) / Core::M, (d.channels + Core::N - 1) / Core::N, parts);
    const int across = d.stride_w < d.width ? d.stride_w : d.width;
    const int rest_h = at.batch / across, rest_w = at.batch % across;
    const u32 h = (d.height - rest_h + d.stride_h - 1) / d.stride_h, w = (d.width - rest_w + d.stride_w - 1) / d.stride_w;
    const u32 count = d.images * h * w, m0 = at.m * Core::M, n0 = at.n * Core::N;
    if (m0 >= count) return;
    if (threadIdx.x == 0) spot[0] = at;
    const Taps rows = taps(rest_h, d.kernel_h, d.stride_h, d.pad_h, d.step_h, d.hop_h);
    const Taps columns = taps(rest_w, d.kernel_w, d.stride_w, d.pad_w, d.step_w, d.hop_w);
    if (threadIdx.x < Core::M) {
        const u32 m = m0 + threadIdx.x;
        Pixel p = {0, nowhere, 0};
        i64 place = -1;
        if (m < count) {
            const int j = m % w, i = m / w % h, image = m / w / h;
            p.h = i + rows.at, p.w = j + columns.at;
            p.at = (((i64)image * d.out_h + p.h) * d.out_w + p.w) * d.filters;
            place = (((i64)image * d.height + rest_h + i * d.stride_h) * d.width + rest_w + j * d.stride_w) * d.channels;
        }
        pixels[threadIdx.x] = p;
        places[threadIdx.x] = place;
    }
    __syncthreads();

    const u32 sum = rows.count * columns.count * d.filters;
    WindowSource map = {a, pixels, d.out_h, d.out_w, d.filters, rows.count, columns.count, d.step_h, d.step_w,
                        (mode & wide_a) != 0};
    TapLineSource weights = {b + (rows.first * d.kernel_w + columns.first) * d.channels, d.channels, d.filters, d.kernel_h,
                             d.kernel_w, rows.count, columns.count, d.hop_h, d.hop_w, (mode & wide_b) != 0};
    const u32 from = at.part * part, to = parts == 1 ? sum : steps_to(from, part, sum);
    Core core(mode);
    accumulate<KTile<Core::M, Core::deal>, LineTile<Core::N>>(core, ring, map, weights, from, to, 0, n0);

    const Epilogue e = {bias, act, (u32)d.channels, nullptr, nullptr, nullptr};
    float* out = y + (u64)spot[0].part * d.images * d.height * d.width * d.channels;
    store_tile(core, ring, e, spot[0].n * Core::N, [&](u32 row) { return places[row] >= 0 ? out + places[row] : nullptr; });
}

// y = the gradient of the weights, from the gradient a of the output and the map b. Rows are filters, columns
// (r, s, channel), and the sum runs over pixels of the output.
template <class Core>
DEVICE void conv_weights(float* y, u8*, const float* a, const float* b, const float*, const ConvSizes& d, u32, u32 parts,
                         u32 part, u32, u32 mode) {
    SHARED_DYNAMIC(float, ring);
    const u32 n = d.kernel_h * d.kernel_w * d.channels, sum = (u32)d.images * d.out_h * d.out_w;
    const Place at = place(blockIdx.x, (d.filters + Core::M - 1) / Core::M, (n + Core::N - 1) / Core::N, parts);
    const u32 m0 = at.m * Core::M, n0 = at.n * Core::N;
    LineSource grad = {a, (u32)d.filters, sum, (mode & wide_a) != 0};
    PixelLineSource map = {b, d.height, d.width, d.channels, d.kernel_h, d.kernel_w, d.out_h, d.out_w, d.stride_h, d.stride_w,
                           d.pad_h, d.pad_w, d.step_h, d.step_w, sum, (mode & wide_b) != 0};
    const u32 from = at.part * part, to = parts == 1 ? sum : steps_to(from, part, sum);
    Core core(mode);
    accumulate<LineTile<Core::M>, LineTile<Core::N>>(core, ring, grad, map, from, to, m0, n0);

    const Epilogue e = {nullptr, 0, n, nullptr, nullptr, nullptr};
    float* out = y + (u64)at.part * d.filters * n;
    store_tile(core, ring, e, n0, [&](u32 row) { return m0 + row < (u32)d.filters ? out + (u64)(m0 + row) * n : nullptr; });
}
