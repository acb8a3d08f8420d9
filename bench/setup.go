package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type setupCommand struct {
	Peers  []string `help:"Only what these need." placeholder:"NAME"`
	Venv   string   `help:"Where to put the Python libraries; .venv/bench by default." placeholder:"DIR" type:"path"`
	Python string   `help:"Which Python makes the environment." default:"python3"`
}

// Run installs each library by itself, so that one that is not to be had does not keep the others away. It fails where
// one of those that were asked for by name fails, or all.
func (c *setupCommand) Run(w *world) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if c.Venv == "" {
		c.Venv = defaultVenv(root)
	}
	if _, err := os.Stat(python(c.Venv)); err != nil {
		if err := c.command(w, c.Python, "-m", "venv", c.Venv); err != nil {
			return err
		}
	}
	needs, err := requirements(filepath.Join(root, "bench", "peers", "python", "requirements.txt"))
	if err != nil {
		return err
	}
	done, failed := 0, 0
	for _, n := range needs {
		if len(c.Peers) > 0 && n.peer != "" && !c.wanted(n.peer) {
			continue
		}
		args := append([]string{"-m", "pip", "install", "--disable-pip-version-check", "-q"}, n.packages...)
		if err := c.command(w, python(c.Venv), args...); err != nil {
			fmt.Fprintf(w.err, "%s: %v\n", n.peer, err)
			failed++
			continue
		}
		done++
	}
	for _, p := range goPeers {
		if len(p.args) > 0 || len(c.Peers) > 0 && !c.wanted(p.name) {
			continue
		}
		fmt.Fprintln(w.err, "go build", p.module)
		if err := p.build(w, root, true); err != nil {
			fmt.Fprintf(w.err, "%s: %v\n", p.name, err)
			failed++
			continue
		}
		done++
	}
	if done == 0 || failed > 0 && len(c.Peers) > 0 {
		return fmt.Errorf("bench: setup: %d could not be installed", failed)
	}
	return nil
}

// wanted reports whether one of the peers asked for is this one, or a variant of it.
func (c *setupCommand) wanted(peer string) bool {
	for _, pattern := range c.Peers {
		if match(pattern, peer) || strings.HasPrefix(pattern, peer+"-") {
			return true
		}
	}
	return false
}

func (c *setupCommand) command(w *world, name string, args ...string) error {
	fmt.Fprintln(w.err, name, strings.Join(args, " "))
	cmd := exec.CommandContext(w.ctx, name, args...)
	cmd.Stdout, cmd.Stderr = w.err, w.err
	return cmd.Run()
}

// need is what a peer needs; that without a peer is for all.
type need struct {
	peer     string
	packages []string
}

// requirements reads lines of "peer: package==version package==version".
func requirements(file string) (all []need, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		text, _, _ := strings.Cut(s.Text(), "#")
		peer, packages, ok := strings.Cut(text, ":")
		if !ok {
			continue
		}
		peer = strings.TrimSpace(peer)
		if peer == "all" {
			peer = ""
		}
		all = append(all, need{peer, strings.Fields(packages)})
	}
	return all, s.Err()
}
