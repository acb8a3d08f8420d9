package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

func init() { roles["full"] = trainFull }

// trainFull trains one epoch, finds the disk full in the second, twice, and trains to the end when there is room again.
// A limit on the size of files plays the full disk: like it, it lets a write fail in the middle.
func trainFull(dir string) error {
	tr := newTrainer(dir, 8)
	if _, err := tr.Fit(context.Background(), 1, 0); err != nil {
		return err
	}
	before, err := readState(dir + "/last/state.json")
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	full := syscall.Rlimit{Cur: 100, Max: room.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	for range 2 {
		if _, err := tr.Fit(context.Background(), 3, 0); !errors.Is(err, syscall.EFBIG) {
			return fmt.Errorf("error %v, want file too large", err)
		}
	}
	after, err := readState(dir + "/last/state.json")
	if err != nil || timeless(after) != timeless(before) {
		return fmt.Errorf("the checkpoint changed from %+v to %+v (%v)", before, after, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		return fmt.Errorf("the folder holds %v (%v), want best and last", entries, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	_, err = tr.Fit(context.Background(), 3, 0)
	return err
}

// TestFull: with a full disk the checkpoint of before stays, nothing is left beside it, and afterwards the same trainer
// goes on as if nothing had been.
func TestFull(t *testing.T) {
	whole, dir := t.TempDir(), t.TempDir()
	fit(t, newTrainer(whole, 8), 3)
	if err := actor(t, "full", dir).Run(); err != nil {
		t.Fatal(err)
	}
	sameRun(t, bits(t, dir, "last"), bits(t, whole, "last"))
	sameRun(t, bits(t, dir, "best"), bits(t, whole, "best"))
}
