package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a row of a table: a file without line ends is not read into memory.
const maxLine = 1 << 20

// ReadTSV reads a table of tab-separated values in UTF-8 with a header, gzipped or not: rows of the named columns, in
// the order of the names; of all columns if none is named.
//
// There is no quoting: a field cannot hold a tab or a line end. Every row has as many fields as the header, and the last
// one ends with a line end too, so that a file that was cut is noticed (unless it was cut between two rows).
// Errors name the file, the row (the first after the header is row 1) and the columns there are.
func ReadTSV(path string, columns ...string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: ReadTSV: %w", err)
	}
	defer f.Close()
	rows, err := readTSV(f, columns)
	if err != nil {
		return nil, fmt.Errorf("data: ReadTSV: %s: %w", path, err)
	}
	return rows, nil
}

func readTSV(r io.Reader, columns []string) ([][]string, error) {
	z, err := unzipped(r)
	if err != nil {
		return nil, err
	}
	lines := &lineReader{r: bufio.NewReaderSize(z, 1<<16)}
	first, err := lines.next()
	if err == io.EOF {
		return nil, fmt.Errorf("the file is empty, expected a header of column names")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	header := strings.Split(strings.TrimPrefix(first, "\ufeff"), "\t")
	places, err := findColumns(header, columns)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for {
		line, err := lines.next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows)+1, err)
		}
		if n := strings.Count(line, "\t") + 1; n != len(header) {
			return nil, fmt.Errorf("row %d has %d fields, expected %d (%s)", len(rows)+1, n, len(header), strings.Join(header, ", "))
		}
		fields := strings.Split(line, "\t")
		row := make([]string, len(places))
		for i, p := range places {
			row[i] = fields[p]
		}
		rows = append(rows, row)
	}
}

// findColumns is where each of columns is in header.
func findColumns(header, columns []string) ([]int, error) {
	for i, name := range header {
		if slices.Contains(header[:i], name) {
			return nil, fmt.Errorf("header: there are two columns %q, expected different names (%s)", name, strings.Join(header, ", "))
		}
	}
	if len(columns) == 0 {
		columns = header
	}
	places := make([]int, len(columns))
	for i, name := range columns {
		places[i] = slices.Index(header, name)
		if places[i] < 0 {
			return nil, fmt.Errorf("there is no column %q, the columns are: %s", name, strings.Join(header, ", "))
		}
	}
	return places, nil
}

// lineReader reads lines that are bounded, complete and UTF-8.
type lineReader struct {
	r       *bufio.Reader
	text    []byte // of a line that did not fit r's buffer
	unended bool   // the last line may lack its end, because its contents tell whether it is whole
}

// next is the next line without its end, or io.EOF.
func (l *lineReader) next() (string, error) {
	line, err := l.line()
	return string(line), err
}

// line is next, valid until it is called again.
func (l *lineReader) line() ([]byte, error) {
	l.text = l.text[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		line := part
		if len(l.text) > 0 || err == bufio.ErrBufferFull {
			l.text = append(l.text, part...)
			line = l.text
		}
		switch {
		case len(line) > maxLine:
			return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err == io.EOF && !l.unended:
			return nil, fmt.Errorf("the last line has no line end, expected one: the file may have been cut")
		case err != nil && err != io.EOF:
			return nil, cut(err)
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
		if !utf8.Valid(line) {
			return nil, badRow("the line is not UTF-8: %.40q", line)
		}
		return line, nil
	}
}
