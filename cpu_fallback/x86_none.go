//go:build !amd64 || purego

package cpu

// badISA is what is wrong with a limit of instructions, which only amd64 has.
var badISA error

// pause waits a little inside a spin loop.
func pause() {
	for range 64 {
	}
}
