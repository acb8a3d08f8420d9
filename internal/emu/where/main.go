// Where builds the emulated driver, if it is not built yet, and prints its path: for BRAID_LIBCUDA.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/braidml/braid/internal/emu"
)

func main() {
	checked := flag.Bool("checked", false, "the build that finds races and accesses out of bounds, several times slower")
	flag.Parse()
	path, err := emu.Build(*checked)
	if err != nil {
		fmt.Fprintln(os.Stderr, "where:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
