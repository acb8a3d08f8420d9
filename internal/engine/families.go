package engine

// Act is an activation applied in the epilogue of another operation.
type Act uint8

const (
	ActNone Act = iota
	ActReLU
	ActLeakyReLU // slope LeakySlope
	ActTanh
	ActSigmoid
)

// LeakySlope is the slope of ActLeakyReLU.
const LeakySlope = 0.2

// Rank is the largest number of dimensions a strided operation has.
const Rank = 6

// Linear is the GEMM family.
type Linear interface {
	MatMul(MatMul) error
}

// MatMul is C = act(A·Bᵀ + Bias + Residual), batched: A [Batch,M,K], B [Batch,N,K], C and Residual [Batch,M,N], Bias [N].
// TransA reads A as [K,M], TransB reads B as [K,N] (so TransB is the ordinary product of row-major matrices).
// StrideA and StrideB are the elements from one matrix of the batch to the next; 0 repeats the same one.
// Bias and Residual may be absent. Residual may be C, to which the product is then added. K = 0 leaves the sum empty.
//
// With Y [Batch,M,N], the output of an activation, Act is undone and not applied: C = (A·Bᵀ + Bias + Residual)·act'(Y), as
// UnaryBwd has it. So a product that gives the gradient behind an activation gives the one before it.
type MatMul struct {
	C, A, B, Bias, Residual, Y Buffer
	Batch, M, N, K             int
	StrideA, StrideB           int
	TransA, TransB             bool
	Act                        Act
}

// Conv is the convolution family: maps are NHWC, weights [K, R, S, C].
type Conv interface {
	Conv2D(Conv2D) error
	Conv2DBwdData(Conv2DBwd) error
	Conv2DBwdWeights(Conv2DBwd) error
	Conv2DBwdEpilogue(Conv2DEpilogue) error
	ConvTranspose2D(Conv2D) error
}

// ConvDims are the sizes of a convolution, x [N,H,W,C] * w [K,R,S,C] -> y [N,OutH,OutW,K], or of a pooling (K = C).
// OutH and OutW are those of the convolution, before any pooling in its epilogue. Pixel y[n,i,j] reads
// x[n, i·StrideH - PadH + r·DilH, j·StrideW - PadW + s·DilW]; what lies outside x is zero (-inf for max-pooling).
type ConvDims struct {
	N, H, W, C, K, R, S, OutH, OutW          int
	StrideH, StrideW, PadH, PadW, DilH, DilW int
}

type (
	// Conv2D is Y = pool(act(conv(X, W) + Bias)). Pool is 0, or the side of a max-pooling window whose stride is its
	// side; then Y is [N, OutH/Pool, OutW/Pool, K] (rest rows and columns are dropped), Arg, if present, receives the
	// winner of each window (U8, row·Pool+column, first maximum wins, NaN wins), and the map before pooling is not
	// stored. Pool·Pool is at most 256.
	//
	// In ConvTranspose2D the dims are those of the convolution whose data gradient it is: X is [N,OutH,OutW,K],
	// W [K,R,S,C], Bias [C], Y [N,H,W,C] = act(convᵀ(X, W) + Bias); Pool is 0.
	Conv2D struct {
		Y, X, W, Bias, Arg Buffer
		ConvDims
		Act  Act
		Pool int
	}
	// Conv2DBwd is both gradients of a plain convolution. BwdData: DX [N,H,W,C] from DY [N,OutH,OutW,K] and W.
	// BwdWeights: DW [K,R,S,C] from DY and X.
	Conv2DBwd struct {
		DX, DW, DY, X, W Buffer
		ConvDims
	}
	// Conv2DEpilogue undoes the epilogue: DZ [N,OutH,OutW,K], the gradient of conv(X, W) + Bias, from DY, Y and Arg,
	// which have the size after pooling; and DBias [K], if present, the sum of DZ over all pixels.
	// DZ is zero where no window took its value; without pooling it may be DY. Act acts on Y: its derivative is a function
	// of the output.
	Conv2DEpilogue struct {
		DZ, DBias, DY, Y, Arg Buffer
		ConvDims
		Act  Act
		Pool int
	}
)

