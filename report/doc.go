// Package report draws what a training did: curves of its history, and grids of pictures that grow better.
//
// Everything is an image.Image or is written as PNG. It is the only package that imports gonum.org/v1/plot, so that
// programs that draw nothing do not link it.
package report
