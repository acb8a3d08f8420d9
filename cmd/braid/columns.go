package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// columns are those of a table that are trained on, and what is learned.
type columns struct {
	image, text string   // "": there are none
	labels      []string // several only of a regression; none: the class folders
	task        string
	guessed     []string // sentences for the output
}

// Names that say what a column holds, the most telling first.
var (
	imageNames = []string{"file_name", "image", "image_path", "picture", "file", "filename", "path", "img", "photo"}
	textNames  = []string{"text", "caption", "question", "sentence", "description", "title", "prompt", "query", "captions", "tags", "keywords", "tag"}
	labelNames = []string{"label", "class", "category", "target", "answer", "labels", "y", "group", "score", "rating", "value"}
)

// choose finds the columns of t that o does not name. Where there is more than one way to read a table, it asks.
// folders says that the pictures' folders may be their classes.
func (o *sourceOptions) choose(table string, survey *data.TableSurvey, folders bool, known *models.FusionConfig) (c columns, err error) {
	named := sourceOptions{Image: o.Image, Text: o.Text, Label: o.Label, Task: o.Task}
	if known != nil {
		named = whatIs(known, named)
	}
	t := columnsLeft{survey}
	ask := func(what, flag string) error {
		return fmt.Errorf("%s: which column %s? There are: %s. Name it with %s", table, what, strings.Join(t.Names(), ", "), flag)
	}
	for _, f := range []struct{ flag, column string }{{"--image", named.Image}, {"--text", named.Text}} {
		if f.column != "" && f.column != none && t.Column(f.column) == nil {
			return c, fmt.Errorf("%s: %s is %s, but there is no such column; there are: %s", table, f.flag, f.column, strings.Join(t.Names(), ", "))
		}
	}
	if c.image = named.Image; c.image == "" {
		if c.image = byName(t.TableSurvey, imageNames); c.image == "" {
			c.image = only(t.TableSurvey, func(col data.TableColumn) bool { return col.Files > 0 && col.Files == col.Filled })
		}
		if c.image == "" {
			return c, ask("names the pictures' files", "--image COLUMN")
		}
	}
	if c.labels, err = labelColumns(table, survey, named.Label); err != nil {
		return c, err
	}
	c.text = named.Text
	left := t.without(c.image, c.text, "split")
	left = left.without(c.labels...)
	if len(c.labels) == 0 {
		if name := byName(left.TableSurvey, labelNames); name != "" {
			c.labels = []string{name}
			left = left.without(name)
		}
	}
	if c.text == "" {
		if c.text = byName(left.TableSurvey, textNames); c.text != "" {
			left = left.without(c.text)
		}
	}
	folders = folders && classFolders(t.Column(c.image))
	if len(c.labels) == 0 {
		wordy := only(left.TableSurvey, wordy)
		switch n := len(left.Columns); {
		case n == 0 && folders:
		case n == 1 && c.text == "" && wordy != "" && folders:
		case n == 1:
			c.labels = left.Names()
		case n == 2 && c.text == "" && wordy != "":
			c.labels = left.without(wordy).Names()
		default:
			return c, ask("has the label", "--label COLUMN")
		}
		left = left.without(c.labels...)
	}
	if c.text == "" {
		switch wordy := only(left.TableSurvey, wordy); {
		case wordy != "":
			c.text = wordy
		case len(left.Columns) == 1 && left.Columns[0].Numbers == 0:
			c.text = left.Columns[0].Name
		case len(left.Columns) > 0:
			return c, ask("has the text", "--text COLUMN, or --text none for pictures alone")
		}
	}
	if c.text == none {
		c.text = ""
	}
	if named.Text == "" {
		if c.text != "" {
			c.guessed = append(c.guessed, "text: column "+c.text)
		} else {
			c.guessed = append(c.guessed, "text: there is none, pictures alone")
		}
	}
	return c, c.chooseTask(table, survey, named)
}

// wordy tells a text from a name: it has more than a word.
func wordy(c data.TableColumn) bool {
	return 2*c.Words >= 3*c.Filled && c.Numbers == 0 && c.Files == 0
}

