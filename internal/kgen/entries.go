package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// param is one parameter; Type is u32, int, float, u64, or "*" for any pointer.
type param struct{ Name, Type string }

type kernel struct {
	Name    string
	Params  []param
	Threads int // the launch bound, or 0
}

var sizes = map[string]int{"u32": 4, "int": 4, "float": 4, "u64": 8, "*": 8}

var (
	bound = `(?:__launch_bounds__\s*\([^)]*\)\s*)?`
	decl  = regexp.MustCompile(`(?s)__global__ void\s+` + bound + `(\w+)\s*\(([^)]*)\)\s*\{`)
	entry = regexp.MustCompile(`(?s)\.entry (\w+)\((.*?)\)(.*?)\{`)
	bits  = regexp.MustCompile(`\.param \.(?:align \d+ \.b8 \w+(\[\d+\])|[a-z](\d+))`)
	maxnt = regexp.MustCompile(`\.maxntid (\d+)`)
)

// declarations is the kernels of a source in its order. Macros may make kernels, so the C++ preprocessor reads first.
func declarations(file string) ([]kernel, error) {
	cmd := exec.Command(cmp.Or(os.Getenv("CXX"), "g++"), "-E", "-P", "-D__CUDA_ARCH__=800", "-x", "c++", file)
	src, err := output(cmd)
	if err != nil {
		return nil, fmt.Errorf("preprocessor: %w", err)
	}
	return declared(string(src))
}

func declared(src string) (all []kernel, err error) {
	for _, m := range decl.FindAllStringSubmatch(src, -1) {
		k := kernel{Name: m[1]}
		for p := range strings.SplitSeq(m[2], ",") {
			f := strings.Fields(strings.NewReplacer("const ", " ", "__restrict__", " ", "*", "* ").Replace(p))
			if len(f) < 2 {
				return nil, fmt.Errorf("%s: cannot read parameter %q", k.Name, p)
			}
			t := f[0]
			if strings.Contains(p, "*") {
				t = "*"
			}
			if sizes[t] == 0 {
				return nil, fmt.Errorf("%s: parameter %q: a kernel takes pointers, u32, int, u64 and float", k.Name, strings.TrimSpace(p))
			}
			k.Params = append(k.Params, param{f[len(f)-1], t})
		}
		all = append(all, k)
	}
	return all, nil
}

// match checks the declared kernels against the entries of a PTX: the same names, the same parameter sizes.
func match(all []kernel, ptx []byte) ([]kernel, error) {
	found := map[string][]string{}
	for _, m := range entry.FindAllStringSubmatch(string(ptx), -1) {
		found[m[1]] = m
	}
	out := make([]kernel, len(all))
	for i, k := range all {
		m, ok := found[k.Name]
		if !ok {
			return nil, fmt.Errorf("%s is in the source, but not in the PTX", k.Name)
		}
		delete(found, k.Name)
		params := bits.FindAllStringSubmatch(m[2], -1)
		if len(params) != len(k.Params) {
			return nil, fmt.Errorf("%s: %d parameters in the source, %d in the PTX", k.Name, len(k.Params), len(params))
		}
		for j, p := range params {
			if p[1] != "" || number(p[2])/8 != sizes[k.Params[j].Type] {
				return nil, fmt.Errorf("%s: parameter %s is %s in the source, %q in the PTX", k.Name, k.Params[j].Name, k.Params[j].Type, p[0])
			}
		}
		if t := maxnt.FindStringSubmatch(m[3]); t != nil {
			k.Threads = number(t[1])
		}
		out[i] = k
	}
	for name := range found {
		return nil, fmt.Errorf("%s is in the PTX, but not in the source as KERNEL %[1]s(…)", name)
	}
	return out, nil
}
