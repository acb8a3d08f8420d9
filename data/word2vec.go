package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

const (
	maxVectorHeader = 64      // bytes of the line of word2vec's binary format
	maxVectorWord   = 1 << 12 // bytes of a word there
)

// ReadWord2Vec reads word2vec's binary format (Mikolov et al. 2013), gzipped or not: a line with the number of words and
// of dimensions, then each word, a space and its numbers as little-endian float32, with or without a line end behind.
// It reads word by word; with a vocabulary only its words are kept. Anything else is an error that names the vector.
func ReadWord2Vec(r io.Reader, only *Vocab) (*Vectors, error) {
	v, err := readWord2Vec(r, only)
	if err != nil {
		return nil, fmt.Errorf("data: ReadWord2Vec: %w", err)
	}
	return v, nil
}

func readWord2Vec(r io.Reader, only *Vocab) (*Vectors, error) {
	return newCollector(only).readWord2Vec(r)
}

func (c *collector) readWord2Vec(r io.Reader) (*Vectors, error) {
	z, err := unzipped(r)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(z, 1<<16)
	header, err := upTo(b, '\n', maxVectorHeader)
	if err != nil {
		return nil, fmt.Errorf("the first line: %w", err)
	}
	words, dim, ok := vectorHeader(header)
	if !ok {
		return nil, fmt.Errorf("the first line is %.40q, expected the number of words and of dimensions", header)
	}
	if err := checkDim(dim); err != nil {
		return nil, fmt.Errorf("the first line: %w", err)
	}
	c.Dim = dim
	raw := make([]byte, 4*dim)
	for i := range words {
		if err := c.addBinary(b, raw); err != nil {
			return nil, fmt.Errorf("vector %d of %d: %w", i+1, words, err)
		}
		if c.full() {
			return c.done()
		}
	}
	if next, _ := b.Peek(1); len(next) == 1 && next[0] == '\n' {
		_, _ = b.Discard(1)
	}
	switch end, err := ends(b); {
	case err != nil:
		return nil, fmt.Errorf("after the %d vectors: %w", words, cut(err))
	case !end:
		return nil, fmt.Errorf("there are bytes after the %d vectors, expected the end of the file", words)
	}
	return c.done()
}

// addBinary reads one word and its numbers, which fill raw.
func (c *collector) addBinary(b *bufio.Reader, raw []byte) error {
	word, err := upTo(b, ' ', maxVectorWord)
	if err != nil {
		return fmt.Errorf("the word: %w", err)
	}
	if len(word) > 0 && word[0] == '\n' { // behind the vector before
		word = word[1:]
	}
	if len(word) == 0 || !utf8.Valid(word) {
		return fmt.Errorf("the word is %.40q, expected one in UTF-8", word)
	}
	if _, err := io.ReadFull(b, raw); err != nil {
		return fmt.Errorf("the numbers of %.40q: %w", word, cut(err))
	}
	if !c.wants(word) {
		return nil
	}
	for i := 0; i < len(raw); i += 4 {
		x := math.Float32frombits(binary.LittleEndian.Uint32(raw[i:]))
		if x-x != 0 {
			return fmt.Errorf("number %d of %.40q is %v, expected a finite number", i/4+1, word, x)
		}
		c.Data = append(c.Data, x)
	}
	c.add(word)
	return nil
}

// upTo reads to the next end, which is taken off, within limit bytes.
func upTo(b *bufio.Reader, end byte, limit int) ([]byte, error) {
	var text []byte
	for len(text) <= limit {
		c, err := b.ReadByte()
		if err != nil {
			return nil, cut(err)
		}
		if c == end {
			return text, nil
		}
		text = append(text, c)
	}
	return nil, fmt.Errorf("it begins with %.40q and is longer than %d bytes", text, limit)
}