// Pool is pooling on its own.
type Pool interface {
	MaxPool2D(Pool2D) error
	MaxPool2DBwd(Pool2D) error
	AvgPool2D(Pool2D) error
	AvgPool2DBwd(Pool2D) error
}

// Pool2D serves forward (Y and, if present, Arg from X) and backward (X receives the gradient, from the gradient in Y
// and Arg). Arg is the winner's place in its window, r·S+s: U8 when R·S <= 256, else I32. The first maximum wins and
// NaN wins over numbers. Padding takes no part in a maximum and counts as zero in an average, which always divides
// by R·S (torch's count_include_pad).
type Pool2D struct {
	Y, X, Arg Buffer
	ConvDims
}

// Recurrent is the tanh RNN over a whole sequence.
type Recurrent interface {
	RNN(RNN) error
	RNNBwd(RNNBwd) error
}

type (
	// RNN is H[n,t] = tanh(Z[n,t] + Whh·H[n,t-1]), H and Z [N,T,Hidden], Whh [Hidden,Hidden] ([to, from]), H0
	// [N,Hidden] or absent (zeros). Z holds the input products and the bias. Len [N] (I32), if present, ends rows
	// early: from t = Len[n] on, H[n,t] = H[n,t-1]. Lengths below 0 count as 0, above T as T.
	// Last [N,Hidden], if present, receives H[n,T-1] (H0 when T is 0).
	RNN struct {
		H, Last, Z, Whh, H0, Len Buffer
		N, T, Hidden             int
	}
	// RNNBwd is its gradient. DH [N,T,Hidden] and DLast [N,Hidden] are the gradients of H and of Last; either may be
	// absent. DZ is zero where t >= Len[n]. DWhh and DH0 may be absent. DZ also gives the gradients of the input and
	// of its weights, by MatMul.
	RNNBwd struct {
		DZ, DWhh, DH0, DH, DLast, H, Whh, H0, Len Buffer
		N, T, Hidden                              int
	}
)

// Normalise is batch and layer normalisation.
type Normalise interface {
	BatchNorm(Norm) error
	BatchNormBwd(NormBwd) error
	LayerNorm(Norm) error
	LayerNormBwd(NormBwd) error
}

type (
	// Norm normalises X seen as [Rows, C], per column (batch norm) or per row (layer norm):
	// Y = act((X - mean)·invstd·Gamma + Beta), invstd = 1/sqrt(var + Eps), var the biased variance.
	// Mean and InvStd ([C] or [Rows]), real, receive what was used.
	// Batch norm with Training takes mean and var from X and moves RunMean and RunVar, if present, by Momentum towards
	// the mean and the unbiased variance: run += Momentum·(batch - run). Without Training it uses RunMean and RunVar.
	// Gamma and Beta may be absent (1 and 0).
	Norm struct {
		Y, X, Gamma, Beta, Mean, InvStd, RunMean, RunVar Buffer
		Rows, C                                          int
		Eps, Momentum                                    float64
		Training                                         bool
		Act                                              Act
	}
	// NormBwd is its gradient: DX, DGamma and DBeta (each may be absent) from DY, X and what Norm saved. Y undoes Act
	// and is absent where Act is ActNone. Without Training mean and variance are constants.
	NormBwd struct {
		DX, DGamma, DBeta, DY, X, Y, Gamma, Mean, InvStd Buffer
		Rows, C                                          int
		Training                                         bool
		Act                                              Act
	}
)

// Index is lookups, and the joining and rearranging of tensors.
type Index interface {
	Gather(Gather) error       // embedding lookup
	ScatterAdd(Gather) error   // its gradient, deterministic
	TakeAlong(TakeAlong) error // torch.gather
	PutAlong(TakeAlong) error  // its gradient, deterministic
	Slab(Slab) error           // concat, split, slice, transpose, flip, pad, broadcast
}

