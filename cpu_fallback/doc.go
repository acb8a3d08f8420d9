// Package cpu is the CPU engine: every operation of internal/engine in pure Go, on all cores, float32 and float64.
//
// The folder is called cpu_fallback, after its role beside the CUDA engine; it is compiled in every build.
//
// Generic code over float32 and float64 is the definition of each operation; faster float32 forms stand beside it and
// are tested against it. Results do not depend on GOMAXPROCS: work is cut into pieces by the problem's size alone, and
// what several pieces add up is added in the order of the pieces.
package cpu

// The kernels for arm64; go generate reads no file of another architecture.
//
//go:generate go -C _gen run ./neon -family arith -out ../arith_neon_arm64.s -stubs ../arith_neon_arm64.go
//go:generate go -C _gen run ./neon -family gemm -out ../gemm_neon_arm64.s -stubs ../gemm_neon_arm64.go
//go:generate go -C _gen run ./neon -family norm -out ../norm_neon_arm64.s -stubs ../norm_neon_arm64.go
//go:generate go -C _gen run ./neon -family pool -out ../pool_neon_arm64.s -stubs ../pool_neon_arm64.go
//go:generate go -C _gen run ./neon -family thin -out ../gemm_thin_neon_arm64.s -stubs ../gemm_thin_neon_arm64.go
//go:generate go -C _gen run ./neon -family turn -out ../gemm_turn_neon_arm64.s -stubs ../gemm_turn_neon_arm64.go
