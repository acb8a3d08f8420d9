// Package tensorcheck holds what tests above package tensor compare with: gradients against central differences, and
// stored results of other systems. It is apart from package check, which the engines' own tests use, below tensor.
package tensorcheck
