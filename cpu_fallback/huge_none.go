//go:build !linux

package cpu

func preferHuge([]byte) {}
