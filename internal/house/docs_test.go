package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"testing"
)

// docFaults are the exported identifiers of public packages that no comment explains, and packages without one.
//
// A constant or variable in a group may have its comment behind it, or share the group's. A group of constants of one
// type is explained by the type: Int32 needs no sentence of its own beside DType's. Generated files speak through their
// generator.
func docFaults(all []source) (faults []string) {
	packages := map[string]bool{} // folder: has a package comment
	for _, s := range all {
		if s.test() {
			continue
		}
		folder := path.Dir(s.path)
		packages[folder] = packages[folder] || s.file.Doc != nil
		if s.file.Name.Name == "main" || s.under("internal", "examples", "cmd", "bench") || ast.IsGenerated(s.file) {
			continue
		}
		fault := func(n ast.Node, name string) {
			faults = append(faults, fmt.Sprintf("%s: %s has no comment", s.at(n), name))
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && d.Name.IsExported() && receiverExported(d) {
					fault(d, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, name := range silent(d) {
					fault(name, name.Name)
				}
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(packages)) {
		if !packages[folder] {
			faults = append(faults, folder+": the package has no comment")
		}
	}
	return faults
}

// receiverExported is false for methods of unexported types, which nobody finds in the documentation.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !exported {
			exported = id.IsExported()
			return false
		}
		return true
	})
	return exported
}

// silent are the exported names of a declaration that no comment explains.
func silent(d *ast.GenDecl) (names []*ast.Ident) {
	typed := false
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			typed = typed || d.Tok == token.CONST && s.Type != nil
			if d.Doc != nil || s.Doc != nil || s.Comment != nil || typed && d.Lparen.IsValid() {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func TestDocs(t *testing.T) { report(t, docFaults(sources(t))) }

func TestDocsGoRed(t *testing.T) {
	text := `// Package a is explained.
package a

type T struct{}

// U is explained.
type U struct{}

func (T) M()  {}
func (*U) N() {}
func (u) O()  {}
func F()      {}
func g()      {}

type u[K any] struct{}

type L[K any] struct{}

func (*L[K]) P() {}

const A = 1

const (
	B   T = iota
	C
)

// Errors are explained.
var (
	ErrX = 1
	ErrY = 2
)

var (
	D = 1 // explained
	E = 2
)
`
	wantFaults(t, docFaults([]source{parse(t, "a/a.go", text)}),
		"a/a.go:4:6: T has", ": M has", ": N has", ": F has", ": L has", ": P has", ": A has", ": E has")
	wantFaults(t, docFaults([]source{parse(t, "internal/a/a.go", text), parse(t, "a/a_test.go", text)}))
	wantFaults(t, docFaults([]source{
		parse(t, "a/a.go", "package a\n"), parse(t, "a/b.go", "// Package a is explained.\npackage a\n"), parse(t, "internal/b/b.go", "package b\n"),
	}), "internal/b: the package has no comment")
}
