// Package report shows what a training did and what a trained model is worth.
//
// A [Study] measures a model on its test data: figures by class, label or number, what it does with one input taken away
// or exchanged, what it is most wrong about. The [Report] that comes of it is a page, report.html, that needs nothing
// beside it, and pictures: curves.png, confusion.png, roc.png.
//
// For models that draw there are curves of a history, and grids of pictures that grow better.
//
// It is the only package that imports gonum.org/v1/plot, so that programs that draw nothing do not link it.
package report
