package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what go list says about a package.
type pkg struct {
	ImportPath                         string
	Standard                           bool
	Imports, TestImports, XTestImports []string
	Deps                               []string // imports of imports too
	CgoFiles                           []string
}

// A folder's name stands for the packages below it as well.

// reserved things may be imported by these packages only, in tests too.
var reserved = map[string][]string{
	"gorgonia.org/cu":     {"cuda"},
	"gorgonia.org/tensor": {"interop/gorgonia", "bench"}, // 14 MB in a program
	"interop/gorgonia":    {"bench", "examples"},
	"gonum.org/v1/plot":   {"report", "bench"},
	// Nobody above tensor knows which device computes; blas offers the CPU's product to other libraries.
	"internal/engine": {"tensor", "cpu_fallback", "cuda", "internal"},
	"cpu_fallback":    {"tensor", "cuda", "blas", "bench", "internal"},
	"kernels":         {"cuda", "internal"},
	"cuda":            {"tensor", "cmd/braid", "internal"}, // the program writes its header
}

// confined packages import these beside the standard library, and no others.
var confined = map[string][]string{
	"kernels":          {},
	"internal/engine":  {},
	"cpu_fallback":     {"internal/engine"},
	"cuda":             {"internal/engine", "kernels", "gorgonia.org/cu"},
	"tensor":           {"internal/engine", "cpu_fallback", "cuda"},
	"blas":             {"cpu_fallback", "gonum.org/v1/gonum"},
	"interop/gorgonia": {"tensor", "gorgonia.org/tensor"},
}

// above says what stands above a package, and must not be reached from it by any way.
var above = map[string][]string{
	"layers":  {"models", "train", "report", "bench", "examples", "cmd"},
	"optim":   {"models", "train", "report", "bench", "examples", "cmd"},
	"data":    {"models", "train", "report", "bench", "examples", "cmd"},
	"metrics": {"models", "train", "report", "bench", "examples", "cmd"},
	"models":  {"train", "report", "bench", "examples", "cmd"},
	"explain": {"data", "train", "report", "bench", "examples", "cmd"},
	"tune":    {"layers", "models", "train", "report", "bench", "examples", "cmd"},
	"train":   {"bench", "examples", "cmd"},
	"report":  {"bench", "examples", "cmd"},
	"serve":   {"train", "report", "bench", "examples", "cmd"},
	"dist":    {"models", "train", "report", "bench", "examples", "cmd"},
}

// short is a package of the module by its folder, and another by its import path.
func short(path string) string { return strings.TrimPrefix(path, module+"/") }

func matches(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(path, f) })
}

