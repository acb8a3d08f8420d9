package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The role "program" runs the program with the arguments in args.json.
func init() {
	roles["program"] = func(dir string) error {
		text, err := os.ReadFile(filepath.Join(dir, "args.json"))
		if err != nil {
			return err
		}
		var args []string
		if err := json.Unmarshal(text, &args); err != nil {
			return err
		}
		if code, _, complaint := braid(args...); code != 0 {
			return fmt.Errorf("exit %d: %s", code, complaint)
		}
		return nil
	}
}

// killed runs the program in a process of its own and kills it after life. It reports whether it ended before.
func killed(t *testing.T, life time.Duration, args ...string) (ended bool) {
	t.Helper()
	dir := t.TempDir()
	if err := writeJSON(filepath.Join(dir, "args.json"), args); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot start itself:", err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), roleName+"=program", roleDir+"="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(life, func() { _ = child.Process.Kill() })
	err = child.Wait()
	if !timer.Stop() {
		return err == nil
	}
	if err != nil {
		t.Fatalf("braid %v: %v", args, err)
	}
	return true
}

// TestKillDrawing kills trainings of models that draw at random moments and resumes them: in the end the model, the
// optimizers' state, the last sheet and the figures are those of a run that lived.
func TestKillDrawing(t *testing.T) {
	for _, kind := range []string{"gan", "autoencoder", "joint"} {
		t.Run(kind, func(t *testing.T) {
			flags := map[string][]string{
				"gan": {}, "autoencoder": {"--variational", "--noise", "0.1", "--code", "8"}, "joint": {"--code", "8", "--missing", "0.3"},
			}[kind]
			whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "run")
			train := func(out string) []string {
				return slices.Concat([]string{"train", kind, "--out", out}, flags, small, []string{"--epochs", "12"})
			}
			start := time.Now()
			killed(t, time.Hour, train(whole)...)
			took := time.Since(start)
			next, ended := train(dir), false
			for i := 0; i < 4 && !ended; i++ {
				ended = killed(t, time.Duration(rand.Int64N(int64(took))), next...)
				if _, err := os.Stat(filepath.Join(dir, optionsFile)); err == nil {
					next = []string{"train", kind, "--resume", "--out", dir}
				}
			}
			if !ended {
				killed(t, time.Hour, next...)
			}
			for _, name := range []string{modelFile, "last/optim.safetensors", "samples/epoch-0012.png", optionsFile} {
				if read(t, filepath.Join(dir, name)) != read(t, filepath.Join(whole, name)) {
					t.Errorf("%s has other bytes than that of a run that lived", name)
				}
			}
			want, _ := readOutcome(t, filepath.Join(whole, resultFile))
			got, _ := readOutcome(t, filepath.Join(dir, resultFile))
			for name, v := range want {
				if got[name] != v {
					t.Errorf("%s is %v, was %v", name, got[name], v)
				}
			}
		})
	}
}