type (
	// Gather is Y[i] = Table[Ids[i]], Y [N, Dim], Table [Rows, Dim], Ids [N] (I32). Id Pad, if Pad >= 0, reads as zeros
	// and gets no gradient. ScatterAdd sets Table, all of it, to the sum of Y's rows by id, in the order of i.
	// An id outside [0, Rows) is an error on the CPU, and reads as NaN on a GPU.
	Gather struct {
		Y, Table, Ids     Buffer
		Rows, Dim, N, Pad int
	}
	// TakeAlong is Y[o,m,i] = X[o, Ids[o,m,i], i]: X [Outer,N,Inner], Y and Ids (I32) [Outer,M,Inner].
	// PutAlong sets X, all of it, to the sum of Y's elements by position, in the order of m.
	TakeAlong struct {
		Y, X, Ids          Buffer
		Outer, N, M, Inner int
	}
	// Slab is Y[OffY + Σ i·StrideY] = X[OffX + Σ i·StrideX] over the box Dims (unused dims are 1), adding to Y when
	// Accumulate is set. Offsets and strides are in elements and strides may be 0 (in X) or negative. Any DType, the
	// same on both sides; Accumulate needs reals.
	Slab struct {
		Y, X             Buffer
		Dims             [Rank]int
		OffY, OffX       int
		StrideY, StrideX [Rank]int
		Accumulate       bool
	}
)

// Random is counter-based Philox4x32-10: the same stream of numbers on every engine.
//
// State is 4 x I32: seed low, seed high, step low, step high. Draw number i of an operation is word i%4 of
// philox(key = (seed low, seed high), counter = (i/4, Site, step low, step high)). Uniform is (w>>8)·2⁻²⁴, in [0, 1).
// Normal is Box-Muller on the words of one block in pairs: u = (w0>>8 + 1)·2⁻²⁴, v = (w1>>8)·2⁻²⁴,
// r = sqrt(-2 ln u), draws r·cos 2πv and r·sin 2πv, computed in float32 (in float64 for F64 buffers).
// Dropout keeps element i when Uniform i >= Rate.
type Random interface {
	Normal(Noise) error
	Uniform(Noise) error
	Dropout(Dropout) error
}

type (
	// Noise is Y = A + B·draw.
	Noise struct {
		Y, State Buffer
		Site     uint32
		A, B     float64
	}
	// Dropout is Y = keep ? X/(1-Rate) : 0; with the same State and Site it is its own gradient.
	Dropout struct {
		Y, X, State Buffer
		Site        uint32
		Rate        float64
	}
)

// Optimise updates all parameters of a flat buffer in one call.
type Optimise interface {
	SGD(Update) error
	Adam(Update) error
	RMSProp(Update) error
}

// Update is one step of an optimiser over flat buffers. S1 and S2 are its slots; Rate, Step, Norm [1] are real and on
// the device. With ClipNorm > 0 gradients are scaled by min(1, ClipNorm/(Norm+1e-6)) first, with ClipValue > 0 cut to
// ±ClipValue then. Decay (λ) applies to the first Decayed elements only.
//
//	SGD      g += λ·p unless Decoupled; S1 = Momentum·S1 + g (S1 = g at Step 1); p -= Rate·(Nesterov ? g + Momentum·S1 : S1)
//	         S1 is absent where Momentum is 0
//	Adam     p -= Rate·λ·p if Decoupled, else g += λ·p; S1, S2 the moments;
//	         p -= Rate·(S1/(1-Beta1^Step)) / (sqrt(S2/(1-Beta2^Step)) + Eps); Step counts from 1
//	RMSProp  g += λ·p; S1 = Beta2·S1 + (1-Beta2)·g²; d = g/(sqrt(S1)+Eps);
//	         with Momentum S2 = Momentum·S2 + d and p -= Rate·S2, else p -= Rate·d
type Update struct {
	Param, Grad, S1, S2, Rate, Step, Norm                   Buffer
	Beta1, Beta2, Eps, Momentum, Decay, ClipNorm, ClipValue float64
	Decayed                                                 int
	Decoupled, Nesterov                                     bool
}