// arrowFaults are the wrong imports.
func arrowFaults(pkgs []pkg) (faults []string) {
	standard := map[string]bool{"C": true}
	for _, p := range pkgs {
		standard[p.ImportPath] = p.Standard
	}
	wrong := func(from, to, rule string) {
		faults = append(faults, fmt.Sprintf("%s imports %s: %s", from, short(to), rule))
	}
	for _, p := range pkgs {
		from := short(p.ImportPath)
		if !within(p.ImportPath, module) {
			continue
		}
		all := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		slices.Sort(all)
		for _, to := range slices.Compact(all) {
			for _, what := range slices.Sorted(maps.Keys(reserved)) {
				if own := within(from, what); within(short(to), what) && !own && !matches(from, reserved[what]) {
					wrong(from, to, fmt.Sprintf("only %v may", reserved[what]))
				}
			}
		}
		for folder, may := range confined {
			for _, to := range p.Imports {
				if within(from, folder) && !standard[to] && !within(short(to), folder) && !matches(short(to), may) {
					wrong(from, to, fmt.Sprintf("it may import the standard library and %v", may))
				}
			}
		}
		for folder, not := range above {
			for _, to := range p.Deps {
				if within(from, folder) && within(to, module) && matches(short(to), not) {
					wrong(from, to, "that stands above it")
				}
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// cgoFaults are the packages that a build without cgo and CUDA must not reach.
func cgoFaults(pkgs []pkg) (faults []string) {
	for _, p := range pkgs {
		switch {
		case within(p.ImportPath, "gorgonia.org/cu"):
			faults = append(faults, p.ImportPath+" is reached")
		case !p.Standard && len(p.CgoFiles) > 0:
			faults = append(faults, fmt.Sprintf("%s uses cgo in %v", p.ImportPath, p.CgoFiles))
		}
	}
	return faults
}

// goList lists the repository's packages and all they depend on.
func goList(t *testing.T, tags, cgo string, more ...string) (pkgs []pkg) {
	args := append([]string{"list", "-deps", "-tags=" + tags, "-json=ImportPath,Standard,Imports,TestImports,XTestImports,Deps,CgoFiles"}, more...)
	cmd := exec.Command("go", append(args, "./...")...)
	cmd.Dir, cmd.Stderr = root(t), os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestArrows(t *testing.T) {
	for _, tags := range []string{"", "cpu"} {
		pkgs := goList(t, tags, "1") // so that a package of cgo files is listed where there is no C compiler, too
		if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.ImportPath == module+"/cpu_fallback" }) {
			t.Fatal("the list lacks cpu_fallback")
		}
		report(t, arrowFaults(pkgs))
	}
}

func TestNoCgo(t *testing.T) {
	for _, cgo := range []string{"0", "1"} {
		report(t, cgoFaults(goList(t, "cpu", cgo, "-test")))
	}
}

func TestArrowsGoRed(t *testing.T) {
	of := func(from string, imports ...string) pkg {
		return pkg{ImportPath: module + "/" + from, Imports: imports, Deps: imports}
	}
	in := func(s string) string { return module + "/" + s }
	std := pkg{ImportPath: "fmt", Standard: true}
	for _, right := range []pkg{
		of("cuda", "gorgonia.org/cu", "fmt", in("internal/engine"), in("kernels"), "C"),
		of("bench/peers", "gorgonia.org/tensor/native"),
		of("interop/gorgonia", "gorgonia.org/tensor", in("tensor")),
		of("layers", in("tensor"), "gonum.org/v1/gonum/mat"),
		of("trainer", in("cmd/braid")), // a name that begins like another
		{ImportPath: "example.com/x", Imports: []string{"gorgonia.org/cu"}},
	} {
		wantFaults(t, arrowFaults([]pkg{std, right}))
	}
	for _, c := range []struct {
		p    pkg
		want string
	}{
		{of("tensor/x", "gorgonia.org/cu/dnn"), "only [cuda] may"},
		{of("optim", "gorgonia.org/tensor"), "only [interop/gorgonia bench] may"},
		{pkg{ImportPath: in("data"), XTestImports: []string{"gorgonia.org/tensor"}}, "data imports gorgonia.org/tensor"},
		{of("metrics", "gonum.org/v1/plot/plotter"), "only [report bench] may"},
		{of("layers", in("cpu_fallback")), "layers imports cpu_fallback"},
		{of("examples/x", in("internal/engine")), "examples/x imports internal/engine"},
		{of("kernels", "example.com/x"), "kernels imports example.com/x"},
		{of("internal/engine", in("internal/check")), "internal/engine imports internal/check"},
		{of("cpu_fallback", "golang.org/x/sys/cpu"), "cpu_fallback imports golang.org/x/sys/cpu"},
		{of("tensor", in("layers")), "tensor imports layers"},
		{of("models", in("train")), "stands above"},
		{pkg{ImportPath: in("layers/x"), Deps: []string{in("models")}}, "layers/x imports models: that stands above it"},
		{pkg{ImportPath: in("data"), Deps: []string{in("cmd/braid")}}, "data imports cmd/braid"},
	} {
		faults := arrowFaults([]pkg{std, c.p})
		if len(faults) == 0 || !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, c.want) }) {
			t.Errorf("%s: %q, want %q", c.p.ImportPath, faults, c.want)
		}
	}
	wantFaults(t, cgoFaults([]pkg{
		{ImportPath: "net", Standard: true, CgoFiles: []string{"cgo_linux.go"}},
		{ImportPath: "gorgonia.org/cu"},
		{ImportPath: in("cuda"), CgoFiles: []string{"driver.go"}},
		{ImportPath: in("tensor")},
	}), "gorgonia.org/cu is reached", "cuda uses cgo in [driver.go]")
}
