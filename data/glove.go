package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// ReadGloVe reads word vectors as text, gzipped or not: GloVe's format (Pennington, Socher and Manning 2014), a word and
// its numbers a line with single spaces between them, and word2vec's, which is the same with a line before it that has
// the number of words and of dimensions. It reads line by line; with a vocabulary only its words are kept, and the
// numbers of others are not looked at.
//
// A word may have spaces in it, except on the first line, which tells the dimension. A line of other than that many
// numbers, or of one that is not finite, is an error that names it; so is a number of words other than announced.
func ReadGloVe(r io.Reader, only *Vocab) (*Vectors, error) {
	v, err := readGloVe(r, only)
	if err != nil {
		return nil, fmt.Errorf("data: ReadGloVe: %w", err)
	}
	return v, nil
}

func readGloVe(r io.Reader, only *Vocab) (*Vectors, error) { return newCollector(only).readGloVe(r) }

func (c *collector) readGloVe(r io.Reader) (*Vectors, error) {
	z, err := unzipped(r)
	if err != nil {
		return nil, err
	}
	lines := &lineReader{r: bufio.NewReaderSize(z, 1<<16)}
	announced := -1
	for number := 1; ; number++ {
		line, err := lines.line()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		line = bytes.TrimRight(line, " ") // word2vec's own program writes one
		if number == 1 {
			header := false
			if announced, c.Dim, header = vectorHeader(line); header {
				if err := checkDim(c.Dim); err != nil {
					return nil, fmt.Errorf("line 1: %w", err)
				}
				continue
			}
			announced = -1
			c.Dim = bytes.Count(line, []byte{' '})
			if err := checkDim(c.Dim); err != nil {
				return nil, fmt.Errorf("line 1: %w", err)
			}
		}
		if err := c.addLine(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if c.full() {
			return c.done()
		}
	}
	if announced >= 0 && announced != c.Rows {
		return nil, fmt.Errorf("there are %d vectors, expected the %d that line 1 announces", c.Rows, announced)
	}
	return c.done()
}

// vectorHeader reads a line of two whole numbers: words and dimensions.
func vectorHeader(line []byte) (words, dim int, ok bool) {
	first, second, two := bytes.Cut(line, []byte{' '})
	words, err := strconv.Atoi(string(first))
	dim, err2 := strconv.Atoi(string(second))
	return words, dim, two && err == nil && err2 == nil && words >= 0
}

func checkDim(dim int) error {
	if dim < 1 || dim > maxVectorDim {
		return fmt.Errorf("the vectors have %d numbers, expected 1 to %d", dim, maxVectorDim)
	}
	return nil
}

// addLine splits a line from its right end, because the word may have spaces.
func (c *collector) addLine(line []byte) error {
	end := len(line)
	for range c.Dim {
		if end = bytes.LastIndexByte(line[:end], ' '); end < 0 {
			return fmt.Errorf("%.40q has %d numbers, expected a word and %d numbers", line, bytes.Count(line, []byte{' '}), c.Dim)
		}
	}
	word := line[:end]
	if end == 0 {
		return fmt.Errorf("%.40q has no word, expected a word and %d numbers", line, c.Dim)
	}
	if last := bytes.LastIndexByte(word, ' '); last >= 0 {
		if _, err := strconv.ParseFloat(string(word[last+1:]), 32); err == nil {
			return fmt.Errorf("%.40q has more than %d numbers, expected a word and %d numbers", line, c.Dim, c.Dim)
		}
	}
	if !c.wants(word) {
		return nil
	}
	for i, field := range bytes.SplitN(line[end+1:], []byte{' '}, c.Dim) {
		x, err := strconv.ParseFloat(string(field), 32)
		if err != nil || x-x != 0 {
			return fmt.Errorf("number %d of %.40q is %.40q, expected a finite number", i+1, word, field)
		}
		c.Data = append(c.Data, float32(x))
	}
	c.add(word)
	return nil
}
