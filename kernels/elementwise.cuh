// Loops of elementwise kernels: over runs of memory four elements at a time, and over boxes with any strides.
#pragma once
#include "device.cuh"

template <class T> struct alignas(4 * sizeof(T)) Four {
    T e[4];
};

// Calls at(i) for single elements, four(i) for the i-th four of them where `vectors` says that addresses allow it.
template <class One, class Wide> DEVICE void for_each(u64 n, bool vectors, One one, Wide four) {
    const u64 wide = vectors ? n / 4 : 0;
    for (u64 i = grid_index(); i < wide; i += grid_size()) four(i);
    for (u64 i = wide * 4 + grid_index(); i < n; i += grid_size()) one(i);
}

// Whether p is at a multiple of four elements, so that Four can be loaded.
template <class T> DEVICE bool by_four(const T* p) { return ((u64)p & (4 * sizeof(T) - 1)) == 0; }

// y[i] = f(x[i]). y may be x.
template <class Y, class X, class F> DEVICE void map(Y* y, const X* x, u64 n, F f) {
    for_each(
        n, by_four(y) && by_four(x), [=](u64 i) { y[i] = f(x[i]); },
        [=](u64 i) {
            const Four<X> in = ((const Four<X>*)x)[i];
            Four<Y> out;
            for (int k = 0; k < 4; k++) out.e[k] = f(in.e[k]);
            ((Four<Y>*)y)[i] = out;
        });
}

// y[i] = f(a[i], b[i]). y may be a or b.
template <class Y, class A, class F> DEVICE void map(Y* y, const A* a, const A* b, u64 n, F f) {
    for_each(
        n, by_four(y) && by_four(a) && by_four(b), [=](u64 i) { y[i] = f(a[i], b[i]); },
        [=](u64 i) {
            const Four<A> p = ((const Four<A>*)a)[i], q = ((const Four<A>*)b)[i];
            Four<Y> out;
            for (int k = 0; k < 4; k++) out.e[k] = f(p.e[k], q.e[k]);
            ((Four<Y>*)y)[i] = out;
        });
}

// ---- boxes: an index of up to six digits, the last one fastest. Dims first … 5 are in use.

constexpr int max_rank = 6;

struct Digits {
    u32 d[max_rank];
};

// The digits of i in the box.
DEVICE Digits digits(u64 i, const Digits& dim, int first) {
    Digits r = {};
#pragma unroll
    for (int k = max_rank - 1; k >= 0; k--) {
        if (k < first) break;
        r.d[k] = (u32)(i % dim.d[k]);
        i /= dim.d[k];
    }
    return r;
}

struct Strides {
    u64 s[max_rank];  // in elements, modulo 2^64: negative ones wrap
};

// A box and its strides as parameters of a kernel, and as the structs made of them.
#define BOX u32 dim0, u32 dim1, u32 dim2, u32 dim3, u32 dim4, u32 dim5
#define BOX_VALUE {dim0, dim1, dim2, dim3, dim4, dim5}
#define STRIDES(x) u64 x##0, u64 x##1, u64 x##2, u64 x##3, u64 x##4, u64 x##5
#define STRIDES_VALUE(x) {x##0, x##1, x##2, x##3, x##4, x##5}

DEVICE u64 offset(const Digits& at, const Strides& stride, int first) {
    u64 sum = 0;
#pragma unroll
    for (int k = max_rank - 1; k >= 0; k--) {
        if (k < first) break;
        sum += at.d[k] * stride.s[k];
    }
    return sum;
}

// at += step, digit by digit with carries: an odometer. It divides nowhere.
DEVICE void advance(Digits& at, const Digits& step, const Digits& dim, int first) {
    u32 carry = 0;
#pragma unroll
    for (int k = max_rank - 1; k >= 0; k--) {
        if (k < first) break;
        u64 v = (u64)at.d[k] + step.d[k] + carry;
        carry = v >= dim.d[k];
        at.d[k] = (u32)(carry ? v - dim.d[k] : v);
    }
}

// Calls f(i, at) for the i-th of n places of the box, this thread's share of them.
template <class F> DEVICE void walk(u64 n, const Digits& dim, int first, F f) {
    u64 i = grid_index();
    if (i >= n) return;
    Digits at = digits(i, dim, first);
    const Digits step = digits(grid_size(), dim, first);
    for (; i < n; i += grid_size()) {
        f(i, at);
        advance(at, step, dim, first);
    }
}
