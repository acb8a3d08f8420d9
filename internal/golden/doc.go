// Package golden compares braid with PyTorch: layers, losses, optimisers and whole models, their gradients and ten
// steps of training. It is tests only; what they read, and the script that made it, is in testdata/golden.
package golden
