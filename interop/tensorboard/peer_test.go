package tensorboard

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reader prints what the real TensorBoard's reader finds in a run's folder.
const reader = `
import io, sys
from tensorboard.backend.event_processing import event_accumulator as ea
from tensorboard.util import tensor_util
a = ea.EventAccumulator(sys.argv[1], size_guidance={ea.SCALARS: 0, ea.IMAGES: 0, ea.HISTOGRAMS: 0, ea.TENSORS: 0})
a.Reload()
for tag in sorted(a.Tags()["scalars"]):
    print(tag, [(e.step, e.value) for e in a.Scalars(tag)])
for tag in sorted(a.Tags()["images"]):
    for e in a.Images(tag):
        print(tag, e.step, e.width, e.height, e.encoded_image_string[1:4].decode())
for tag in sorted(a.Tags()["histograms"]):
    for e in a.Histograms(tag):
        h = e.histogram_value
        print(tag, e.step, h.min, h.max, h.num, h.sum, h.sum_squares, sum(h.bucket), len(h.bucket) == len(h.bucket_limit))
for tag in sorted(a.Tags()["tensors"]):
    for e in a.Tensors(tag):
        print(tag, e.step, tensor_util.make_ndarray(e.tensor_proto)[0].decode())
`

// TestTensorBoardReads needs BRAID_TENSORBOARD, the path of a Python that has the package tensorboard.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("BRAID_TENSORBOARD")
	if python == "" {
		t.Skip("BRAID_TENSORBOARD names no Python with tensorboard")
	}
	dir := t.TempDir()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.Scalar("loss/training", 1, 0.5), w.Scalar("loss/training", 2, 0.25),
		w.Image("samples", 2, drawing()), w.Histogram("weights", 2, []float32{-1, 0, 0.5, 2}), w.Text("notes", 2, "a *text*"))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command(python, "-c", reader, dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "loss/training [(1, 0.5), (2, 0.25)]\nsamples 2 3 2 PNG\nweights 2 -1.0 2.0 4.0 1.5 5.25 4.0 True\nnotes 2 a *text*\n"
	if g := strings.ReplaceAll(string(got), "\r", ""); g != want {
		t.Errorf("TensorBoard reads\n%swant\n%s", g, want)
	}
	if tags := shown(t, python, dir); !strings.Contains(tags, `"loss/training"`) {
		t.Errorf("TensorBoard shows the curves %s", tags)
	}
}

// shown starts TensorBoard itself, as docs/tensorboard.md does, and asks it for the curves it has.
func shown(t *testing.T, python, dir string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	c := exec.CommandContext(ctx, python, "-m", "tensorboard.main", "--logdir", dir, "--port", "0", "--load_fast", "false")
	says, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	said := ""
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		said += lines.Text() + "\n"
		address := regexp.MustCompile(`http://[^ ]+/`).FindString(lines.Text())
		if address == "" {
			continue
		}
		tags := ""
		for ctx.Err() == nil { // it answers before it has read the files
			if tags = get(t, address+"data/plugin/scalars/tags"); strings.Contains(tags, "loss") {
				return tags
			}
			time.Sleep(200 * time.Millisecond)
		}
		return tags
	}
	t.Fatalf("TensorBoard does not start:\n%s", said)
	return ""
}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
