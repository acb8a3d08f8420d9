package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/runner"
	"github.com/braidml/braid/bench/wire"
)

// retained keeps memory in the process: by default glibc gives every large block back to the kernel, and each step pays
// for its pages again. Users see that too, as the peers called stock.
var retained = []string{"MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=40000000000", "MALLOC_TOP_PAD_=268435456"}

// narrow tells braid, oneDNN, PyTorch's own kernels, MKL, OpenBLAS and the code that XLA compiles to use AVX2 and nothing
// wider. What XLA has compiled before, products, does not listen: a share above 100 % shows it.
var narrow = map[string]string{"BRAID_CPU": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
	"OPENBLAS_CORETYPE": "Haswell", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"}

// library is a peer written in Python.
type library struct {
	name, module, variant string
	stock                 bool
}

var libraries = []library{
	{"torch", "torch", "", false},
	{"torch-stock", "torch", "", true},
	{"torch-compile", "torch", "compile", false},
	{"tensorflow", "tensorflow", "", false},
	{"tensorflow-stock", "tensorflow", "", true},
	{"tensorflow-xla", "tensorflow", "xla", false},
	{"jax", "jax", "", false},
	{"onnxruntime", "onnxruntime", "", false},
}

// goPeer is a peer written in Go: a module of its own under bench/peers.
type goPeer struct {
	name, module string
	args         []string
}

var goPeers = []goPeer{
	{"gonum", "gonum", nil}, {"gonum-braid", "gonum", []string{"-blas"}},
	{"gorgonia", "gorgonia", nil}, {"gorgonia-braid", "gorgonia", []string{"-blas"}},
	{"gomlx", "gomlx", nil},
}

// program is where the peer's program lies, built by setup or by build.
func (p goPeer) program(root string) string {
	name := p.module
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(root, ".venv", "bench-go", name)
}

// build builds the peer from what is on this machine already, or with download from the network.
func (p goPeer) build(w *world, root string, download bool) error {
	cmd := exec.CommandContext(w.ctx, "go", "build", "-tags", "cpu", "-o", p.program(root), ".")
	cmd.Dir = filepath.Join(root, "bench", "peers", p.module)
	if !download {
		cmd.Env = append(os.Environ(), "GOPROXY=off")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		text := strings.TrimSpace(string(out))
		return fmt.Errorf("go build: %w: %s", err, text[:min(len(text), 200)])
	}
	return nil
}

// known are all peers, braid first.
func known(root, venv, device string, threads int) []runner.Peer {
	self, err := os.Executable()
	peers := []runner.Peer{{Name: results.Reference, Command: wire.Command{Path: self, Args: []string{"serve"}, CPUs: threads}}}
	if err != nil {
		peers[0].Missing = err.Error()
	}
	for _, l := range libraries {
		p := runner.Peer{Name: l.name, Command: wire.Command{
			Path: python(venv),
			Args: []string{"-u", filepath.Join(root, "bench", "peers", "python", "main.py"), l.module, l.variant},
			Env:  append(single(threads), "PYTHONDONTWRITEBYTECODE=1"),
			CPUs: threads,
		}}
		if device == "cpu" {
			p.Command.Env = append(p.Command.Env, "CUDA_VISIBLE_DEVICES=", "JAX_PLATFORMS=cpu")
		}
		if !l.stock {
			p.Command.Env = append(p.Command.Env, retained...)
		}
		if _, err := os.Stat(p.Command.Path); err != nil {
			p.Missing = "there is no " + p.Command.Path + ": go run ./bench setup"
		}
		peers = append(peers, p)
	}
	for _, g := range goPeers {
		peers = append(peers, runner.Peer{Name: g.name, Command: wire.Command{Path: g.program(root), Args: g.args, Env: single(threads), CPUs: threads}})
	}
	return peers
}

// build builds the Go peers among those; one that cannot be built is not installed.
func build(w *world, root string, peers []runner.Peer) {
	failed := map[string]error{}
	for i, p := range peers {
		for _, g := range goPeers {
			if g.name != p.Name {
				continue
			}
			err, done := failed[g.module]
			if !done {
				err = g.build(w, root, false)
				failed[g.module] = err
			}
			if err != nil {
				peers[i].Missing = err.Error() + ": go run ./bench setup"
			}
		}
	}
}

// single are the variables by which libraries count their threads.
func single(threads int) (env []string) {
	for _, name := range []string{"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC", "GOMAXPROCS"} {
		env = append(env, fmt.Sprintf("%s=%d", name, threads))
	}
	return env
}

func python(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}

func (c *runCommand) venv(root string) string {
	if c.Venv != "" {
		return c.Venv
	}
	return defaultVenv(root)
}

func defaultVenv(root string) string { return filepath.Join(root, ".venv", "bench") }

// moduleRoot is the repository: the peers' scripts and modules are there.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/braidml/braid").Output()
	if err != nil {
		return "", fmt.Errorf("bench: it runs within the repository of braid: go list: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// match reports whether a name is the pattern, in which * is any text.
func match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}
