package data

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// tableReader reads the wanted columns of a table row by row.
type tableReader interface {
	// next is the cells of the next row, or io.EOF. After an error that is a rowError it can go on with the row after.
	next() ([]cell, error)
}

// rowError is what is wrong with one row.
type rowError struct{ error }

// Unwrap is the cause.
func (e rowError) Unwrap() error { return e.error }

// tableError is what is wrong with a table, found behind its last row.
type tableError struct{ error }

func badRow(format string, args ...any) error { return rowError{fmt.Errorf(format, args...)} }

// skippable reports whether the rows after err can be read.
func skippable(err error) bool {
	_, ok := errors.AsType[rowError](err)
	return ok
}

// cell is a value of a table. An empty field, null and a key that a row lacks are all absent.
type cell struct {
	kind cellKind
	text string
	list []string
}

type cellKind uint8

const (
	cellAbsent cellKind = iota
	cellText            // also a number or a truth value, as it is written
	cellList
	cellOther // an object, or a list of more than texts and numbers
)

func textCell(s string) cell {
	if s == "" {
		return cell{}
	}
	return cell{kind: cellText, text: s}
}

// String is the value as error messages show it.
func (c cell) String() string {
	switch c.kind {
	case cellAbsent:
		return "empty"
	case cellText:
		return fmt.Sprintf("%.60q", c.text)
	case cellList:
		return fmt.Sprintf("the list %.60q", c.list)
	}
	return "an object"
}

// one is the text of a cell that may not be a list; "" if it is absent.
func (c cell) one(column string) (string, error) {
	if c.kind > cellText {
		return "", badRow("%s is %v, expected a text", column, c)
	}
	return c.text, nil
}

// tableKinds are the formats of tables by the end of the file's name.
var tableKinds = map[string]func(io.Reader, []string) (tableReader, error){
	".csv": newCSV, ".tsv": newTSVTable, ".jsonl": newJSONL, ".ndjson": newJSONL,
}

// openTable reads the columns of a table whose format its name tells; without columns, of a table with a header all. It
// may be gzipped.
func openTable(name string, r io.Reader, columns []string) (tableReader, error) {
	open := tableKinds[strings.ToLower(path.Ext(strings.TrimSuffix(name, ".gz")))]
	if open == nil {
		return nil, fmt.Errorf("the name ends in %q, expected .csv, .tsv or .jsonl", path.Ext(name))
	}
	z, err := unzipped(r)
	if err != nil {
		return nil, err
	}
	return open(z, columns)
}

// cellsAt is the fields of a row at places.
func cellsAt(fields []string, places []int) ([]cell, error) {
	cells := make([]cell, len(places))
	for i, p := range places {
		if !utf8.ValidString(fields[p]) {
			return nil, badRow("field %d is not UTF-8: %.40q", p+1, fields[p])
		}
		cells[i] = textCell(strings.Clone(fields[p])) // not the whole row's memory
	}
	return cells, nil
}

// columnsOf is the header's names, and where the wanted columns are; of nil all of them.
func columnsOf(header, wanted []string) ([]string, []int, error) {
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	places, err := findColumns(header, wanted)
	return header, places, err
}
