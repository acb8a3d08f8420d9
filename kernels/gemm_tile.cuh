// Tiles of the operands of a matrix product in shared memory, 16 steps of k deep, and how they are read and filled.
//
// An operand whose k runs fastest in memory lies in rows of 16 floats (KTile), one whose rows (of A) or columns (of B)
// run fastest in 16 lines of N floats (LineTile): copies keep the order of memory, so all of them are asynchronous.
// "Row" means a row of A or a column of B from here on: an index of the operand that is not k.
#pragma once
#include "device.cuh"

constexpr int depth = 16;  // steps of k in a tile

// Copies of 16 and 4 bytes that arrive at the next wait and barrier; zeros where not live. Turing copies at once.
DEVICE void stage16(float* to, const float* from, bool live) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    *(float4*)to = live ? *(const float4*)from : float4{0.f, 0.f, 0.f, 0.f};
#else
    ptx::cp_async16(to, from, live ? 16 : 0);
#endif
}
DEVICE void stage4(float* to, const float* from, bool live) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    *to = live ? *from : 0.f;
#else
    ptx::cp_async4(to, from, live ? 4 : 0);
#endif
}
DEVICE void stage_commit() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    ptx::cp_async_commit();
#endif
}
template <int PENDING> DEVICE void stage_wait() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    ptx::cp_async_wait<PENDING>();
#endif
}

// x, of which the compiler knows nothing: what is added to it later becomes part of an instruction's address and is not
// worked into x again for each access.
DEVICE u32 opaque(u32 x) {
#ifdef __CUDA_ARCH__
    asm("mov.u32 %0, %0;" : "+r"(x));
#endif
    return x;
}

// N rows of 16 floats. Chunks of four are exchanged within a row by twist(row), so that neither eight rows read by four
// floats nor four rows read by eight meet in a bank. DEAL places row r at r/4 + r%4·N/4: then threads that own four rows
// each in turn read neighbours.
template <int N, bool DEAL> struct KTile {
    static constexpr bool k_fastest = true;
    static constexpr int rows = N, floats = N * depth;
    static DEVICE u32 place(u32 row) { return DEAL ? row % 4 * (N / 4) + row / 4 : row; }
    static DEVICE u32 twist(u32 at) { return (at & 2) | (at >> 2 & 1); }
    static DEVICE u32 at(u32 row, u32 k) {
        const u32 p = place(row);
        return p * depth + ((k / 4 ^ twist(p)) * 4) + k % 4;
    }
    // How much further row r + down lies than row r: place(down) is a multiple of 8, which the twist does not see.
    static DEVICE u32 below(u32 down) { return place(down) * depth; }
    // Elements k and k+1 (k even) of the row that starts at `from`, and k … k+3.
    static DEVICE float2 pair(const float* from) { return *(const float2*)from; }
    static DEVICE float4 four(const float* from) { return *(const float4*)from; }
};

// 16 lines of N floats, four apart more than that, so that two lines start eight banks apart.
template <int N> struct LineTile {
    static constexpr bool k_fastest = false;
    static constexpr int rows = N, pitch = N + 4, floats = pitch * depth;
    static DEVICE u32 at(u32 row, u32 k) { return k * pitch + row; }
    static DEVICE u32 below(u32 down) { return down; }
    static DEVICE float2 pair(const float* from) { return {from[0], from[pitch]}; }
    // Rows r … r+3 at k.
    static DEVICE float4 line(const float* from) { return *(const float4*)from; }
};

// Fills a tile with THREADS threads. A source for KTile stands at one row and column of k for each thread: begin(k, row)
// puts it there, find(down, from) gives the address of row + down, next() goes to the next tile. One for LineTile walks
// along k: find(from) gives its address, skip(lines) moves it. `wide` says that chunks of four floats are whole and
// aligned. An address may be anywhere where find() is false.
template <class T, int THREADS, class Source> DEVICE void fill(float* tile, Source& s) {
    const float* from;
    const u32 t = threadIdx.x;
    if constexpr (T::k_fastest) {
        if (s.wide) {
            float* const to = tile + opaque(T::at(t / 4, t % 4 * 4));
#pragma unroll
            for (u32 i = 0; i < T::rows * 4 / THREADS; i++) {
                const u32 down = i * (THREADS / 4);
                const bool live = s.find(down, from);
                stage16(to + T::below(down), from, live);
            }
        } else {
#pragma unroll 1
            for (u32 i = 0; i < T::rows * 16 / THREADS; i++) {
                const u32 down = i * (THREADS / 16);
                const bool live = s.find(down, from);
                stage4(tile + T::at(t / 16 + down, t % 16), from, live);
            }
        }
        s.next();
    } else {
        if (s.wide) {
            constexpr u32 chunks = T::rows / 4, step = THREADS / chunks;
#pragma unroll 1
            for (u32 k = 0; k < depth; k += step) {
                const bool live = s.find(from);
                stage16(tile + T::at(t % chunks * 4, k + t / chunks), from, live);
                s.skip(step);
            }
        } else {
            constexpr u32 step = THREADS / T::rows;
#pragma unroll 1
            for (u32 k = 0; k < depth; k += step) {
                const bool live = s.find(from);
                stage4(tile + T::at(t % T::rows, k + t / T::rows), from, live);
                s.skip(step);
            }
        }
    }
}

// Puts a source at this thread's place of the first tile, which starts at k; first is the tile's first row.
template <class T, int THREADS, class Source> DEVICE void begin(Source& s, u32 k, u32 first) {
    const u32 t = threadIdx.x;
    if constexpr (T::k_fastest)
        s.wide ? s.begin(k + t % 4 * 4, first + t / 4) : s.begin(k + t % 16, first + t / 16);
    else if (s.wide)
        s.begin(k + t / (T::rows / 4), first + t % (T::rows / 4) * 4);
    else
        s.begin(k + t / T::rows, first + t % T::rows);
}

// ---- dense operands

// Element (row, k) at base[row·ks + k].
struct RowSource {
    const float* base;
    u32 rows, ks;
    bool wide;
    u32 k, row;
    DEVICE void begin(u32 at, u32 r) {
        k = at, row = r;
        base += (u64)row * ks + k;
    }
    DEVICE void next() { k += depth, base += depth; }
    DEVICE bool find(u32 down, const float*& from) const {
        from = base + (u64)down * ks;
        return row + down < rows && k < ks;
    }
};

// Element (row, k) at base[k·rows + row].
struct LineSource {
    const float* base;
    u32 rows, ks;
    bool wide;
    u32 k, row;
    DEVICE void begin(u32 at, u32 r) {
        k = at, row = r;
        base += (u64)k * rows + row;
    }
    DEVICE void skip(u32 lines) { k += lines, base += (u64)lines * rows; }
    DEVICE bool find(const float*& from) const {
        from = base;
        return row < rows && k < ks;
    }
};
