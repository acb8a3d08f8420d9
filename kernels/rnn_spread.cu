// images: sm_75 sm_80 sm_90 compute_75
// The tanh RNN over a whole sequence in one launch, its weights spread over the multiprocessors: h[n,t] = tanh(z[n,t] +
// whh·h[n,t-1]), z and h [n, steps, hidden], whh [to, from]. For states that are too much for one block (rnn.cu).
//
// blockIdx.x is a share of the columns; its weights stay on chip for the whole sequence. The blocks of one blockIdx.y are a
// group: together they have all columns, and they take the same rows of the batch, a tile of some at a time. Groups do not
// know of each other. A step of a tile is
//
//	state[row][k] = h[row,t-1,k], of all blocks of the group, from L2 into shared memory, as soon as it is there
//	warp: sum[row][column] = Σ state[row][k]·weight[column][k] for its own columns; lane l has k = 128i + 4l … 4l+3
//	the lanes' sums are added by halving, which leaves each of 16 elements to one pair of lanes
//	h[row,t,column] = tanh(z + sum), published (exchange.cuh)
//
// The outputs are the exchange: h forward, dz backward, cleared to `unset` before the launch, each word written once. All
// blocks walk through steps and tiles in the same order and publish one before they wait for the next, so a grid whose
// blocks all run ends: the launch is cooperative. Halfway through a product the next tile's states are asked for; with two
// tiles or more in a group the way through L2 so hides behind the other tiles.
//
// Weights are in registers, what does not fit there in shared memory. 8 columns a warp take 2 rows at once and up to 512
// hidden units, 4 columns take 4 rows and any number that shared memory can hold. From memory come z and h once in each
// direction, 12 bytes an element and step forward, 16 backward, and h or dz once more for every block of the group from L2.
#include "rnn_spread.cuh"

constexpr int span = 128;  // of k: a float4 of each lane

// The sum over all lanes of each of the first 2n values. With one value a lane left, value i is that of lanes 32i/2n ….
template <int n, int size> DEVICE void halve(float (&sum)[size]) {
    constexpr int apart = 32 * n / size;
    const bool upper = lane_of() & apart;
#pragma unroll
    for (int v = 0; v < n; v++) {
        const float keep = upper ? sum[v + n] : sum[v], give = upper ? sum[v] : sum[v + n];
        sum[v] = keep + __shfl_xor_sync(~0u, give, apart);
    }
    if constexpr (n > 1) halve<n / 2>(sum);
}

// The weights of a warp's columns: those of the first `kept` spans in registers, the others in shared memory.
template <int own, int rows_, int kept, int depth_> struct Share {
    static constexpr int rows = rows_, columns = warps * own, per = 1, depth = depth_;
    static constexpr int sums = rows * own, lanes = 32 / sums;  // lanes that get the same sum
    static_assert(sums <= 32, "a lane finishes one element");
    const u32 spans;
    float4 w[kept][own];
    float4* rest;  // of the warp, [spans - kept][own][32]

    static DEVICE int row(int) { return lane_of() / lanes / own; }
    static DEVICE int column(int) { return warp_of() * own + lane_of() / lanes % own; }
    static DEVICE bool writes() { return lane_of() % lanes == 0; }
    static DEVICE u32 pitch(u32 hidden) { return (hidden + span - 1) / span * span; }
    static DEVICE float rounded(float v) { return v; }

    DEVICE Share(float* shared, u32 hidden) : spans((hidden + span - 1) / span) {
        rest = (float4*)shared + warp_of() * (max(kept, (int)spans) - kept) * own * 32 + lane_of();
    }

    template <class F> DEVICE void load(F weight) {
        auto four = [=](u32 i, int c) {
            const u32 k = i * span + 4 * lane_of(), j = warp_of() * own + c;
            return make_float4(weight(k, j), weight(k + 1, j), weight(k + 2, j), weight(k + 3, j));
        };
#pragma unroll
        for (int i = 0; i < kept; i++)
#pragma unroll
            for (int c = 0; c < own; c++) w[i][c] = four(i, c);
        for (u32 i = kept; i < spans; i++)
            for (int c = 0; c < own; c++) rest[((i - kept) * own + c) * 32] = four(i, c);
    }

    static DEVICE void add(float& sum, float4 w, float4 s) {
        sum += w.x * s.x;
        sum += w.y * s.y;
        sum += w.z * s.z;
        sum += w.w * s.w;
    }

    template <class F> DEVICE void multiply(float (&result)[1], const float* tile, F halfway) const {
        const float4* state = (const float4*)tile + lane_of();
        float sum[sums] = {};
        float4 now[rows], next[rows];  // a span ahead: there are too few warps to wait for shared memory
#pragma unroll
        for (int r = 0; r < rows; r++) next[r] = state[r * spans * 32];
#pragma unroll
        for (int i = 0; i < kept; i++) {
            if (i == kept / 2) halfway();
#pragma unroll
            for (int r = 0; r < rows; r++) {
                now[r] = next[r];
                if (i + 1 < kept && i + 1 < (int)spans) next[r] = state[(r * spans + i + 1) * 32];
            }
            if (i >= (int)spans) continue;
#pragma unroll
            for (int c = 0; c < own; c++)
#pragma unroll
                for (int r = 0; r < rows; r++) add(sum[r * own + c], w[i][c], now[r]);
        }
        for (u32 i = kept; i < spans; i++) {
            float4 s[rows];
#pragma unroll
            for (int r = 0; r < rows; r++) s[r] = state[(r * spans + i) * 32];
#pragma unroll
            for (int c = 0; c < own; c++) {
                const float4 v = rest[((i - kept) * own + c) * 32];
#pragma unroll
                for (int r = 0; r < rows; r++) add(sum[r * own + c], v, s[r]);
            }
        }
        halve<sums / 2>(sum);
        for (int d = lanes / 2; d > 0; d /= 2) sum[0] += __shfl_xor_sync(~0u, sum[0], d);
        result[0] = sum[0];
    }
};

typedef Share<8, 2, 4, 2> Wide;
typedef Share<4, 4, 8, 4> Narrow;
RNN(64, f32, Wide)
RNN(32, f32, Narrow)
