// images: sm_75 sm_80 sm_90 compute_75
// Pooling of NHWC maps: y[n,i,j,c] looks at x[n, i·sh - ph + r·dh, j·sw - pw + q·dw, c] for r < R, q < S. What lies
// outside x takes no part in a maximum and counts as 0 in an average, which is divided by R·S always.
// A winner's place is r·S + q; the first maximum wins, and the first NaN wins over all numbers.
//
// Threads go over rows of the result, (n, i), and over the elements (j, c) of a row: blockDim.y rows and blockDim.x
// elements at once. So neighbours read and write neighbours, and no 64-bit number is divided. Forward a thread reads
// R·S elements (R·S/(sh·sw) of them from memory, the rest from L1) and writes one and a place. Backward gathers: each
// pixel asks the windows it may be in, in their order, so nothing is added twice at once and nothing is cleared first.
#include "device.cuh"

struct Axis {
    int length, out, taps, stride, pad, dil;
};
struct Range {
    int from, to;
};

// The taps of a window that begins at start which fall on the map.
DEVICE Range taps_inside(const Axis& a, int start) {
    const int from = start < 0 ? min(a.taps, (a.dil - 1 - start) / a.dil) : 0;
    const int to = start >= a.length ? 0 : min(a.taps, (a.length - start + a.dil - 1) / a.dil);
    return {from, max(from, to)};
}

// The outputs whose windows may hold coordinate at; with a dilation some step over it.
DEVICE Range readers(const Axis& a, int at) {
    const int behind = at + a.pad - (a.taps - 1) * a.dil + a.stride - 1;
    return {behind < 0 ? 0 : behind / a.stride, min(a.out, (at + a.pad) / a.stride + 1)};
}

// f(value of the tap, its place) for each tap of window (i, j) on the map of image n, in their order.
template <class F> DEVICE void each_tap(const float* x, u32 n, u32 i, u32 j, u32 c, u32 ch, const Axis& h, const Axis& w, F f) {
    const int top = (int)i * h.stride - h.pad, left = (int)j * w.stride - w.pad;
    const Range r = taps_inside(h, top), q = taps_inside(w, left);
    for (int a = r.from; a < r.to; a++) {
        const float* row = x + ((u64)n * h.length + (top + a * h.dil)) * w.length * c + ch;
        for (int b = q.from; b < q.to; b++) f(row[(u64)(left + b * w.dil) * c], a * w.taps + b);
    }
}

// f(index of the window in y, place of the pixel in it) for each window that holds pixel (at_h, at_w), in their order.
template <class F> DEVICE void each_reader(u32 n, int at_h, int at_w, u32 c, u32 ch, const Axis& h, const Axis& w, F f) {
    const Range is = readers(h, at_h), js = readers(w, at_w);
    for (int i = is.from; i < is.to; i++) {
        const int down = at_h + h.pad - i * h.stride;
        if (down % h.dil != 0) continue;
        const u64 row = ((u64)n * h.out + i) * w.out;
        for (int j = js.from; j < js.to; j++) {
            const int right = at_w + w.pad - j * w.stride;
            if (right % w.dil == 0) f((row + j) * c + ch, down / h.dil * w.taps + right / w.dil);
        }
    }
}

// f(row, element) for the part of rows x cols that is this thread's.
template <class F> DEVICE void each_element(u32 rows, u32 cols, F f) {
    for (u32 row = blockIdx.x * blockDim.y + threadIdx.y; row < rows; row += gridDim.x * blockDim.y)
        for (u32 e = blockIdx.y * blockDim.x + threadIdx.x; e < cols; e += gridDim.y * blockDim.x) f(row, e);
}

template <class Place> DEVICE void maximum(float* y, Place* arg, const float* x, u32 n, u32 c, const Axis& h, const Axis& w) {
    const u32 cols = (u32)w.out * c;
    each_element(n * h.out, cols, [&](u32 row, u32 e) {
        float best = __int_as_float(0xff800000);  // -inf, where there is nothing but padding
        int won = 0;
        bool first = true;
        each_tap(x, row / h.out, row % h.out, e / c, c, e % c, h, w, [&](float v, int place) {
            if (first || v > best || (v != v && best == best)) {
                best = v;
                won = place;
            }
            first = false;
        });
        y[(u64)row * cols + e] = best;
        if (arg) arg[(u64)row * cols + e] = (Place)won;
    });
}

template <class Place>
DEVICE void maximum_gradient(float* dx, const float* dy, const Place* arg, u32 n, u32 c, const Axis& h, const Axis& w) {
    const u32 cols = (u32)w.length * c;
    each_element(n * h.length, cols, [&](u32 row, u32 e) {
        float sum = 0.f;
        each_reader(row / h.length, row % h.length, e / c, c, e % c, h, w, [&](u64 at, int place) {
            if ((int)arg[at] == place) sum += dy[at];
        });
        dx[(u64)row * cols + e] = sum;
    });
}

#define WINDOWS                                                                                                         \
    u32 n, u32 c, int in_h, int in_w, int out_h, int out_w, int r, int s, int stride_h, int stride_w, int pad_h, int pad_w, \
        int dil_h, int dil_w
#define AXES                                               \
    const Axis h = {in_h, out_h, r, stride_h, pad_h, dil_h}, \
               w = {in_w, out_w, s, stride_w, pad_w, dil_w}

// arg may be null.
KERNEL __launch_bounds__(256) maxpool2d_fwd_f32_u8(float* y, u8* arg, const float* x, WINDOWS) {
    AXES;
    maximum(y, arg, x, n, c, h, w);
}
// Windows of more than 256 places.
KERNEL __launch_bounds__(256) maxpool2d_fwd_f32_i32(float* y, int* arg, const float* x, WINDOWS) {
    AXES;
    maximum(y, arg, x, n, c, h, w);
}
KERNEL __launch_bounds__(256) maxpool2d_bwd_f32_u8(float* dx, const float* dy, const u8* arg, WINDOWS) {
    AXES;
    maximum_gradient(dx, dy, arg, n, c, h, w);
}
KERNEL __launch_bounds__(256) maxpool2d_bwd_f32_i32(float* dx, const float* dy, const int* arg, WINDOWS) {
    AXES;
    maximum_gradient(dx, dy, arg, n, c, h, w);
}

KERNEL __launch_bounds__(256) avgpool2d_fwd_f32(float* y, const float* x, WINDOWS) {
    AXES;
    const u32 cols = (u32)w.out * c;
    const float size = (float)(r * s);
    each_element(n * h.out, cols, [&](u32 row, u32 e) {
        float sum = 0.f;
        each_tap(x, row / h.out, row % h.out, e / c, c, e % c, h, w, [&](float v, int) { sum += v; });
        y[(u64)row * cols + e] = sum / size;
    });
}

KERNEL __launch_bounds__(256) avgpool2d_bwd_f32(float* dx, const float* dy, WINDOWS) {
    AXES;
    const u32 cols = (u32)w.length * c;
    const float size = (float)(r * s);
    each_element(n * h.length, cols, [&](u32 row, u32 e) {
        float sum = 0.f;
        each_reader(row / h.length, row % h.length, e / c, c, e % c, h, w, [&](u64 at, int) { sum += dy[at]; });
        dx[(u64)row * cols + e] = sum / size;
    });
}
