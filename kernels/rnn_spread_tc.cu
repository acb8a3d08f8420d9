// images: sm_80 sm_90 compute_80
// The kernels of rnn_spread.cu on tensor cores: weights and states rounded to nearest, to TF32 or to bfloat16, as they are
// multiplied. Sums, and the states in memory, are float32.
//
// A tile has eight rows of the batch, the width of an mma; the 16 rows of an mma are columns of the weights. A warp has 32
// columns and a share of k, all of it in registers: 128 in TF32 and 256 in bfloat16 at most. So with two groups of warps a
// block has 64 columns and four shares of k, with one group 32 columns and eight. The sums of the shares are added in
// their order through shared memory.
#include "rnn_spread.cuh"

constexpr int tile_rows = 8, piece = 16;  // of k: what a lane reads at once is a fourth of it, as the four lanes of a row do

// units: pieces in a share, at most. The order of k within a piece is ours: lane q of a row takes 4q … 4q+3, for the k of
// two multiplications in TF32, or of one in bfloat16.
template <bool bf16, int groups, int units> struct TensorShare {
    static constexpr int rows = tile_rows, columns = 32 * groups, per = rows * columns / threads, depth = 2;
    static constexpr int shares = warps / groups, line = columns + 4;  // of part: lanes of a warp then write to 32 banks
    static constexpr int words = bf16 ? 1 : 2;                         // registers of A for a column, a row of lanes, a piece
    const u32 used;                                                    // pieces in a share
    u32 a[units][2][words][4];
    float* part;  // [shares][rows][line]

    static DEVICE int row(int i) { return (threadIdx.x + i * threads) / columns; }
    static DEVICE int column(int) { return threadIdx.x % columns; }
    static DEVICE bool writes() { return true; }
    static DEVICE u32 pieces(u32 hidden) { return (hidden + shares * piece - 1) / (shares * piece); }
    // Half of the banks more than whole rounds of them, so that the lanes of two rows read from all.
    static DEVICE u32 pitch(u32 hidden) { return pieces(hidden) * shares * piece + 16; }
    static DEVICE float rounded(float v) { return __uint_as_float(bf16 ? ptx::bf16x2(0.f, v) & 0xffff0000u : ptx::tf32(v)); }
    static DEVICE u32 pair(float lo, float hi) { return __float_as_uint(lo) >> 16 | (__float_as_uint(hi) & 0xffff0000u); }
    static DEVICE u32 first() { return warp_of() / groups; }  // the share of this warp
    static DEVICE u32 group() { return warp_of() % groups; }

    DEVICE TensorShare(float* shared, u32 hidden) : used(pieces(hidden)), part(shared) {}

    template <class F> DEVICE void load(F weight) {
#pragma unroll
        for (int i = 0; i < units; i++)
#pragma unroll
            for (int m = 0; m < 2; m++)
#pragma unroll
                for (int down = 0; down < 2; down++) {
                    const u32 k = (first() * used + i) * piece + lane_of() % 4 * 4, j = group() * 32 + m * 16 + down * 8 + lane_of() / 4;
                    float w[4];
#pragma unroll
                    for (int e = 0; e < 4; e++) w[e] = i < (int)used ? rounded(weight(k + e, j)) : 0.f;
                    if constexpr (bf16) {
                        a[i][m][0][down] = pair(w[0], w[1]), a[i][m][0][2 + down] = pair(w[2], w[3]);
                    } else {
#pragma unroll
                        for (int h = 0; h < 2; h++) {
                            a[i][m][h][down] = __float_as_uint(w[2 * h]);
                            a[i][m][h][2 + down] = __float_as_uint(w[2 * h + 1]);
                        }
                    }
                }
    }

    template <class F> DEVICE void multiply(float (&sum)[per], const float* tile, F halfway) const {
        const u32 g = lane_of() / 4, q = lane_of() % 4, pitch = used * shares * piece + 16;
        const float4* state = (const float4*)(tile + g * pitch + first() * used * piece) + q;
        float d[words][2][4] = {};  // two sums of each, so that one does not wait for the other
        float4 next = state[0];
#pragma unroll
        for (int i = 0; i < units; i++) {
            if (i == units / 2) halfway();
            const float4 v = next;
            if (i + 1 < units && i + 1 < (int)used) next = state[(i + 1) * (piece / 4)];
            if (i >= (int)used) continue;
#pragma unroll
            for (int m = 0; m < 2; m++)
                if constexpr (bf16) {
                    const u32 b[2] = {pair(v.x, v.y), pair(v.z, v.w)};
                    ptx::mma_m16n8k16_bf16(d[0][m], a[i][m][0], b);
                } else {
                    const u32 b[2] = {__float_as_uint(v.x), __float_as_uint(v.y)}, c[2] = {__float_as_uint(v.z), __float_as_uint(v.w)};
                    ptx::mma_m16n8k8_tf32(d[0][m], a[i][m][0], b);
                    ptx::mma_m16n8k8_tf32(d[words - 1][m], a[i][m][words - 1], c);
                }
        }
#pragma unroll
        for (int m = 0; m < 2; m++)
#pragma unroll
            for (int e = 0; e < 4; e++)
                part[(first() * rows + 2 * q + e % 2) * line + group() * 32 + m * 16 + e / 2 * 8 + g] =
                    words == 1 ? d[0][m][e] : d[0][m][e] + d[words - 1][m][e];
        __syncthreads();
#pragma unroll
        for (int i = 0; i < per; i++) {
            sum[i] = 0.f;
            for (int s = 0; s < shares; s++) sum[i] += part[(s * rows + row(i)) * line + column(i)];
        }
    }
};

typedef TensorShare<false, 2, 8> WideTF32;
typedef TensorShare<false, 1, 8> NarrowTF32;
typedef TensorShare<true, 2, 16> WideBF16;
typedef TensorShare<true, 1, 16> NarrowBF16;
RNN(64, tf32, WideTF32)
RNN(32, tf32, NarrowTF32)
RNN(64, bf16, WideBF16)
RNN(32, bf16, NarrowBF16)
