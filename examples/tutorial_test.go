package examples

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
)

// blocks are the fenced blocks of a language in a Markdown text.
func blocks(text, language string) (all []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestTutorial runs every command of docs/tutorial.md, in its order, and compares its program with examples/ask.
func TestTutorial(t *testing.T) {
	if tensorcheck.Emulated() || testing.Short() {
		t.Skip("it trains four models")
	}
	b, err := os.ReadFile("../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	program, err := os.ReadFile("ask/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if code := blocks(text, "go"); len(code) != 1 || code[0] != string(program) {
		t.Error("the tutorial's program is not that of examples/ask")
	}
	dir := t.TempDir()
	commands := blocks(text, "sh")
	if len(commands) < 8 {
		t.Fatalf("the tutorial has %d blocks of commands", len(commands))
	}
	for _, block := range commands {
		if strings.HasPrefix(block, "go install") {
			continue
		}
		out, err := bash(t.Context(), dir, block)
		if err != nil {
			t.Fatalf("%s%v\n%s", block, err, out)
		}
		if strings.HasPrefix(block, "ask ") && !regexp.MustCompile(`^[a-z]+ \([0-9]+ %\)\n$`).MatchString(out) {
			t.Errorf("ask prints %q", out)
		}
	}
	for _, name := range []string{"preview.png", "rates.png", "why.png", "answers.csv", "run/report.html", "search/trials.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 100 {
			t.Errorf("the commands leave no %s (%v)", name, err)
		}
	}
	if _, err := bash(t.Context(), dir, "braid data info nowhere\ntrue\n"); err == nil {
		t.Error("a command that fails is not seen")
	}
}

func bash(ctx context.Context, dir, script string) (string, error) {
	c := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+programs+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	return string(out), err
}
