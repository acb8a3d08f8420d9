// Package metrics measures predictions against targets over a whole data set.
//
// A metric sees the batches of an evaluation one by one, as host arrays, and then has a value. What it sees is what the
// model gives: logits need no softmax and no threshold before.
//
// # Classification
//
//	several classes   output [n, classes]      target [n] Int32, from 0 to classes-1
//	two classes       output [n] or [n, 1]     target [n] or [n, 1], 0 or 1, Int32, Uint8 or real
//
// The predicted class is the largest logit, the first of equals; with a single logit, class 1 where it is above 0.
//
// # Labels
//
//	any number a sample    output [n, labels]   target [n, labels], 0 or 1
//
// AUC, AveragePrecision, Calibration and Labels take them. A label is predicted where its logit is above 0.
//
// # Regression
//
// Output and target are [n] or [n, d]; [n] and [n, 1] go together.
//
// # Generated images
//
// ImageError, PSNR and SSIM compare images [n, h, w, c], bytes or reals from 0 to 1. FrechetDistance, ClassEntropy and
// PairwiseDistance are functions of all samples at once.
//
// # Conventions
//
// Values are those of scikit-learn: a quotient without a denominator (the precision of a class that was never predicted)
// is 0, and a macro average is over the classes that occur as a label or as a prediction. A metric that has seen nothing
// is NaN. An output or target of a wrong shape or type is a panic with a [tensor.Error].
package metrics
