//go:build !linux

package wire

import "os/exec"

func ownGroup(*exec.Cmd)        {}
func killGroup(cmd *exec.Cmd)   { _ = cmd.Process.Kill() } // it may be gone
func continueGroup(*exec.Cmd)   {}
func pauseGroup(*exec.Cmd) bool { return false }

func onCPUs(_ int, start func() error) error { return start() }

func usage(int) Usage { return Usage{} }
