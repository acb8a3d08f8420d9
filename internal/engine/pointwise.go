package engine

// UnaryOp and BinaryOp name elementwise functions; a new one is a constant here and a case in two engines.
type (
	UnaryOp  uint8
	BinaryOp uint8
	ReduceOp uint8
)

// The unary functions of x with constants A and B. Derivatives are those of PyTorch: 0 at the kink of ReLU, A below and
// at the kink of LeakyReLU, 0 at 0 of Abs and Sign, and 1 at the bounds of Clamp.
const (
	ReLU       UnaryOp = iota // max(x, 0); NaN stays
	LeakyReLU                 // x > 0 ? x : A·x
	Tanh                      //
	Sigmoid                   //
	Exp                       //
	Log                       //
	Sqrt                      //
	Square                    //
	Neg                       //
	Scale                     // A·x
	Shift                     // x + A
	Abs                       //
	Sign                      // -1, 0, 1
	Reciprocal                // 1/x
	Pow                       // x^A
	Clamp                     // min(max(x, A), B); NaN stays
	Sin                       //
	Cos                       //
	Softplus                  // log(1 + e^x), overflow-free
	GELU                      // x/2·(1 + erf(x/√2))
	ELU                       // x > 0 ? x : A·(e^x - 1)
	Floor                     //
	Ceil                      //
	Round                     // half to even
	UnaryOps                  // how many there are
)

// The binary functions. Comparisons give 1 or 0, in Y's type; with NaN all but Ne give 0.
// Max and Min return NaN where either operand is NaN.
const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Max
	Min
	Pow2 // A^B
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	BinaryOps // how many there are
)

// The reductions.
const (
	Sum        ReduceOp = iota
	Mean                // NaN over nothing
	ArgMax              // Y is I32; the first maximum, the first NaN before all
	ArgMin              // Y is I32
	SumSquares          //
	ReduceOps           // how many there are
)

// Elementwise works on single elements.
type Elementwise interface {
	Unary(Unary) error
	UnaryBwd(UnaryBwd) error
	Binary(Binary) error
	Where(Where) error
}

type (
	// Unary is Y = op(X; A, B), reals. Y may be X.
	Unary struct {
		Op   UnaryOp
		Y, X Buffer
		A, B float64
	}
	// UnaryBwd is DX = DY·op'(X), with Y = op(X). DX may be DY. X is absent where the derivative is a function of Y alone
	// (see [UnaryOp.NeedsX]), Y where it is a function of X alone.
	UnaryBwd struct {
		Op           UnaryOp
		DX, DY, X, Y Buffer
		A, B         float64
	}
	// Binary is Y = A op B with broadcasting: Dims are the output's, row-major in Y (unused leading dims are 1); a zero
	// stride repeats. Strides are in elements. A and B have one type, real or I32; Y has the same, or is real for
	// comparisons. Y may be A or B where that operand is not broadcast.
	Binary struct {
		Op               BinaryOp
		Y, A, B          Buffer
		Dims             [Rank]int
		StrideA, StrideB [Rank]int
	}
	// Where is Y = Cond != 0 ? A : B, broadcast as Binary is; an absent A or B reads as zeros. Cond is real, I32 or U8.
	Where struct {
		Y, Cond, A, B             Buffer
		Dims                      [Rank]int
		StrideC, StrideA, StrideB [Rank]int
	}
)

// NeedsX reports whether the derivative of op reads the input; if not it reads the output, or neither.
func (op UnaryOp) NeedsX() bool {
	switch op {
	case ReLU, LeakyReLU, Tanh, Sigmoid, Exp, Sqrt, Neg, Scale, Shift, Reciprocal, Sign, Floor, Ceil, Round:
		return false
	}
	return true
}

// Reduce folds and normalises along an axis.
type Reduce interface {
	Reduce(Reduction) error
	Softmax(Softmax) error
	SoftmaxBwd(SoftmaxBwd) error
}

type (
	// Reduction folds X, seen as [Outer, N, Inner], over N in a fixed order into Y [Outer, Inner].
	// With N = 0 Sum and SumSquares are 0.
	Reduction struct {
		Op              ReduceOp
		Y, X            Buffer
		Outer, N, Inner int
	}
	// Softmax is over the last axis of X [Rows, N]; Log gives log-softmax.
	Softmax struct {
		Y, X    Buffer
		Rows, N int
		Log     bool
	}
	// SoftmaxBwd is DX from DY and Y.
	SoftmaxBwd struct {
		DX, DY, Y Buffer
		Rows, N   int
		Log       bool
	}
)

// Loss is the losses that have kernels of their own. Loss [1] is the mean; DX, if present, receives its gradient
// (for dLoss = 1) in the same pass over the input. Over zero rows Loss is NaN and DX is empty.
type Loss interface {
	CrossEntropy(CrossEntropy) error
	BCEWithLogits(BCE) error
	MSE(MSE) error
}

type (
	// CrossEntropy is the softmax cross-entropy of X [Rows, N] with Label [Rows] (I32). With Smoothing ε the target is
	// (1-ε)·onehot + ε/N. Weight [N], if present, weighs classes, and the mean is the weighted one, as in PyTorch: class c
	// of the target has its share of the row's loss times Weight[c], divided by the sum over rows of Weight[label].
	// A label outside [0, N) is an error on the CPU that names the row, and gives NaN on a GPU.
	CrossEntropy struct {
		Loss, DX, X, Label, Weight Buffer
		Rows, N                    int
		Smoothing                  float64
	}
	// BCE is the binary cross-entropy of logits X with Target, both N reals: mean of max(x,0) - x·t + log(1+e^-|x|).
	BCE struct {
		Loss, DX, X, Target Buffer
		N                   int
	}
	// MSE is the mean squared error of X and Target, both N reals: mean of (x-t)². DX is 2(x-t)/N; the gradient of Target
	// is its negative.
	MSE struct {
		Loss, DX, X, Target Buffer
		N                   int
	}
)
