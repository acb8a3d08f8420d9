package data

import (
	"bufio"
	"compress/gzip"
	"io"
)

// unzipped reads r, through gzip if it begins as a gzip file does.
func unzipped(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, err := b.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return b, nil // also a file of one byte: its reader says what is wrong with it
	}
	return gzip.NewReader(b)
}

// ends reports whether r is at its end. For a gzip file that includes its checksum.
func ends(r io.Reader) (bool, error) {
	var one [1]byte
	switch _, err := io.ReadFull(r, one[:]); err {
	case io.EOF:
		return true, nil
	case nil:
		return false, nil
	default:
		return false, err
	}
}
