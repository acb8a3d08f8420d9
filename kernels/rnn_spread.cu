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
#include "rnn_share.cuh"

// What a lane finishes of a tile: one row of the batch and one column. Of the lanes that have the sum, one does.
struct Element {
    u32 row, column;
    bool exists;
    int length;  // steps that the row takes
};

template <class Sums, int columns, int rows> DEVICE Element element(const Place<columns, rows>& p, u32 tile) {
    const u32 i = lane_of() / Sums::lanes;
    Element e = {tile * rows + i / columns, p.first + i % columns};
    e.exists = e.row < p.n && e.column < p.hidden && lane_of() % Sums::lanes == 0;
    e.length = p.length(e.row);
    return e;
}

#define RNN_FORWARD                                                                                                 \
    float *h, float *last, const float *z, const float *whh, const float *h0, const int *lengths, u32 n, u32 steps, \
        u32 hidden, u32 tiles

// Shared: two tiles [rows][width], weights that are not in registers.
template <int columns, int rows, int kept, int depth> DEVICE void forward(float* shared, RNN_FORWARD) {
    typedef Share<columns, rows, kept> Weights;
    Place<columns, rows> p(shared, lengths, n, steps, hidden, tiles);
    Weights weights;
    weights.load(p.weights(kept), p.width / span,
                 [=](u32 k, int c) { return p.first + c < hidden && k < hidden ? whh[(u64)(p.first + c) * hidden + k] : 0.f; });
    Incoming<rows, depth> states;
    const u64 pitch = (u64)steps * hidden;
    auto before = [=](u32 t, u32 i) {
        return t > 0 ? p.states(h, pitch, i, (i64)(t - 1) * hidden) : p.states(h0, hidden, i, 0);
    };
    for (u32 t = 0; t < steps; t++)
        for (u32 i = p.begin; i < p.end; i++) {
            const Element e = element<Weights>(p, i);
            const u64 at = e.row * pitch + (u64)t * hidden + e.column;
            const bool live = e.exists && (int)t < e.length;
            float value = 0.f;  // what the product is added to, or what a row that has ended hands through
            if (live) value = z[at];
            else if (e.exists && t > 0) value = h[at - hidden];
            else if (e.exists && h0) value = h0[(u64)e.row * hidden + e.column];
            if ((int)t < p.most(i) && (t > 0 || h0)) {
                states.take(p.tile(), p.width, before(t, i), hidden, t > 0);
                __syncthreads();
                const float sum = weights.multiply(p.tile(), p.width / span, [&] {
                    const u32 then = i + 1 < p.end ? t : t + 1;
                    if (then > 0 && then < steps) states.ask(before(then, then > t ? p.begin : i + 1), threadIdx.x, hidden);
                });
                if (live) value += sum;
                p.turn ^= 1;
            }
            if (live) value = tanhf(value);
            if (!e.exists) continue;
            ptx::publish(h + at, value);
            if (last && t + 1 == steps) last[(u64)e.row * hidden + e.column] = value;
        }
}

#define RNN_BACKWARD                                                                                              \
    float *dz, float *dh0, float *carries, const float *dh, const float *dlast, const float *h, const float *whh, \
        const int *lengths, u32 n, u32 steps, u32 hidden, u32 tiles

// The gradient of state j is Σ dz[k]·whh[k][j], k over a later step. Behind its row's length a gradient is handed through:
// carries [n, hidden] keeps it, and is null where nothing comes to it on the way. Step -1 only finishes dh0.
template <int columns, int rows, int kept, int depth> DEVICE void backward(float* shared, RNN_BACKWARD) {
    typedef Share<columns, rows, kept> Weights;
    Place<columns, rows> p(shared, lengths, n, steps, hidden, tiles);
    Weights weights;
    weights.load(p.weights(kept), p.width / span,
                 [=](u32 k, int c) { return p.first + c < hidden && k < hidden ? whh[(u64)k * hidden + p.first + c] : 0.f; });
    Incoming<rows, depth> states;
    const u64 pitch = (u64)steps * hidden;
    auto after = [=](int t, u32 i) { return p.states(dz, pitch, i, (i64)(t + 1) * hidden); };
    const int stop = dh0 ? -1 : 0;
    for (int t = (int)steps - 1; t >= stop; t--)
        for (u32 i = p.begin; i < p.end; i++) {
            const Element e = element<Weights>(p, i);
            const u64 at = e.row * pitch + (i64)t * hidden + e.column, state = (u64)e.row * hidden + e.column;
            const bool live = e.exists && t < e.length;
            const float y = live && t >= 0 ? h[at] : 0.f, outer = e.exists && dh && t >= 0 ? dh[at] : 0.f;
            float grad = 0.f;
            if (e.exists && t + 1 >= e.length) {
                if (carries && t + 1 < (int)steps) grad = carries[state];
                else if (dlast) grad = dlast[state];
            }
            if (t + 1 < p.most(i)) {
                states.take(p.tile(), p.width, after(t, i), hidden, true);
                __syncthreads();
                const float sum = weights.multiply(p.tile(), p.width / span, [&] {
                    const int then = i + 1 < p.end ? t : t - 1;
                    if (then >= stop) states.ask(after(then, then < t ? p.begin : i + 1), threadIdx.x, hidden);
                });
                if (t + 1 < e.length) grad = sum;
                p.turn ^= 1;
            }
            grad += outer;
            if (!e.exists) continue;
            if (t < 0) dh0[state] = grad;
            else ptx::publish(dz + at, live ? grad * (1.f - y * y) : 0.f);
            if (carries && !live) carries[state] = grad;
        }
}

#define RNN_FORWARD_VALUES h, last, z, whh, h0, lengths, n, steps, hidden, tiles
#define RNN_BACKWARD_VALUES dz, dh0, carries, dh, dlast, h, whh, lengths, n, steps, hidden, tiles

// The number is the columns of a warp.
#define RNN(columns, rows, kept, depth)                                                  \
    KERNEL __launch_bounds__(threads, 1) rnn_spread##columns##_fwd_f32(RNN_FORWARD) {    \
        SHARED_DYNAMIC(float, shared);                                                   \
        forward<columns, rows, kept, depth>(shared, RNN_FORWARD_VALUES);                 \
    }                                                                                    \
    KERNEL __launch_bounds__(threads, 1) rnn_spread##columns##_bwd_f32(RNN_BACKWARD) {   \
        SHARED_DYNAMIC(float, shared);                                                   \
        backward<columns, rows, kept, depth>(shared, RNN_BACKWARD_VALUES);               \
    }

RNN(8, 2, 4, 2)
RNN(4, 4, 8, 4)
