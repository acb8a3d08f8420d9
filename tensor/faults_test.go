package tensor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlantedFaults breaks the recorder in ways it could be broken, and wants the tests to see each.
func TestPlantedFaults(t *testing.T) {
	if os.Getenv("BRAID_PLANTED") != "" || testing.Short() {
		t.Skip("compiles the package several times")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	for _, f := range []struct{ name, file, old, new, test string }{
		{"a fused op at the place of its tail", "build.go", "n.chain[0] == e:", "n.out == e:", "TestRandomPrograms"},
		{"no version check", "build.go", "if b.plan.version(q) != v {", "if false && v < 0 {", "TestRandomPrograms|TestGradientAfterUpdate"},
		{"tapes compared by type only", "record.go", "!ok || ko != o ||", "!ok || ko != ko ||", "TestRandomPrograms"},
		{"operands not compared", "record.go", "if k.in[i] != e {", "if k.in[i] == nil && e != nil {", "TestOperandsCompared"},
		{"a wrong count of consumers", "build.go", "len(u) != 1 ||", "len(u) < 1 ||", "TestFusion"},
		{"a plan kept after its parameters moved", "pass.go", "if p.moves != p.dev.moves.Load() ||", "if", "TestMovedParameter"},
		{"shared gradients added to in place", "gradient.go", "if k.refs[old] > 1 {", "if k.refs[old] > 100 {", "TestRandomPrograms|TestSharedGradient"},
		{"a residual that is not there yet", "build.go", "return !here || i < place[head]", "return !here || i >= 0", "TestFusedSums"},
		{"a bias from before its update", "build.go", "return ok && w.writes()", "return ok && w.writes() && false", "TestFusedSums"},
		{"an activation undone before all has come", "epilogue.go", "if k.pending[x] > 0 {", "if k.pending[x] > 100 {", "TestFusedGradients"},
		{"an activation undone in a gradient asked for", "epilogue.go", "asked || n == nil", "asked && n == nil", "TestFusedGradients"},
		{"an activation undone twice", "epilogue.go", "if b.back.undone[n] {", "if b.back.undone[nil] {", "TestFusedGradients"},
		{"a shared gradient that a product adds to", "epilogue.go", "case more && k.refs[old] == 1:", "case more && k.refs[old] > 0:", "TestFusedGradients"},
		{"random numbers that a replay repeats", "pass.go", "if p.dev == nil || p.seeded {", "if p.dev == nil || p.seeded || !p.state.Absent() {", "TestDropoutDrawsAnew"},
	} {
		t.Run(f.name, func(t *testing.T) {
			src, err := os.ReadFile(f.file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(src), f.old) != 1 {
				t.Fatalf("%s has %q %d times, want once", f.file, f.old, strings.Count(string(src), f.old))
			}
			dir := t.TempDir()
			bad, overlay := filepath.Join(dir, f.file), filepath.Join(dir, "overlay.json")
			own, err := filepath.Abs(f.file)
			if err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(map[string]map[string]string{"Replace": {own: bad}})
			if err != nil {
				t.Fatal(err)
			}
			for path, text := range map[string]string{bad: strings.Replace(string(src), f.old, f.new, 1), overlay: string(list)} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("go", "test", "-tags", "cpu", "-overlay", overlay, "-run", f.test, ".")
			cmd.Env = append(os.Environ(), "BRAID_PLANTED=1", "BRAID_PROGRAMS=300")
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("%s: nothing noticed", f.name)
			} else if !strings.Contains(string(out), "--- FAIL") {
				t.Errorf("the planted fault does not build:\n%s", out)
			}
		})
	}
}
