package optable

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withoutRow are exported functions that return tensors and compute nothing of their own.
var withoutRow = map[string]string{
	"Input":     "brings the inputs of every row",
	"From":      "is Input for a slice",
	"Use":       "names a parameter; its value is read in the tests of package tensor",
	"NewParam":  "makes a parameter",
	"Freeze":    "marks a parameter",
	"Unfreeze":  "marks a parameter",
	"Params":    "lists the parameters of a Flat",
	"Gradients": "is what every differentiable row is checked with",
	"GradNorm":  "reads a Flat: tested with the optimisers",
}

// operations are the exported functions and methods of the files that return a tensor, in a list or a function too.
func operations(files []*ast.File) []string {
	found := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() && returnsTensor(fn.Type) {
				found[fn.Name.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func returnsTensor(f *ast.FuncType) bool {
	if f.Results == nil {
		return false
	}
	for _, r := range f.Results.List {
		t := r.Type
		if list, ok := t.(*ast.ArrayType); ok {
			t = list.Elt
		}
		if fn, ok := t.(*ast.FuncType); ok && returnsTensor(fn) {
			return true
		}
		if p, ok := t.(*ast.StarExpr); ok {
			if id, ok := p.X.(*ast.Ident); ok && id.Name == "Tensor" {
				return true
			}
		}
	}
	return false
}

func missing(ops []string, rows []Row) []string {
	return slices.DeleteFunc(slices.Clone(ops), func(op string) bool {
		return withoutRow[op] != "" || slices.ContainsFunc(rows, func(r Row) bool { return r.Op() == op })
	})
}

func TestEveryOperationHasARow(t *testing.T) {
	paths, err := filepath.Glob("../../tensor/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	ops := operations(files)
	if m := missing(ops, Rows); len(m) > 0 {
		t.Errorf("no row for %s: add one to the file of its family", strings.Join(m, ", "))
	}
	for _, r := range Rows {
		if !slices.Contains(ops, r.Op()) {
			t.Errorf("row %s: package tensor has no operation %s", r.Name, r.Op())
		}
	}
	for op := range withoutRow {
		if !slices.Contains(ops, op) {
			t.Errorf("%s is excused from having a row, but package tensor does not have it", op)
		}
	}
}

// The search finds every kind of result that an operation has, and misses nothing when a row is taken away.
func TestMissingRowsAreFound(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "planted.go", `package tensor
func (t *Tensor) Plain() *Tensor { return nil }
func (p *Pass) Several() (a, b *Tensor) { return }
func List(dim int) []*Tensor { return nil }
func Made(k int) func(a, b *Tensor) *Tensor { return nil }
func (t *Tensor) Shape() []int { return nil }
func (t *Tensor) hidden() *Tensor { return nil }
func (t *Tensor) Assign(x *Tensor) {}
`, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"List", "Made", "Plain", "Several"}
	got := operations([]*ast.File{f})
	if !slices.Equal(got, want) {
		t.Errorf("operations are %v, want %v", got, want)
	}
	if m := missing(got, []Row{{Name: "List/one"}, {Name: "Plain"}, {Name: "Severally"}}); !slices.Equal(m, []string{"Made", "Several"}) {
		t.Errorf("missing are %v, want Made and Several", m)
	}
}
