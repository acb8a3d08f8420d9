//go:build race

package main

// Under the race detector the steps of fewer pictures take as long.
func init() { long[3] = "40" }
