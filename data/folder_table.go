package data

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// wanted is the columns to read: the picture, then those that are asked for.
func (b *builder) wanted() []string {
	columns := []string{b.o.Image}
	for _, c := range []string{b.o.Text, b.o.Label, b.o.Tags} {
		if c != "" {
			columns = append(columns, c)
		}
	}
	columns = append(columns, b.o.Numbers...)
	if b.manifest && b.o.Split != "" {
		columns = append(columns, "split")
	}
	return columns
}

// readTable takes every row of the table.
func (b *builder) readTable(r io.Reader) error {
	columns := b.wanted()
	t, err := openTable(b.table, r, columns)
	if err != nil {
		return fmt.Errorf("%s: %w", b.table, err)
	}
	for number := 1; ; number++ {
		cells, err := t.next()
		if err == io.EOF {
			return nil
		}
		if _, ok := errors.AsType[tableError](err); ok {
			return fmt.Errorf("%s: %w", b.table, err)
		}
		if err != nil && !skippable(err) {
			return fmt.Errorf("%s: row %d: %w", b.table, number, err)
		}
		if err == nil {
			err = b.addRow(number, tableRow{columns, cells})
		}
		if err != nil {
			if err = b.reject(number, "", err); err != nil {
				return err
			}
		}
	}
}

// tableRow is a row's cells by their columns.
type tableRow struct {
	columns []string
	cells   []cell
}

func (r tableRow) cell(column string) cell { return r.cells[slices.Index(r.columns, column)] }

// text is a cell of one text, "" if no column is asked for.
func (r tableRow) text(column string) (string, error) {
	if column == "" {
		return "", nil
	}
	text, err := r.cell(column).one(column)
	if strings.TrimSpace(text) == "" {
		text = ""
	}
	return text, err
}

// textsOf is the texts of a cell, a list or one.
func textsOf(c cell, column string) ([]string, error) {
	texts := c.list
	switch c.kind {
	case cellOther:
		return nil, badRow("%s is %v, expected a text or several", column, c)
	case cellText:
		texts = []string{c.text}
	}
	return slices.DeleteFunc(texts, func(t string) bool { return strings.TrimSpace(t) == "" }), nil
}

// addRow takes a row of the table, unless it belongs to another split.
func (b *builder) addRow(number int, r tableRow) error {
	if b.manifest && b.o.Split != "" && r.cell("split").text != b.o.Split {
		return nil
	}
	file, err := r.text(b.o.Image)
	if err != nil {
		return err
	}
	e := entry{number: number}
	if file != "" {
		if e.file, err = b.locate(file); err != nil {
			return badRow("%s is %.100q: %w", b.o.Image, file, err)
		}
		if !strings.HasPrefix(e.file, b.within) {
			return nil
		}
		if folder := path.Dir(e.file); !b.manifest && folder != path.Dir(b.table) {
			e.folder = path.Base(folder)
		}
	}
	if b.o.Text != "" {
		if e.texts, err = textsOf(r.cell(b.o.Text), b.o.Text); err != nil {
			return err
		}
	}
	if e.file == "" && len(e.texts) == 0 {
		return badRow("there is neither a picture (%s) nor a text, expected at least one", b.o.Image)
	}
	if err := b.readLabels(&e, r); err != nil {
		return err
	}
	b.entries = append(b.entries, e)
	return nil
}

// readLabels reads the class, the tags or the numbers of a row.
func (b *builder) readLabels(e *entry, r tableRow) (err error) {
	if e.class, err = r.text(b.o.Label); err != nil {
		return err
	}
	if b.o.Label != "" && e.class == "" {
		return badRow("%s is empty, expected a class", b.o.Label)
	}
	if b.o.Tags != "" {
		if e.tags, err = tagsOf(r.cell(b.o.Tags), b.o.Tags); err != nil {
			return err
		}
	}
	numbers := make([]float32, 0, len(b.o.Numbers))
	for _, column := range b.o.Numbers {
		if numbers, err = appendNumber(numbers, r.cell(column), column); err != nil {
			return err
		}
	}
	b.targets = append(b.targets, numbers...)
	return nil
}
