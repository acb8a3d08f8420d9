package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// tool is the path of a compiler: what the environment variable names, or the file that matches pattern below the
// virtual environment BRAID_NVRTC_VENV.
func tool(variable, pattern string) (string, error) {
	if path := os.Getenv(variable); path != "" {
		return path, nil
	}
	venv := os.Getenv("BRAID_NVRTC_VENV")
	if venv == "" {
		return "", fmt.Errorf("set BRAID_NVRTC_VENV to a virtual environment after\n"+
			"  pip install nvidia-cuda-nvrtc-cu12==12.4.127 nvidia-cuda-nvcc-cu12==12.4.131\nor %s to a file", variable)
	}
	found, err := filepath.Glob(filepath.Join(venv, "lib", "python3*", "site-packages", "nvidia", pattern))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no %s in the packages of %s", filepath.Base(pattern), venv)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}
