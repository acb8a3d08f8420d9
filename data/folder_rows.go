package data

import "github.com/braidml/braid/tensor"

// Encode numbers the texts anew by another vocabulary, that of the rows to train on for example. Texts are padded or cut
// to maxTokens; 0: to the longest. It is called before the first Read. A folder without texts stays without.
func (f *ImageFolder) Encode(vocab *Vocab, maxTokens int) {
	if f.options.Text == "" {
		return
	}
	if maxTokens < 0 {
		misuse("Encode", "maxTokens is %d, expected 1 or more, or 0 for the longest text", maxTokens)
	}
	f.Vocab, f.ids = vocab, ragged[int32]{}
	longest := 1
	for _, text := range f.texts.values {
		ids := vocab.Encode(text)
		if maxTokens > 0 {
			ids = ids[:min(len(ids), maxTokens)]
		}
		longest = max(longest, len(ids))
		f.ids.add(ids)
	}
	f.tokens = maxTokens
	if maxTokens == 0 {
		f.tokens = longest
	}
}

// Has reports whether a row has a picture, and a text.
func (f *ImageFolder) Has(row int) (image, text bool) {
	return f.files[row] != "", len(f.Texts(row)) > 0
}

// Row is the number of a row in the table, from 1, or 0 where pictures lie in folders and there is no table.
func (f *ImageFolder) Row(row int) int {
	if f.numbers == nil {
		return 0
	}
	return f.numbers[row]
}

// Targets is the labels of rows as Read gives them, without decoding a picture; absent where there are none.
func (f *ImageFolder) Targets(rows []int) tensor.Array {
	var b Pair
	f.readLabels(&b, rows)
	return b.Label
}

// chosen is the tokens of one of a row's texts.
func (f *ImageFolder) chosen(row int, rng *RowRand) []int32 {
	from, to := f.texts.span(row)
	switch {
	case from == to:
		return nil
	case rng != nil && to > from+1:
		from += rng.drawn(row).IntN(to - from)
	}
	return f.ids.row(from)
}
