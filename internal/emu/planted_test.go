//go:build linux && amd64 && !cpu

package emu

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// planted is the emulator with the kernels of a source in testdata, and the program that drives it.
type planted struct{ host, lib, image string }

// buildTest makes both. The image is PTX with entries and no code: the emulator reads no more of it.
func buildTest(t *testing.T, name string, checked bool) planted {
	t.Helper()
	if err := Available(); err != nil {
		t.Skip(err)
	}
	source := readFile(t, filepath.Join("testdata", name+".cu"))
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^KERNEL (\w+)`).FindAllStringSubmatch(source, -1) {
		names = append(names, m[1])
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	b := builder{root, filepath.Join(root, "internal", "emu", "testdata"), []family{{name, names}}, checked}
	lib, err := b.build()
	if err != nil {
		t.Fatal(err)
	}
	c, err := openCache()
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, filepath.Join("testdata", "host.cpp"))
	host, err := c.make(c.path("", []byte(text)), func(out string) *exec.Cmd {
		return exec.Command("g++", "-O1", "-o", out, filepath.Join("testdata", "host.cpp"), "-ldl")
	})
	if err != nil {
		t.Fatal(err)
	}
	p := planted{host, lib, filepath.Join(t.TempDir(), "planted.ptx")}
	if err := os.WriteFile(p.image, ptx(names, ".u64 a", ".u64 b", ".u64 n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// buildPlanted is the emulator with the planted bugs.
func buildPlanted(t *testing.T, checked bool) planted { return buildTest(t, "planted", checked) }

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// ptx is an image for sm_80 whose kernels have the given parameters.
func ptx(names []string, params ...string) []byte {
	b := []byte(".version 8.4\n.target sm_80\n")
	for _, n := range names {
		b = fmt.Appendf(b, ".visible .entry %s(\n\t.param %s\n)\n{\n}\n", n, strings.Join(params, ",\n\t.param "))
	}
	return append(b, 0)
}

// run gives the script to the program and returns what it prints.
func (p planted) run(t *testing.T, script string, env ...string) string {
	t.Helper()
	cmd := exec.Command(p.host, p.lib)
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// script loads the image, makes two buffers and launches one kernel over 64 floats of each.
func (p planted) script(kernel string, grid int) string {
	return fmt.Sprintf("load %s\nalloc y 64 0\nalloc x 64 2\nlaunch %s %d 64 y x 64\nsync\nprint y 4\n", p.image, kernel, grid)
}

// line is where testdata/planted.cu has the bug of a name.
func line(t *testing.T, name string) string {
	t.Helper()
	for i, text := range strings.Split(readFile(t, filepath.Join("testdata", "planted.cu")), "\n") {
		if strings.HasSuffix(text, "// BUG "+name) {
			return fmt.Sprintf("planted.cu:%d", i+1)
		}
	}
	t.Fatalf("no BUG %s", name)
	return ""
}

// Each bug is found in every order of threads, and the report has the line.
func TestPlantedBugs(t *testing.T) {
	for _, c := range []struct {
		kernel, report string
		grid           int
		unchecked      bool // the fast build sees it, too
	}{
		{"no_barrier", "shared memory part", 1, false},
		{"overwritten", "race with a", 1, false},
		{"no_wait", "cp.async is in flight", 1, false},
		{"past_end", "out of bounds, byte 256 of a buffer of 256", 1, false},
		{"past_shared", "out of bounds, byte", 1, false},
		{"never_written", "uninitialised shared memory part[byte 252]", 1, false},
		{"divergent", "divergent __syncthreads", 1, true},
		{"skipped_lane", "deadlock", 1, true},
		{"not_in_mask", "is not in its own mask", 1, true},
		{"misaligned", "misaligned", 1, false},
		{"other_block", "race with a write by another block", 2, false},
		{"spins", "no progress", 1, true},
		{"grid_sum", "in a launch that is not cooperative", 1, true},
		{"not_handed", "in a launch that is not cooperative", 1, true},
	} {
		for _, checked := range []bool{true, false} {
			if !checked && !c.unchecked {
				continue
			}
			p := buildPlanted(t, checked)
			for _, seed := range []string{"0", "1", "2", "3"} {
				script := p.script(c.kernel, c.grid)
				if c.kernel == "past_end" { // the 65th thread
					script = strings.Replace(script, "1 64 y x 64", "1 65 y x 64", 1)
				}
				got := p.run(t, script, "BRAID_EMU_SEED="+seed)
				if !strings.Contains(got, c.report) || !strings.Contains(got, line(t, c.kernel)) {
					t.Errorf("%s, checked %v, seed %s: no %q at %s in\n%s", c.kernel, checked, seed, c.report, line(t, c.kernel), got)
				}
			}
		}
	}
}

// Words that blocks hand to each other: what is wrong with their exchange is found, and nothing where all is right.
func TestPlantedExchange(t *testing.T) {
	for _, c := range []struct{ kernel, report string }{
		{"handed", ""},
		{"unawaited", "race with a write by another block"},
		{"not_handed", "no progress"},
		{"handed_twice", "was so already"},
	} {
		for _, checked := range []bool{true, false} {
			if !checked && c.kernel == "unawaited" {
				continue
			}
			p := buildPlanted(t, checked)
			script := fmt.Sprintf("load %s\nalloc y 64 0\nalloc x 16 2 7\nlaunch owe 1 64 y x 64\ncooperative %s 4 16 y x 64\nsync\nprint y 64\n",
				p.image, c.kernel)
			for _, seed := range []string{"0", "1", "2", "3"} {
				got := p.run(t, script, "BRAID_EMU_SEED="+seed)
				if c.report == "" {
					if want := handed(); got != want {
						t.Errorf("%s, checked %v, seed %s: got %q, want %q", c.kernel, checked, seed, got, want)
					}
				} else if !strings.Contains(got, c.report) || checked && !strings.Contains(got, line(t, c.kernel)) {
					t.Errorf("%s, checked %v, seed %s: no %q at %s in\n%s", c.kernel, checked, seed, c.report, line(t, c.kernel), got)
				}
			}
		}
	}
}

// handed is what the kernel of that name prints.
func handed() string {
	var y [64]int
	var text strings.Builder
	for i := range y {
		if y[i] = 2 + i%16*(i%16)*5%7; i >= 16 {
			y[i] += y[i/16*16-1-i%16]
		}
		fmt.Fprintf(&text, "%d ", y[i])
	}
	return text.String() + "\n"
}

func TestGoodKernel(t *testing.T) {
	for _, checked := range []bool{true, false} {
		p := buildPlanted(t, checked)
		for _, seed := range []string{"0", "1", "2", "3"} {
			if got := p.run(t, p.script("good", 1), "BRAID_EMU_SEED="+seed); got != "34 34 34 34 \n" {
				t.Errorf("checked %v, seed %s: %q", checked, seed, got)
			}
		}
	}
}

func TestCopyLeftInFlight(t *testing.T) {
	p := buildPlanted(t, false)
	if got := p.run(t, p.script("left_in_flight", 1)); !strings.Contains(got, "exits with cp.async in flight") {
		t.Errorf("%s", got)
	}
}
