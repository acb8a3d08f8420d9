package cpu

// pause waits a little inside a spin loop.
func pause() {
	for range 32 {
	}
}
