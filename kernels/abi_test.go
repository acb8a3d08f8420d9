package kernels

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// signature is what host and device must agree on: the bytes of each parameter, and the launch bound.
type signature struct {
	sizes   string // "8 8 4"
	threads int
}

var (
	entry = regexp.MustCompile(`(?s)\.entry (\w+)\((.*?)\)(.*?)\{`)
	bits  = regexp.MustCompile(`\.param \.[a-z](\d+)`)
	bound = regexp.MustCompile(`\.maxntid (\d+)`)
)

// entries is the signatures of a PTX.
func entries(ptx string) map[string]signature {
	all := map[string]signature{}
	for _, m := range entry.FindAllStringSubmatch(ptx, -1) {
		var sizes []string
		for _, p := range bits.FindAllStringSubmatch(m[2], -1) {
			n, _ := strconv.Atoi(p[1])
			sizes = append(sizes, strconv.Itoa(n/8))
		}
		s := signature{sizes: strings.Join(sizes, " ")}
		if t := bound.FindStringSubmatch(m[3]); t != nil {
			s.threads, _ = strconv.Atoi(t[1])
		}
		all[m[1]] = s
	}
	return all
}

// structs is the signatures that generated source declares: sizes by the types of the fields, the rest by what the
// methods Name and MaxThreads return.
func structs(t *testing.T, source any, name string) map[string]signature {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	sizes, names, threads := map[string]string{}, map[string]string{}, map[string]string{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if spec, ok := d.Specs[0].(*ast.TypeSpec); ok {
				sizes[spec.Name.Name] = fieldSizes(spec.Type.(*ast.StructType))
			}
		case *ast.FuncDecl:
			of := d.Recv.List[0].Type.(*ast.Ident).Name
			switch lit, _ := d.Body.List[0].(*ast.ReturnStmt); d.Name.Name {
			case "Name":
				names[of] = lit.Results[0].(*ast.BasicLit).Value
			case "MaxThreads":
				threads[of] = lit.Results[0].(*ast.BasicLit).Value
			}
		}
	}
	all := map[string]signature{}
	for of, quoted := range names {
		kernel, _ := strconv.Unquote(quoted)
		n, _ := strconv.Atoi(threads[of])
		all[kernel] = signature{sizes[of], n}
	}
	return all
}

func fieldSizes(s *ast.StructType) string {
	bytes := map[string]string{"uint64": "8", "uint32": "4", "int32": "4", "float32": "4"}
	var sizes []string
	for _, f := range s.Fields.List {
		for range f.Names {
			sizes = append(sizes, bytes[fmt.Sprint(f.Type)])
		}
	}
	return strings.Join(sizes, " ")
}

// Every PTX has the kernels and the parameters of the generated structs; kgen checks cubins when it makes them, and the
// emulator when it loads them.
func TestStructsMatchImages(t *testing.T) {
	for _, family := range Families() {
		name := "z" + family + ".go"
		declared := structs(t, nil, name)
		images, err := imageNames(family + ".compute_*.ptx")
		if err != nil || len(images) == 0 {
			t.Errorf("%s has no PTX: %v", family, err)
		}
		for _, image := range images {
			img, err := Read(image)
			if err != nil {
				t.Fatal(err)
			}
			if got := entries(string(img.Data)); !maps.Equal(got, declared) {
				t.Errorf("%s has %v, %s has %v", image, got, name, declared)
			}
		}
	}
}

func TestSignaturesGoRed(t *testing.T) {
	const source = "package kernels\ntype AF32 struct {\n\tY uint64\n\tN uint32\n}\nfunc (AF32) Name() string { return \"a_f32\" }\n" +
		"func (AF32) MaxThreads() int { return 256 }\n"
	declared := structs(t, source, "za.go")
	good := ".entry a_f32(\n .param .u64 a_f32_param_0,\n .param .u32 a_f32_param_1\n)\n.maxntid 256, 1, 1\n{"
	if !maps.Equal(entries(good), declared) {
		t.Errorf("%v is not %v", entries(good), declared)
	}
	for _, change := range [][2]string{{".u32", ".u64"}, {"256", "128"}, {"a_f32(", "b_f32("}, {".param .u64 a_f32_param_0,", ""}} {
		if bad := strings.Replace(good, change[0], change[1], 1); maps.Equal(entries(bad), declared) {
			t.Errorf("%q for %q passes", change[1], change[0])
		}
	}
}

func TestPack(t *testing.T) {
	var s Slots
	n := ReLUFwdF32{Y: 1 << 40, X: 2, A: -1.5, B: 3, N: 1 << 33}.Pack(&s)
	want := []uint64{1 << 40, 2, uint64(math.Float32bits(-1.5)), uint64(math.Float32bits(3)), 1 << 33}
	if !slices.Equal(s[:n], want) {
		t.Errorf("slots %v, want %v", s[:n], want)
	}
	s = Slots{}
	n = ArithmeticStridedF32{First: -1, Op: 1<<32 - 1, StrideB5: math.MaxUint64}.Pack(&s)
	if n != 24 || s[4] != math.MaxUint32 || s[5] != math.MaxUint32 || s[23] != math.MaxUint64 {
		t.Errorf("%d slots: %v", n, s)
	}
}
