package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// jsonTable is JSON Lines: an object a line. Blank lines are passed over.
type jsonTable struct {
	lines  *lineReader
	wanted []string
	seen   []bool // which of wanted some row had
	keys   []string
}

// maxKeys bounds the names that are kept for an error message.
const maxKeys = 50

func newJSONL(r io.Reader, wanted []string) (tableReader, error) {
	return &jsonTable{
		lines:  &lineReader{r: bufio.NewReaderSize(r, 1<<16), unended: true},
		wanted: wanted, seen: make([]bool, len(wanted)),
	}, nil
}

func (t *jsonTable) next() ([]cell, error) {
	for {
		line, err := t.lines.line()
		if err == io.EOF {
			return nil, t.end()
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return t.parse(bytes.TrimPrefix(line, []byte("\ufeff")))
		}
	}
}

// end tells a column that no row had from one that some rows lack.
func (t *jsonTable) end() error {
	for i, seen := range t.seen {
		if !seen && len(t.keys) > 0 {
			return tableError{fmt.Errorf("there is no column %q, the columns are: %s", t.wanted[i], strings.Join(t.keys, ", "))}
		}
	}
	return io.EOF
}

// parse reads an object whose keys are all different.
func (t *jsonTable) parse(line []byte) ([]cell, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, badRow("the line is %.40q, expected a JSON object", line)
	}
	cells := make([]cell, len(t.wanted))
	here := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, badRow("%w", cut(err))
		}
		name := key.(string) // whatever else stands for a key is an error of Token
		if here[name] {
			return nil, badRow("the key %q comes twice", name)
		}
		here[name] = true
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, badRow("%q: %w", name, cut(err))
		}
		t.note(name)
		for i, w := range t.wanted {
			if w == name {
				cells[i] = jsonCell(value)
				t.seen[i] = true
			}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, badRow("%w", cut(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badRow("there is something behind the object, expected one object a line")
	}
	return cells, nil
}

func (t *jsonTable) note(name string) {
	if len(t.keys) < maxKeys && !slices.Contains(t.keys, name) {
		t.keys = append(t.keys, name)
	}
}

func jsonCell(value any) cell {
	switch v := value.(type) {
	case nil:
		return cell{}
	case []any:
		c := cell{kind: cellList, list: make([]string, len(v))}
		for i, e := range v {
			s, ok := jsonText(e)
			if !ok {
				return cell{kind: cellOther}
			}
			c.list[i] = s
		}
		return c
	default:
		if s, ok := jsonText(v); ok {
			return textCell(s)
		}
	}
	return cell{kind: cellOther}
}

func jsonText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}