// chooseTask sees what kind of label there is.
func (c *columns) chooseTask(table string, t *data.TableSurvey, named sourceOptions) error {
	c.task = named.Task
	if len(c.labels) == 0 {
		if c.task != guess && c.task != "" && c.task != classify {
			return fmt.Errorf("%s: the labels are class folders, which --task %s cannot learn: name a column with --label", table, c.task)
		}
		c.task = classify
		c.guessed = append(c.guessed, "label: the class folders")
		return nil
	}
	what := "label: column " + strings.Join(c.labels, ", ")
	if c.task == guess || c.task == "" {
		if len(c.labels) > 1 {
			c.task = regress
		} else {
			col := t.Column(c.labels[0])
			const few = 20 // different whole numbers that are classes, if they come again and again
			switch {
			case col.Filled == 0:
				return fmt.Errorf("%s: the column %s is empty: name another one with --label", table, col.Name)
			case col.Lists > 0:
				c.task = multilabel
			case col.Numbers < col.Filled:
				c.task = classify
			case col.Whole < col.Filled:
				c.task = regress
			case len(col.Values) <= few && 2*len(col.Values) <= col.Filled:
				c.task = classify
			default:
				return fmt.Errorf("%s: the column %s has %d different whole numbers: are they classes or amounts? Say --task classify or --task regress",
					table, col.Name, len(col.Values))
			}
		}
		what += ", to " + c.task
	}
	if len(c.labels) > 1 && c.task != regress {
		return fmt.Errorf("%s: --label names %d columns, which only --task regress can learn", table, len(c.labels))
	}
	if named.Label == "" || named.Task == guess || named.Task == "" {
		c.guessed = append(c.guessed, what)
	}
	return nil
}

// columnsLeft are those that nothing is known of yet.
type columnsLeft struct{ *data.TableSurvey }

func (l columnsLeft) without(names ...string) columnsLeft {
	rest := &data.TableSurvey{Rows: l.Rows}
	for _, c := range l.Columns {
		if !slices.Contains(names, c.Name) {
			rest.Columns = append(rest.Columns, c)
		}
	}
	return columnsLeft{rest}
}

// none is the column that is not to be taken.
const none = "none"

// labelColumns splits --label, unless a column is called so.
func labelColumns(table string, t *data.TableSurvey, label string) ([]string, error) {
	if label == "" {
		return nil, nil
	}
	names := []string{label}
	if t.Column(label) == nil {
		names = strings.Split(label, ",")
	}
	for i, name := range names {
		if t.Column(name) == nil || slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("%s: --label is %s, but there is no such column; there are: %s", table, label, strings.Join(t.Names(), ", "))
		}
	}
	return names, nil
}

// byName is the first of names that a column has, in whatever case.
func byName(t *data.TableSurvey, names []string) string {
	for _, name := range names {
		for _, c := range t.Columns {
			if strings.EqualFold(c.Name, name) {
				return c.Name
			}
		}
	}
	return ""
}

// only is the one column that is so, or "".
func only(t *data.TableSurvey, is func(data.TableColumn) bool) (name string) {
	for _, c := range t.Columns {
		if is(c) {
			if name != "" {
				return ""
			}
			name = c.Name
		}
	}
	return name
}

// classFolders reports whether the files lie in folders that tell them apart.
func classFolders(files *data.TableColumn) bool {
	first := ""
	for _, name := range files.Values {
		folder := path.Base(path.Dir(name))
		if folder == "." || slices.Contains(splitNames, path.Dir(name)) {
			continue
		}
		if first != "" && folder != first {
			return true
		}
		first = folder
	}
	return false
}

// whatIs fills in what a trained model was made for.
func whatIs(m *models.FusionConfig, o sourceOptions) sourceOptions {
	c := m.Columns
	if o.Image == "" {
		o.Image = c.Image
	}
	if o.Text == "" {
		if o.Text = c.Text; c.Text == "" && c.Image != "" {
			o.Text = none
		}
	}
	if o.Label == "" {
		o.Label = c.Label
	}
	if o.Task == guess || o.Task == "" {
		o.Task = taskOf(m)
	}
	return o
}

// taskOf is what a model was made for.
func taskOf(m *models.FusionConfig) string {
	switch {
	case m.Regression:
		return regress
	case m.MultiLabel:
		return multilabel
	}
	return classify
}
