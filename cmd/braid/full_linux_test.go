package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() { roles["full"] = fullDisk }

// limit plays a disk that is full after so many bytes of each file: like a full disk, it lets a write fail in the middle.
func limit(bytes uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		return err
	}
	l.Cur = min(bytes, l.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
}

// fullDisk runs the program on disks of several sizes, and then with room. dir holds a finished run.
func fullDisk(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	run, out, other := filepath.Join(dir, "run"), filepath.Join(dir, "new"), filepath.Join(dir, "other")
	train, resume := with("train", "fusion", "--out", out), []string{"train", "fusion", "--resume", "--out", out}
	const finished = "best history.csv history.json last model.safetensors result.json run.json"
	for _, c := range []struct {
		room        uint64
		args        []string
		bar         string // where the program is interrupted; "": it is not
		folder, has string // what is there afterwards
	}{
		{100, train, "", out, ""},
		{1000, append(long, "--out", other), "epoch 1 [", other, "run.json"},
		{10_000, train, "", out, "run.json"},
		{300_000, resume, "", out, "run.json"}, // the parameters fit, the optimizer's state does not
		{1000, []string{"train", "fusion", "--resume", "--out", run}, "", run, finished},
		{100, []string{"eval", "--model", run, "--json", filepath.Join(run, resultFile)}, "", run, finished},
	} {
		if err := limit(c.room); err != nil {
			return err
		}
		code, text, complaint := interrupted("", c.bar, c.args...)
		last := complaint[strings.LastIndex(strings.TrimSuffix(complaint, "\n"), "\n")+1:]
		if code != 1 || !strings.Contains(last, "file too large") || strings.Contains(complaint, "stopped and saved") {
			return fmt.Errorf("%d bytes, %v: exit %d, %q, %q; want an error about the disk", c.room, c.args, code, text, complaint)
		}
		var names []string
		entries, err := os.ReadDir(c.folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if got := strings.Join(names, " "); got != c.has {
			return fmt.Errorf("%d bytes, %v: the folder holds %q, want %q", c.room, c.args, got, c.has)
		}
	}
	if err := limit(1 << 40); err != nil {
		return err
	}
	if code, _, complaint := braid(resume...); code != 0 {
		return fmt.Errorf("with room again: %s", complaint)
	}
	return nil
}

// TestFull: on a full disk the program says so, leaves what was there and nothing half-written, and goes on when there is
// room again, to the same model.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS(trained())); err != nil {
		t.Fatal(err)
	}
	before := files(t, filepath.Join(dir, "run"))
	exe, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot start itself:", err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), roleName+"=full", roleDir+"="+dir)
	if text, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	after := files(t, filepath.Join(dir, "run"))
	if !maps.Equal(after, before) {
		t.Error("the finished run has changed")
	}
	if read(t, filepath.Join(dir, "new", modelFile)) != read(t, filepath.Join(trained(), modelFile)) {
		t.Error("the model that was saved in the end is not that of a run with room")
	}
}
