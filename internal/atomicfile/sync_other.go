//go:build windows || plan9

package atomicfile

// syncDir does nothing: these systems cannot open a folder for writing, and write names through.
func syncDir(string) error { return nil }
