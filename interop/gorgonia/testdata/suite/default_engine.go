// Package tensor is what the test of interop/gorgonia adds to a copy of gorgonia.org/tensor, to run its tests with
// another engine.
package tensor

// Default is the engine of arrays that are not given one.
var Default standardEngine = StdEng{}
