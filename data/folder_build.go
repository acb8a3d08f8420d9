package data

import (
	"fmt"
	"io"
	"slices"
)

// entry is a row before its text and its label are numbered.
type entry struct {
	number int // of the row in the table; 0: there is no table
	file   string
	folder string   // name of the folder that the file lies in; "" if that is the one that was opened
	texts  []string // more than one: another one in every epoch
	class  string
	tags   []string
}

// builder collects rows and makes an ImageFolder of them.
type builder struct {
	o        FolderOptions
	open     func(name string) (io.ReadCloser, error)
	locate   func(name string) (string, error) // a table's name of a picture as open takes it, if it exists
	table    string                            // name of the table; "" if there is none
	within   string                            // take only pictures whose file begins so
	manifest bool                              // the table may have a column split, and folders are no labels

	entries []entry
	targets []float32
	bad     []error
}

func newBuilder(o FolderOptions, open func(string) (io.ReadCloser, error)) *builder {
	return &builder{o: o, open: open}
}

// reject counts a bad row, or is the error that it is.
func (b *builder) reject(number int, file string, err error) error {
	switch {
	case number == 0:
		err = fmt.Errorf("%s: %w", file, err)
	case file == "":
		err = fmt.Errorf("%s: row %d: %w", b.table, number, err)
	default:
		err = fmt.Errorf("%s: row %d: %s: %w", b.table, number, file, err)
	}
	if !b.o.SkipBad {
		return err
	}
	b.bad = append(b.bad, err)
	return nil
}

// finish numbers texts and labels. err is that of the reading.
func (b *builder) finish(err error) (*ImageFolder, error) {
	if err != nil {
		return nil, err
	}
	if err := b.dropUndecodable(); err != nil {
		return nil, err
	}
	f := &ImageFolder{options: b.o, open: b.open, table: b.table}
	if err := b.label(f); err != nil {
		return nil, err
	}
	if len(b.entries) == 0 {
		if len(b.bad) > 0 {
			return nil, fmt.Errorf("all %d rows are bad, the first: %w", len(b.bad), b.bad[0])
		}
		if b.table != "" {
			return nil, fmt.Errorf("%s: there are no rows, expected at least one", b.table)
		}
		return nil, fmt.Errorf("there are no pictures, expected at least one")
	}
	b.number(f)
	f.Bad = b.bad
	return f, nil
}

// number fills in files, texts and what is missing.
func (b *builder) number(f *ImageFolder) {
	missing := slices.ContainsFunc(b.entries, func(e entry) bool { return e.file == "" || b.o.Text != "" && len(e.texts) == 0 })
	for _, e := range b.entries {
		f.files = append(f.files, e.file)
		f.texts.add(e.texts)
		if b.table != "" {
			f.numbers = append(f.numbers, e.number)
		}
		if missing {
			f.has = append(f.has, bit(e.file != ""), bit(len(e.texts) > 0))
		}
	}
	if b.o.Text != "" {
		vocab := b.o.Vocab
		if vocab == nil {
			vocab = BuildVocab(f.texts.values, 0, 1)
		}
		f.Encode(vocab, b.o.MaxTokens)
	}
	if size := b.o.Height * b.o.Width * b.o.Channels; size*len(f.files) <= b.o.CacheBytes {
		f.kept = newPictureCache(len(f.files), size)
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
