//go:build !amd64 || purego

package cpu

// pause waits a little inside a spin loop.
func pause() {
	for range 64 {
	}
}
