// fold.cuh: what the families that sum share: accumulators, and folds of one accumulator per thread over the lanes of a
// warp or the 256 threads of a block. Everything happens in a fixed order, so a result has the same bits every time.
#pragma once
#include "device.cuh"

constexpr u32 block_size = 256;  // threads of every block of these families
constexpr u32 warps = block_size / 32;

// Wide is a sum in about twice the working precision: hi is the plain float32 sum, lo the sum of its rounding errors
// (Ogita, Rump, Oishi, "Accurate sum and dot product", 2005, algorithm Sum2). The result is as good as a float64 sum
// rounded once, as long as fewer than about 1/ε terms are added. Memory holds it as two floats.
struct Wide {
    float hi, lo;

    // add is TwoSum (Knuth): the error of a float addition is itself a float. A product is added as __fmul_rn(a, b), for
    // a compiler might otherwise fuse it with one of these operations and not with the others.
    DEVICE void add(float x) {
        float s = hi + x, b = s - hi;
        lo += (hi - (s - b)) + (x - b);
        hi = s;
    }
    DEVICE void merge(const Wide& w) {
        float l = lo + w.lo;
        lo = 0;
        add(w.hi);
        lo += l;
    }
    DEVICE Wide other(u32 d) const {
        return {__shfl_xor_sync(~0u, hi, d), __shfl_xor_sync(~0u, lo, d)};
    }
    // Once hi is infinite, lo is NaN: then hi alone is the answer, as it is of a float sum.
    DEVICE float value() const { return lo == lo ? hi + lo : hi; }
};

// Exponentials is the largest of some numbers, and the sum of e^(x - largest) over them less 1, found in one sweep
// (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018). Without that 1, which the largest itself
// contributes, log1p gives the logarithm of the sum to full precision even where one number dwarfs all others.
struct Exponentials {
    float largest, rest;

    static DEVICE Exponentials none() { return {-INFINITY, -1}; }

    DEVICE void take(float x) {
        if (x == -INFINITY) return;
        float d = x - largest, e = expf(-fabsf(d));
        if (d > 0) {
            rest = (rest + 1) * e;
            largest = x;
        } else {
            rest += e;  // NaN comes here and stays
        }
    }
    DEVICE void merge(const Exponentials& o) {
        float e = expf(-fabsf(largest - o.largest));
        if (largest == o.largest) rest = rest + o.rest + 1;
        else if (largest < o.largest) *this = {o.largest, o.rest + (rest + 1) * e};
        else rest += (o.rest + 1) * e;
    }
    DEVICE Exponentials other(u32 d) const {
        return {__shfl_xor_sync(~0u, largest, d), __shfl_xor_sync(~0u, rest, d)};
    }
    // An infinite largest makes x - largest NaN somewhere; as on the CPU the whole row is NaN then.
    DEVICE void finish() { rest += largest - largest; }
};

// fold_lanes gives each of `lanes` neighbours (a power of two up to 32) the merge of all of theirs. All lanes of the warp
// take part. Both partners of an exchange compute the same bits, as merge is commutative.
template <class A> DEVICE A fold_lanes(A a, u32 lanes) {
    for (u32 d = lanes / 2; d > 0; d /= 2) a.merge(a.other(d));
    return a;
}

// fold_block gives every thread of the block the merge of all threads'. part is shared, warps long.
template <class A> DEVICE A fold_block(A a, A* part) {
    a = fold_lanes(a, 32);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = a;
    __syncthreads();
    a = part[0];
    for (u32 w = 1; w < warps; w++) a.merge(part[w]);
    __syncthreads();  // part is free again
    return a;
}

// fold_group folds over groups of `lanes` threads: a power of two up to 32, or the whole block.
template <class A> DEVICE A fold_group(A a, u32 lanes, A* part) {
    return lanes == block_size ? fold_block(a, part) : fold_lanes(a, lanes);
}
