package data

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/braidml/braid/tensor"
)

// The first two words of every vocabulary.
const (
	Padding = 0 // fills short texts up; never a word of a text
	Unknown = 1 // stands for every word that the vocabulary lacks
)

// Vocab numbers words: a word's id is its place in Words. Words[0] is padding, Words[1] the unknown word. Words is all
// there is to store; do not change it after the first use. Methods may be called from several goroutines.
type Vocab struct {
	Words []string

	once sync.Once
	ids  map[string]int32
}

// BuildVocab is the vocabulary of texts: their words that occur at least minCount times, the most frequent first,
// those of the same count in the order of their bytes. maxWords bounds Len, so it counts padding and unknown;
// 0 is no bound.
func BuildVocab(texts []string, maxWords, minCount int) *Vocab {
	if maxWords < 0 || maxWords == 1 {
		misuse("BuildVocab", "maxWords is %d, expected at least 2 (padding and unknown), or 0 for no bound", maxWords)
	}
	counts := map[string]int{}
	for _, text := range texts {
		for _, w := range Tokenize(text) {
			counts[w]++
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n < minCount })
	words := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	// Tokenize never yields these two: it splits at the brackets.
	words = append([]string{"<pad>", "<unk>"}, words...)
	if maxWords > 0 && len(words) > maxWords {
		words = words[:maxWords]
	}
	return &Vocab{Words: words}
}

// Len is the number of words, padding and unknown included: what an embedding needs.
func (v *Vocab) Len() int { return len(v.Words) }

// ID is the number of a word, or Unknown.
func (v *Vocab) ID(word string) int32 {
	v.once.Do(func() {
		v.ids = make(map[string]int32, len(v.Words))
		for i, w := range v.Words {
			if _, twice := v.ids[w]; !twice && i > Unknown {
				v.ids[w] = int32(i)
			}
		}
	})
	if id, ok := v.ids[word]; ok {
		return id
	}
	return Unknown
}

// Encode is the ids of a text's words.
func (v *Vocab) Encode(text string) []int32 {
	words := Tokenize(text)
	ids := make([]int32, len(words))
	for i, w := range words {
		ids[i] = v.ID(w)
	}
	return ids
}

// With is v with more words behind its own, which keep their numbers. What v has already, and what no word of a text can
// be ("New York", "the" in capitals), is left out.
func (v *Vocab) With(words []string) *Vocab {
	all := slices.Clone(v.Words)
	seen := map[string]bool{}
	for _, w := range words {
		if v.ID(w) != Unknown || seen[w] {
			continue
		}
		if t := Tokenize(w); len(t) == 1 && t[0] == w {
			seen[w] = true
			all = append(all, w)
		}
	}
	return &Vocab{Words: all}
}

// EncodeAll is the ids of many texts, [n, maxTokens] Int32, each padded at its end or cut there. maxTokens 0 takes the
// longest text.
func (v *Vocab) EncodeAll(texts []string, maxTokens int) tensor.Array {
	if maxTokens < 0 {
		misuse("EncodeAll", "maxTokens is %d, expected 1 or more, or 0 for the longest text", maxTokens)
	}
	encoded := make([][]int32, len(texts))
	longest := 1 // a width of 0 would be no text at all
	for i, text := range texts {
		encoded[i] = v.Encode(text)
		longest = max(longest, len(encoded[i]))
	}
	if maxTokens == 0 {
		maxTokens = longest
	}
	ids := make([]int32, len(texts)*maxTokens)
	for i, e := range encoded {
		copy(ids[i*maxTokens:(i+1)*maxTokens], e)
	}
	return tensor.ArrayOf(ids, len(texts), maxTokens)
}

// Bags counts each word of each text: [n, Len] Float32. Order is lost; column Padding is 0.
func (v *Vocab) Bags(texts []string) tensor.Array {
	counts := make([]float32, len(texts)*v.Len())
	for i, text := range texts {
		for _, id := range v.Encode(text) {
			if int(id) < v.Len() { // a vocabulary without words has no column for unknown either
				counts[i*v.Len()+int(id)]++
			}
		}
	}
	return tensor.ArrayOf(counts, len(texts), v.Len())
}

// Decode is the words of ids with spaces between them, without padding. An id that v does not have is the unknown word.
func (v *Vocab) Decode(ids []int32) string {
	var words []string
	for _, id := range ids {
		switch {
		case id == Padding:
		case id > Unknown && int(id) < v.Len():
			words = append(words, v.Words[id])
		default:
			words = append(words, "<unk>")
		}
	}
	return strings.Join(words, " ")
}

// Unknown is the texts, by their place, of which v knows no word: a model that reads them sees nothing.
func (v *Vocab) Unknown(texts []string) []int {
	var rows []int
	for i, text := range texts {
		if !slices.ContainsFunc(v.Encode(text), func(id int32) bool { return id != Unknown }) {
			rows = append(rows, i)
		}
	}
	return rows
}
