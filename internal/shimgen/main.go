// Shimgen writes cuda/shim.c: every function that cuda/cuda.h declares, forwarded to a driver that is opened at run time.
//
//	go run ./internal/shimgen cuda/cuda.h cuda/shim.c
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: shimgen cuda.h shim.c")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "shimgen:", err)
		os.Exit(1)
	}
}

func run(header, shim string) error {
	h, err := os.ReadFile(header)
	if err != nil {
		return err
	}
	out, err := generate(string(h))
	if err != nil {
		return err
	}
	return os.WriteFile(shim, []byte(out), 0o644)
}
