// Package cpu is the CPU engine: every operation of internal/engine in pure Go, on all cores, float32 and float64.
//
// The folder is called cpu_fallback, after its role beside the CUDA engine; it is compiled in every build.
//
// Generic code over float32 and float64 is the definition of each operation; faster float32 forms stand beside it and
// are tested against it. Results do not depend on GOMAXPROCS: work is cut into pieces by the problem's size alone, and
// what several pieces add up is added in the order of the pieces.
package cpu
