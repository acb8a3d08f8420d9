package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

var emojiFolder = flag.String("emoji", "", "folder to write the emoji to, as PNG files with metadata.jsonl")

// writeEmojiFolder writes the emoji as an image folder: PNG files, and for each part a metadata.jsonl with lists of tags.
func writeEmojiFolder(t *testing.T, dir string) {
	t.Helper()
	styles := &emojiStyles{dir: filepath.Join(sharedData(t), "emoji"), size: 32, styles: map[string]tensor.Array{}}
	groups, parts, err := styles.tagged()
	if err != nil {
		t.Fatal(err)
	}
	fast := png.Encoder{CompressionLevel: png.BestSpeed}
	for name, folder := range map[string]string{"train": "train", "val": "validation", "test": "test"} {
		p := parts[name]
		inner := filepath.Join(dir, folder)
		if err := os.MkdirAll(inner, 0o755); err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		for i, tags := range p.tags {
			file := fmt.Sprintf("%05d.png", i)
			picture := tensor.ArrayOf(p.pixels[i*32*32*3:(i+1)*32*32*3], 1, 32, 32, 3)
			var b bytes.Buffer
			if err := fast.Encode(&b, data.Grid(picture, 1)); err != nil {
				t.Fatal(err)
			}
			write(t, inner, file, b.Bytes())
			line, err := json.Marshal(map[string]any{"file_name": file, "tags": tags, "group": groups[p.labels[i]]})
			if err != nil {
				t.Fatal(err)
			}
			table.Write(append(line, '\n'))
		}
		write(t, inner, "metadata.jsonl", []byte(table.String()))
	}
}

// TestEmojiFolder: pictures from PNG files and a table are those of the IDX files, to the bits of the model. With
// -args -emoji DIR the folder is kept, to train on.
func TestEmojiFolder(t *testing.T) {
	dir := *emojiFolder
	if dir == "" {
		dir = t.TempDir()
	}
	writeEmojiFolder(t, dir)
	flags := []string{"--text-encoder", "bag", "--epochs", "1", "--only", "text"}
	files, idx := filepath.Join(t.TempDir(), "files"), filepath.Join(t.TempDir(), "idx")
	out := must(t, append([]string{"train", "fusion", "--data", dir, "--text", "tags", "--label", "group", "--image-size", "32", "--out", files}, flags...)...)
	must(t, append([]string{"train", "fusion", "--data", filepath.Join(sharedData(t), "emoji"), "--out", idx}, flags...)...)
	if read(t, filepath.Join(files, "last", "model.safetensors")) != read(t, filepath.Join(idx, "last", "model.safetensors")) {
		t.Errorf("the model has other bits than that of the IDX files; the output is\n%s", out)
	}
	f, err := data.OpenImageFolder(os.DirFS(dir), data.FolderOptions{Height: 32, Width: 32, Text: "tags", Label: "group", Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for _, err := range (&data.Loader[data.Pair]{Source: f, BatchSize: 64, Shuffle: true}).Batches(context.Background(), data.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("an epoch from files: %.0f samples/s", float64(f.Len())/time.Since(start).Seconds())
}
