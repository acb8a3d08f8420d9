package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// own is a user's pictures: an image folder, or a table of them.
type own struct {
	options *options
	path    string
	folder  fs.FS    // nil: path is a table
	splits  []string // that there are, as FolderOptions.Split takes them
	columns columns
	known   *models.FusionConfig
}

// splitNames are the parts of data; a table may call validation by the other names too.
var splitNames = []string{"train", "validation", "test"}

var validationNames = []string{"validation", "valid", "val", "dev"}

// isTable reports whether a file's name is that of a table.
func isTable(path string) bool {
	ext := strings.ToLower(filepath.Ext(strings.TrimSuffix(path, ".gz")))
	return slices.Contains([]string{".csv", ".tsv", ".jsonl", ".ndjson"}, ext)
}

// find looks at what there is, and chooses columns.
func (o *options) find(known *models.FusionConfig) (*own, error) {
	info, err := os.Stat(o.Data)
	if err != nil {
		return nil, err
	}
	w := &own{options: o, path: o.Data, known: known}
	if !info.IsDir() {
		if !isTable(o.Data) {
			return nil, fmt.Errorf("%s is neither a folder nor a table (.csv, .tsv or .jsonl, gzipped or not)", o.Data)
		}
		survey, err := data.SurveyTable(os.DirFS(filepath.Dir(o.Data)), filepath.Base(o.Data))
		if err != nil {
			return nil, err
		}
		if w.splits, err = tableSplits(o.Data, survey); err != nil {
			return nil, err
		}
		w.columns, err = o.choose(o.Data, survey, false, known)
		return w, err
	}
	w.folder = os.DirFS(o.Data)
	if w.splits, err = data.FolderSplits(w.folder); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Data, err)
	}
	first := ""
	if len(w.splits) > 0 {
		first = w.splits[0]
	}
	table, err := data.FolderTable(w.folder, first)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Data, err)
	}
	if table == "" {
		return w, w.classFolders()
	}
	survey, err := data.SurveyTable(w.folder, table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Data, err)
	}
	w.columns, err = o.choose(filepath.Join(o.Data, table), survey, true, known)
	return w, err
}

// classFolders is the choice where there is no table.
func (w *own) classFolders() error {
	o := w.options
	for _, f := range []struct{ flag, value string }{{"--image", o.Image}, {"--text", o.Text}, {"--label", o.Label}} {
		if f.value != "" && f.value != none {
			return fmt.Errorf("%s has no metadata.csv, metadata.tsv or metadata.jsonl: %s names a column of one", w.path, f.flag)
		}
	}
	w.columns.guessed = append(w.columns.guessed, "there is no table: pictures alone, without texts")
	return w.columns.chooseTask(w.path, nil, sourceOptions{Task: o.Task})
}

// tableSplits is the parts that a column split names.
func tableSplits(path string, t *data.TableSurvey) ([]string, error) {
	c := t.Column("split")
	if c == nil {
		return nil, nil
	}
	if c.Filled < t.Rows {
		return nil, fmt.Errorf("%s: the column split is empty in %d of %d rows: train, validation or test was expected", path, t.Rows-c.Filled, t.Rows)
	}
	for _, v := range c.Values {
		if v != "train" && v != "test" && !slices.Contains(validationNames, v) {
			return nil, fmt.Errorf("%s: the column split has %q: train, validation or test was expected", path, v)
		}
	}
	return c.Values, nil
}

// split is what the data call a part, "" if they have none of that name.
func (w *own) split(part string) string {
	for _, s := range w.splits {
		if s == part || part == "validation" && slices.Contains(validationNames, s) {
			return s
		}
	}
	return ""
}

// cached bounds the memory for pictures that were decoded, so that only the first epoch waits for files.
const cached = 1 << 30

// open reads a part; classes are those of the part to train on.
func (w *own) open(split string, classes []string) (*data.ImageFolder, error) {
	o, c := w.options, w.columns
	size := w.size()
	f := data.FolderOptions{
		Height: size.Height, Width: size.Width, Image: c.image, Text: c.text, Split: split,
		Classes: classes, SkipBad: o.SkipBad, CacheBytes: cached,
	}
	switch {
	case c.task == regress:
		f.Numbers, f.Classes = c.labels, nil
	case c.task == multilabel:
		f.Tags = c.labels[0]
	case len(c.labels) > 0:
		f.Label = c.labels[0]
	}
	if w.folder == nil {
		return data.OpenManifest(w.path, f)
	}
	folder, err := data.OpenImageFolder(w.folder, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.path, err)
	}
	return folder, nil
}

// The sides that a model is trained on if all pictures have them, and what others are resized to.
const (
	leastSide = 16
	mostSide  = 128
	usualSide = 64
)

// chooseSize sets the size that nobody chose: the pictures' own where all have the same and it is neither small nor
// large, by their files' headers. Pictures that cannot be read are for whoever decodes them to tell.
func (w *own) chooseSize() {
	o := w.options
	if w.known != nil || o.Size != (dims{}) {
		return
	}
	o.Size = sideBySide(usualSide)
	splits := w.splits
	if len(splits) == 0 {
		splits = []string{""}
	}
	var all dims
	for _, split := range splits {
		f, err := w.open(split, nil)
		if err != nil {
			return
		}
		for row := range f.Len() {
			if f.File(row) == "" {
				continue
			}
			info, err := f.Inspect(row)
			if err != nil {
				continue
			}
			one := dims{info.Height, info.Width}
			if all == (dims{}) {
				all = one
			}
			if one != all || min(one.Height, one.Width) < leastSide || max(one.Height, one.Width) > mostSide {
				return
			}
		}
	}
	if all != (dims{}) {
		o.Size = all
	}
}

// size is what pictures are resized to.
func (w *own) size() dims {
	if w.known != nil {
		return dims{w.known.Image.Height, w.known.Image.Width}
	}
	return w.options.Size.or(usualSide)
}
