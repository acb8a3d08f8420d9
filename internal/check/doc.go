// Package check holds what the tests of all packages compare with: closeness of arrays under a derived tolerance.
// Gradients and stored results of other systems, which need package tensor, are in package tensorcheck.
//
// Every comparison is written so that it can only pass by holding: an element passes when |got-want| <= tolerance, so a
// NaN is a failure. The package's own tests show each checker going red.
package check
