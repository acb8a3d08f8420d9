package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// TableSurvey is what a table holds, for whoever has to choose columns.
type TableSurvey struct {
	Rows    int // bad ones included
	Columns []TableColumn
}

// TableColumn is what one column holds.
type TableColumn struct {
	Name    string
	Filled  int      // cells that are not empty
	Lists   int      // of those, lists, or texts with "|" in them
	Numbers int      // of those, finite numbers
	Whole   int      // of those, whole ones
	Files   int      // cells that end like the name of a picture's file
	Words   int      // in all cells together
	Values  []string // the different texts, in the order of their first row; no more than 1000
}

// maxValues bounds the different values of a column that are kept.
const maxValues = 1000

// Column is the survey of a column, or nil.
func (s *TableSurvey) Column(name string) *TableColumn {
	i := slices.IndexFunc(s.Columns, func(c TableColumn) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Columns[i]
}

// Names are those of the columns.
func (s *TableSurvey) Names() []string {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = c.Name
	}
	return names
}

// FolderTable is the name of the metadata.csv, .tsv or .jsonl that [OpenImageFolder] reads for a split ("": the folder
// has none); "" if there is no such file, and the pictures lie in class folders.
func FolderTable(dir fs.FS, split string) (string, error) {
	root, err := splitFolder(dir, split)
	if err != nil {
		return "", fmt.Errorf("data: FolderTable: %w", err)
	}
	name, err := findMetadata(dir, root)
	if err != nil {
		return "", fmt.Errorf("data: FolderTable: %w", err)
	}
	return name, nil
}

// SurveyTable reads a table (.csv, .tsv or .jsonl, gzipped or not) whole and keeps what its columns hold. Bad rows are
// counted and passed over; what makes the rows behind unreadable is an error.
func SurveyTable(dir fs.FS, name string) (*TableSurvey, error) {
	s, err := surveyTable(dir, name)
	if err != nil {
		return nil, fmt.Errorf("data: SurveyTable: %s: %w", name, err)
	}
	return s, nil
}

func surveyTable(dir fs.FS, name string) (*TableSurvey, error) {
	columns, err := tableColumns(dir, name)
	if err != nil {
		return nil, err
	}
	s := &TableSurvey{}
	for _, c := range columns {
		s.Columns = append(s.Columns, TableColumn{Name: c})
	}
	seen := make([]map[string]bool, len(columns))
	for i := range seen {
		seen[i] = map[string]bool{}
	}
	err = eachRow(dir, name, columns, func(cells []cell, err error) error {
		s.Rows++
		if err != nil {
			return nil
		}
		for i, c := range cells {
			s.Columns[i].add(c, seen[i])
		}
		return nil
	})
	return s, err
}

func (c *TableColumn) add(v cell, seen map[string]bool) {
	if v.kind == cellAbsent || v.kind == cellText && strings.TrimSpace(v.text) == "" {
		return
	}
	c.Filled++
	texts := []string{v.text}
	if v.kind == cellList {
		texts = v.list
	}
	if v.kind == cellList || strings.Contains(v.text, "|") {
		c.Lists++
	}
	if x, err := strconv.ParseFloat(strings.TrimSpace(v.text), 32); err == nil && x-x == 0 {
		c.Numbers++
		if _, err := strconv.Atoi(strings.TrimSpace(v.text)); err == nil {
			c.Whole++
		}
	}
	if slices.Contains(imageExtensions, strings.ToLower(path.Ext(v.text))) {
		c.Files++
	}
	for _, t := range texts {
		c.Words += len(strings.Fields(t))
		if !seen[t] && len(seen) < maxValues {
			seen[t] = true
			c.Values = append(c.Values, t)
		}
	}
}

// tableColumns is the columns that there are: of the header, or those that the first lines of JSON have.
func tableColumns(dir fs.FS, name string) (columns []string, err error) {
	r, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := openTable(name, r, nil)
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case *csvTable:
		return t.header, nil
	case *tsvTable:
		return t.header, nil
	}
	for {
		_, err := t.next()
		if err == io.EOF {
			return t.(*jsonTable).keys, nil
		}
		if err != nil && !skippable(err) {
			return nil, err
		}
	}
}

// eachRow reads a table's columns to the end. Errors that rows can be read behind go to do.
func eachRow(dir fs.FS, name string, columns []string, do func(cells []cell, err error) error) error {
	if len(columns) == 0 {
		return nil
	}
	r, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	t, err := openTable(name, r, columns)
	if err != nil {
		return err
	}
	for {
		cells, err := t.next()
		if err == io.EOF {
			return nil
		}
		if _, ok := errors.AsType[tableError](err); ok || err != nil && !skippable(err) {
			return err
		}
		if err := do(cells, err); err != nil {
			return err
		}
	}
}
