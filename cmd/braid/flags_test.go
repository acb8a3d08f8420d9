package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlags: what cannot be is refused with what was expected, before a folder is made.
func TestFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	train := "train fusion "
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"", 2, `expected one of "train", "data"`},
		{"train", 2, `expected one of "fusion", "gan", "autoencoder"`},
		{"trian", 2, `unexpected argument trian, did you mean "train"?`},
		{train + "--epoch 3", 2, `unknown flag --epoch, did you mean "--epochs"?`},
		{train + "--epochs many", 2, `--epochs: expected a valid 64 bit int but got "many"`},
		{train + "--epochs", 2, "--epochs: expected int value"},
		{train + "--epochs 0", 1, "--epochs is 0, want 1 to 1000000"},
		{train + "--epochs 9000000000000000000", 1, "want 1 to 1000000"},
		{train + "--batch=-1", 1, "--batch is -1, want at least 1"},
		{train + "--merge foo", 2, `"foo": one of concat, add, multiply, gated, bilinear is expected`},
		{train + "--text-encoder lstm", 2, `--text-encoder must be one of "rnn","bag" but got "lstm"`},
		{train + "--only words", 2, `--only must be one of "both","image","text" but got "words"`},
		{train + "--lr 0", 1, "--lr is 0, want more than 0"},
		{train + "--lr nan", 1, "--lr is NaN, want more than 0"},
		{train + "--lr inf", 1, "--lr is +Inf, want more than 0"},
		{train + "--decay nan", 1, "--decay is NaN, want at least 0"},
		{train + "--decay inf", 1, "--decay is +Inf, want at least 0"},
		{train + "--dropout 1", 1, "--dropout is 1, want 0 <= dropout < 1"},
		{train + "--dropout nan", 1, "--dropout is NaN, want 0 <= dropout < 1"},
		{train + "--level 3", 1, "--level is 3, want 1 or 2"},
		{train + "--pictures 19", 1, "--pictures is 19, want 20 to 1000000"},
		{train + "--pictures 900000000000000000", 1, "--pictures is 900000000000000000, want 20 to 1000000"},
		{train + "--pictures 1000000 --size 256", 1, "236 GB of memory, want at most 16"},
		{train + "--size 15", 1, "--image-size is 15, want 16 to 512"},
		{train + "--seed -1", 2, `--seed: expected uint value but got "-1"`},
		{train + "--data=", 1, "--data is empty, want builtin, a folder or a table"},
		{train + "--data nowhere", 1, "nowhere"},
		{train + "--resume", 1, "--resume needs --out"},
		{train + "--json nowhere/r.json", 1, "nowhere"},
		{train + "--level 3 --size 1 --lr=-1", 1, "--level is 3, want 1 or 2; --image-size is 1, want 16 to 512 a side; --lr is -1, want more than 0"},
		{"eval", 2, "missing flags: --model=DIR"},
		{"eval --model nowhere", 2, "nowhere: no such file or directory"},
		{"eval --model .", 1, "is not the folder of a run: it has no run.json"},
		{"predict --model . --text x --image nowhere.png", 2, "nowhere.png: no such file or directory"},
		{"predict --text x", 2, "missing flags: --model=DIR"},
		{"summary --size 3", 1, "--image-size is 3, want 16 to 512"},
		{"summary --model nowhere", 1, "nowhere: no such file or directory"},
	} {
		refuse(t, c.code, strings.Fields(c.args), c.want)
	}
	if names := list(t, "."); names != "" {
		t.Errorf("the commands left %s", names)
	}
	code, out, err := braid("train", "fusion", "--help")
	if code != 0 || err != "" || !strings.Contains(out, "--text-encoder") {
		t.Errorf("--help: exit %d, %s %s", code, out, err)
	}
}

// TestTaken: a folder that holds a run is left alone, and so is whatever stands where one should go.
func TestTaken(t *testing.T) {
	before := files(t, trained())
	refuse(t, 1, with("train", "fusion", "--out", trained()), trained(), "holds a run already", "--resume")
	unchanged(t, trained(), before)

	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	refuse(t, 1, with("train", "fusion", "--out", file), file, "not a directory")
	refuse(t, 1, with("train", "fusion", "--out", filepath.Join(file, "run")), file, "not a directory")
	if got := read(t, file); got != "mine" || list(t, dir) != "file" {
		t.Errorf("the file is %q, the folder has %s", got, list(t, dir))
	}
}

// TestUnwritable: root may write anywhere but in /proc.
func TestUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		dir = "/proc"
		if _, err := os.Stat("/proc/self"); err != nil {
			t.Skip("every folder can be written here")
		}
	}
	refuse(t, 1, with("train", "fusion", "--out", filepath.Join(dir, "run")), filepath.Join(dir, "run"))
	refuse(t, 1, with("train", "fusion", "--out", dir), dir)
	refuse(t, 1, []string{"eval", "--model", trained(), "--json", filepath.Join(dir, "e.json")}, filepath.Join(dir, "e.json"))
}
