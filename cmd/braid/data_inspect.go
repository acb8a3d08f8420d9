package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
)

// fileCounts are the pictures' files.
type fileCounts struct {
	formats, modes map[string]int
	heights        []int // sorted, as are the widths
	widths         []int
}

// inspect reads the headers of all pictures on disk.
func (d *dataset) inspect(w *world) (*fileCounts, error) {
	c := &fileCounts{formats: map[string]int{}, modes: map[string]int{}}
	seen := map[string]bool{}
	for _, p := range d.parts {
		for _, row := range p.rows {
			if err := w.ctx.Err(); err != nil {
				return nil, err
			}
			file := p.folder.File(row)
			if file == "" || seen[file] {
				continue
			}
			seen[file] = true
			info, err := p.folder.Inspect(row)
			if err != nil {
				return nil, err
			}
			c.add(info)
		}
	}
	slices.Sort(c.heights)
	slices.Sort(c.widths)
	return c, nil
}

func (c *fileCounts) add(i data.ImageInfo) {
	c.formats[strings.ToUpper(i.Format)]++
	c.modes[i.Mode]++
	c.heights, c.widths = append(c.heights, i.Height), append(c.widths, i.Width)
}

// print is a line or two about the pictures.
func (c *fileCounts) print(out io.Writer, d *dataset) {
	n := len(c.heights)
	if n == 0 {
		colours := "in colour"
		if d.channels == 1 {
			colours = "in grey"
		}
		fmt.Fprintf(out, "pictures: %v pixels a side, %s\n", d.size, colours)
		return
	}
	fmt.Fprintf(out, "pictures: %d files, %s; %s\n", n, counted(c.formats), counted(c.modes))
	fmt.Fprintf(out, "their size: %dx%d to %dx%d pixels (height x width), half of them at most %dx%d; training makes them %v\n",
		c.heights[0], c.widths[0], c.heights[n-1], c.widths[n-1], c.heights[(n-1)/2], c.widths[(n-1)/2], d.size)
}

// counted is names with their counts, the most frequent first.
func counted(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}

// usualBatch is the samples of a step if nobody says otherwise.
const usualBatch = 64

// suggest is a command to begin with.
func (o *options) suggest(name string, d *dataset, parts []*data.Description, files *fileCounts, bad int) []string {
	args := []string{"braid train fusion --data", name}
	add := func(more ...string) { args = append(args, more...) }
	if n := len(files.heights); n > 0 && d.size != (dims{files.heights[0], files.widths[0]}) { // their own is the default
		side := min(files.heights[(n-1)/2], files.widths[(n-1)/2])
		best := 32
		for _, s := range []int{48, 64, 96, 128} {
			if s <= side {
				best = s
			}
		}
		add("--image-size", fmt.Sprint(best))
	}
	if d.columns.Image != "" {
		text := d.columns.Text
		if text == "" {
			text = none
		}
		add("--text", text)
		if d.columns.Label != "" {
			add("--label", d.columns.Label, "--task", d.task)
		}
	}
	train := parts[0]
	if d.task != regress && unequal(train.Labels) {
		if d.task == classify && !d.targets.Absent() {
			add("--balanced")
		} else if d.task == multilabel {
			add("--class-weights")
		}
	}
	if d.lackImages+d.lackTexts > 0 {
		add("--modality-dropout", "0.2")
	}
	if d.folders != nil && train.Rows < 5000 {
		add("--augment", "standard")
	}
	// A one-cycle schedule of less than some thousand steps ends before anything is learned.
	if epochs := min(2000*usualBatch/max(train.Rows, 1), 60); epochs > 8 {
		add("--epochs", fmt.Sprint(epochs))
	}
	if d.vocab != nil && percentile(train.Tokens, 1) >= longestText {
		add("--max-tokens", "128")
	}
	if bad > 0 {
		add("--skip-bad")
	}
	return args
}

// unequal reports whether some class is at least three times as frequent as another.
func unequal(counts []int) bool {
	return len(counts) > 1 && slices.Max(counts) >= 3*slices.Min(counts)
}
