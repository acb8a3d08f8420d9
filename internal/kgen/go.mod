// The compiler of the kernels, in a module of its own so that programs which use braid do not get its requirement:
// go -C internal/kgen run . [-check] [family …]
module github.com/braidml/braid/internal/kgen

go 1.26.0

require github.com/ebitengine/purego v0.9.1
