package data

import (
	"bytes"
	"fmt"
	"image"
	"runtime"
	"sync"
	"sync/atomic"
)

// dropUndecodable decodes every picture and takes those out that fail, where bad rows are to be left out.
func (b *builder) dropUndecodable() error {
	if !b.o.SkipBad {
		return nil
	}
	failed := make([]error, len(b.entries))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(b.entries); i = int(next.Add(1)) - 1 {
				failed[i] = b.tryDecode(b.entries[i].file)
			}
		})
	}
	wg.Wait()
	row := 0
	columns := len(b.o.Numbers)
	targets := b.targets
	b.targets = nil
	return b.keep(func(entry) error {
		err := failed[row]
		if err == nil {
			b.targets = append(b.targets, targets[row*columns:(row+1)*columns]...)
		}
		row++
		return err
	})
}

// tryDecode reads a picture and forgets it.
func (b *builder) tryDecode(name string) (err error) {
	if name == "" {
		return nil
	}
	r, err := b.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	file, _, format, err := readImage(r, maxPixels)
	if err != nil {
		return err
	}
	if _, _, err := image.Decode(bytes.NewReader(file)); err != nil {
		return fmt.Errorf("%s image: %w", format, cut(err))
	}
	return nil
}
