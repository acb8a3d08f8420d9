package train

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/braidml/braid/internal/atomicfile"
)

// How often TestKill kills: -args -kills=20, or BRAID_KILLS=20.
var kills = flag.Int("kills", killsFromEnv(), "how many times TestKill kills")

func killsFromEnv() int {
	if n, err := strconv.Atoi(os.Getenv("BRAID_KILLS")); err == nil {
		return n
	}
	return 3
}

// Environment variables that make the test binary do one of the roles in a folder, instead of testing.
const roleName, roleDir = "BRAID_TRAIN_ROLE", "BRAID_TRAIN_DIR"

var roles = map[string]func(dir string) error{
	"victim": func(dir string) error {
		_, err := newVictim(dir).Fit(context.Background(), victimEpochs, 0)
		return err
	},
}

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleName)]; role != nil {
		if err := role(os.Getenv(roleDir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// actor is a process that plays a role.
func actor(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot start itself:", err)
	}
	c := exec.Command(exe)
	c.Env = append(os.Environ(), roleName+"="+role, roleDir+"="+dir)
	c.Stderr = os.Stderr
	return c
}

const victimEpochs = 5

// newVictim saves all the time, files large enough for a kill to fall into their writing.
func newVictim(dir string) *Trainer[batch] {
	tr := newTrainer(dir, 3000)
	tr.EverySteps = 2
	tr.Train.Source = points{n: 157, pause: 2 * time.Millisecond}
	return tr
}

// TestKill kills a training process at random moments, looks at what it left, lets another process go on, and compares
// the end with that of a run that lived.
func TestKill(t *testing.T) {
	whole := t.TempDir()
	fit(t, newVictim(whole), victimEpochs)
	want, wantBest := bits(t, whole, "last"), bits(t, whole, "best")

	left, resumed := *kills, 0
	for left > 0 {
		dir := t.TempDir()
		done, step := false, 0
		for ; left > 0 && !done; left-- {
			done = victim(t, dir, time.Duration(rand.Int64N(int64(400*time.Millisecond))))
			if got := stepOf(t, dir); got < step {
				t.Fatalf("the checkpoint went back from step %d to %d", step, got)
			} else if step = got; !done && step > 0 {
				resumed++
			}
		}
		if !done {
			victim(t, dir, time.Hour)
		}
		sameRun(t, bits(t, dir, "last"), want)
		sameRun(t, bits(t, dir, "best"), wantBest)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
			t.Errorf("the folder holds %v (%v), want best and last", entries, err)
		}
	}
	t.Logf("%d of %d kills left a checkpoint to go on from", resumed, *kills)
}

// victim trains in a process of its own, killed after life. It reports whether the training ended before.
func victim(t *testing.T, dir string, life time.Duration) (done bool) {
	t.Helper()
	c := actor(t, "victim", dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(life, func() { _ = c.Process.Kill() })
	err := c.Wait()
	if !timer.Stop() {
		return err == nil
	}
	if err != nil {
		t.Fatalf("the training process failed: %v", err)
	}
	return true
}

// stepOf is the step of the checkpoint as a kill left it, 0 if there is none. Every file in it must be whole.
func stepOf(t *testing.T, dir string) int {
	t.Helper()
	last := atomicfile.Current(dir, lastName)
	if last == "" {
		return 0
	}
	r := newRun(newVictim(dir))
	if err := r.load(last); err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	return r.state.Step
}
