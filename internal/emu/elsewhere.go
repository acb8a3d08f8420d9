//go:build !linux || !amd64 || cpu

package emu

import "errors"

var errElsewhere = errors.New("emu: the emulated driver is for the default build on linux/amd64")

// Build says that there is no emulator for this machine.
func Build(bool) (string, error) { return "", errElsewhere }

// Available says why the emulator cannot be built here.
func Available() error { return errElsewhere }

// Depend does nothing: there is no driver whose settings matter.
func Depend() {}
