package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvTable is a table of comma-separated values with a header (RFC 4180).
type csvTable struct {
	csv     *csv.Reader
	bound   *boundedReader
	header  []string
	columns []int
}

func newCSV(r io.Reader, wanted []string) (tableReader, error) {
	t := &csvTable{bound: &boundedReader{r: r}}
	t.csv = csv.NewReader(t.bound)
	t.csv.ReuseRecord = true
	header, err := t.record()
	if err == io.EOF {
		return nil, fmt.Errorf("the file is empty, expected a header of column names")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	t.header, t.columns, err = columnsOf(slices.Clone(header), wanted)
	return t, err
}

func (t *csvTable) next() ([]cell, error) {
	record, err := t.record()
	if err != nil {
		return nil, err
	}
	return cellsAt(record, t.columns)
}

// record also says of which errors the rows behind can be read.
func (t *csvTable) record() ([]string, error) {
	t.bound.left = maxLine
	record, err := t.csv.Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		switch {
		case wrong.Err == csv.ErrFieldCount:
			return nil, badRow("there are %d fields, expected %d (as the header has)", len(record), t.csv.FieldsPerRecord)
		case errors.Is(wrong.Err, errLongRow):
			return nil, wrong.Err
		}
		return nil, badRow("line %d, column %d: %w", wrong.Line, wrong.Column, wrong.Err)
	}
	if err != nil && err != io.EOF {
		return nil, cut(err)
	}
	return record, err
}

var errLongRow = fmt.Errorf("the row is longer than %d bytes", maxLine)

// boundedReader reads so many bytes more, then no further: a quotation mark that is never closed makes the whole rest of
// a file one field. What the reader above holds in its buffer is beyond that.
type boundedReader struct {
	r    io.Reader
	left int
}

// Read reads at most what is left.
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRow
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// tsvTable is a table as [ReadTSV] reads it.
type tsvTable struct {
	lines   *lineReader
	header  []string
	columns []int
}

func newTSVTable(r io.Reader, wanted []string) (tableReader, error) {
	t := &tsvTable{lines: &lineReader{r: bufio.NewReaderSize(r, 1<<16)}}
	line, err := t.lines.next()
	if err == io.EOF {
		return nil, fmt.Errorf("the file is empty, expected a header of column names")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	t.header, t.columns, err = columnsOf(strings.Split(line, "\t"), wanted)
	return t, err
}

func (t *tsvTable) next() ([]cell, error) {
	line, err := t.lines.next()
	if err != nil {
		return nil, err
	}
	fields := strings.Split(line, "\t")
	if len(fields) != len(t.header) {
		return nil, badRow("there are %d fields, expected %d (as the header has)", len(fields), len(t.header))
	}
	return cellsAt(fields, t.columns)
}
