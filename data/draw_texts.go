package data

// drawnTexts gives each row one of several texts.
type drawnTexts struct {
	source Source[Pair]
	texts  ragged[int32] // tokens
	rows   ragged[int]   // which texts a row has
	width  int
}

// DrawTexts is s where each row has one of several texts, drawn anew in every epoch: captions, or tags. Without drawing it
// is the first; a row without texts has an empty one. Texts are padded or cut to maxTokens; 0: to the longest.
func DrawTexts(s Source[Pair], texts [][]string, vocab *Vocab, maxTokens int) Source[Pair] {
	if len(texts) != s.Len() {
		misuse("DrawTexts", "there are texts for %d rows, expected %d", len(texts), s.Len())
	}
	if maxTokens < 0 {
		misuse("DrawTexts", "maxTokens is %d, expected 1 or more, or 0 for the longest text", maxTokens)
	}
	d := &drawnTexts{source: s, width: max(maxTokens, 1)}
	for _, row := range texts {
		var which []int
		for _, text := range row {
			ids := vocab.Encode(text)
			if maxTokens > 0 {
				ids = ids[:min(len(ids), maxTokens)]
			}
			d.width = max(d.width, len(ids))
			which = append(which, len(d.texts.ends))
			d.texts.add(ids)
		}
		d.rows.add(which)
	}
	return d
}

// Len is the number of rows.
func (d *drawnTexts) Len() int { return d.source.Len() }

// Read reads rows and draws their texts.
func (d *drawnTexts) Read(b *Pair, rows []int, rng *RowRand) error {
	if err := d.source.Read(b, rows, rng); err != nil {
		return err
	}
	d.draw(b, rows, rng)
	return nil
}

func (d *drawnTexts) readPlain(b *Pair, rows []int) error {
	if err := readPlain(d.source, b, rows); err != nil {
		return err
	}
	d.draw(b, rows, nil)
	return nil
}

func (d *drawnTexts) draw(b *Pair, rows []int, rng *RowRand) {
	ids := room[int32](&b.Text, len(rows), []int{d.width})
	for i, row := range rows {
		out := ids[i*d.width : (i+1)*d.width]
		clear(out)
		which := d.rows.row(row)
		if len(which) == 0 {
			continue
		}
		k := 0
		if rng != nil {
			k = rng.drawn(row).IntN(len(which))
		}
		copy(out, d.texts.row(which[k]))
	}
}

// Check checks the source beneath.
func (d *drawnTexts) Check() error { return check(d.source) }
