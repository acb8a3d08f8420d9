//go:build !linux || !cgo || cpu

package main

const defaultDevice = "cpu"
