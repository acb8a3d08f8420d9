package house

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"
	"testing"
)

// programs may speak and end themselves; libraries return what they have to say.
var programs = []string{"bench", "examples", "cmd"}

var loud = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"os":  {"Exit"},
}

// quietFaults are a library's uses of log, fmt.Print, os.Exit, print and println.
func quietFaults(s source) (faults []string) {
	if s.test() || s.file.Name.Name == "main" || s.under(programs...) {
		return nil
	}
	fault := func(n ast.Node, what string) {
		faults = append(faults, fmt.Sprintf("%s: %s in a library", s.at(n), what))
	}
	called := map[string]string{} // by which name the file knows fmt and os
	for _, i := range s.file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if path == "log" {
			fault(i, "log")
		}
		if loud[path] != nil {
			called[path] = path
			if i.Name != nil {
				called[path] = i.Name.Name
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			for path, names := range loud {
				for _, name := range names {
					if ok && x.Name == called[path] && n.Sel.Name == name {
						fault(n, path+"."+name)
					}
				}
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				fault(n, f.Name)
			}
		}
		return true
	})
	return faults
}

func TestQuiet(t *testing.T) {
	for _, s := range sources(t) {
		report(t, quietFaults(s))
	}
}

func TestQuietGoesRed(t *testing.T) {
	text := `package a

import (
	"fmt"
	"log"
	"log/slog"
	sys "os"
)

func f(os interface{ Exit(int) }) {
	fmt.Println()
	_ = fmt.Sprint()
	g := fmt.Printf
	sys.Exit(1)
	os.Exit(1)
	println(1)
}
`
	wantFaults(t, quietFaults(parse(t, "a/a.go", text)), "a/a.go:5:2: log", "11:2: fmt.Println", "13:7: fmt.Printf", "14:2: os.Exit", "16:2: println")
	for _, path := range []string{"a/a_test.go", "cmd/braid/a.go", "examples/x/a.go", "bench/a.go"} {
		wantFaults(t, quietFaults(parse(t, path, text)))
	}
	wantFaults(t, quietFaults(parse(t, "internal/kgen/a.go", strings.Replace(text, "package a", "package main", 1))))
	wantFaults(t, quietFaults(parse(t, "benches/a.go", "package a\n\nfunc f() { print() }\n")), "print in a library")
}
