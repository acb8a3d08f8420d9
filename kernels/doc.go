// Package kernels holds the CUDA kernels: their sources (*.cu, one file a family), the images compiled from them, which
// are embedded so that nobody needs a CUDA compiler, and the launch structs (z*.go) that are generated from both.
//
// Go generate rebuilds images and structs after a change of a source; see internal/kgen for what it needs.
package kernels

//go:generate go -C ../internal/kgen run .
