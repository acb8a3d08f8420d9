package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
)

const maxVectorDim = 1 << 14 // numbers of a word's vector

// Vectors are word vectors: Dim numbers of Data for each of Words, in their order.
type Vectors struct {
	Dim   int
	Words []string
	Data  []float32

	Rows       int // vectors that the file has
	Duplicates int // words that came again: the first vector counts
}

// ReadVectorsFile reads a file of word vectors: word2vec's binary format if its name ends in .bin (or .bin.gz), else
// text as [ReadGloVe] does. With a vocabulary only its words are kept. Errors name the file.
func ReadVectorsFile(path string, only *Vocab) (*Vectors, error) {
	return newCollector(only).readFile(path)
}

// VectorWords is the words of the first n vectors of a file, as [ReadVectorsFile] reads it: those of the most frequent
// words, as such files are sorted. What lies behind them is not looked at.
func VectorWords(path string, n int) ([]string, error) {
	if n < 1 {
		misuse("VectorWords", "n is %d, expected 1 or more", n)
	}
	c := newCollector(nil)
	c.most = n
	v, err := c.readFile(path)
	if err != nil {
		return nil, err
	}
	return v.Words, nil
}

func (c *collector) readFile(path string) (*Vectors, error) {
	op, read := "ReadGloVe", c.readGloVe
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".bin") {
		op, read = "ReadWord2Vec", c.readWord2Vec
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", op, err)
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %s: %w", op, path, err)
	}
	return v, nil
}

// collector gathers the vectors that are wanted.
type collector struct {
	Vectors
	only *Vocab
	seen map[string]bool
	most int // words to read; 0: all
}

// full reports whether there are as many words as are asked for.
func (c *collector) full() bool { return c.most > 0 && len(c.Words) == c.most }

func newCollector(only *Vocab) *collector {
	return &collector{only: only, seen: map[string]bool{}}
}

// wants reports whether the vector of the next word is kept.
func (c *collector) wants(word []byte) bool {
	c.Rows++
	switch {
	case c.only != nil && c.only.ID(string(word)) == Unknown:
		return false
	case c.seen[string(word)]:
		c.Duplicates++
		return false
	}
	return true
}

// add takes a wanted word; its numbers are in Data already.
func (c *collector) add(word []byte) {
	w := string(word)
	c.seen[w] = true
	c.Words = append(c.Words, w)
}

func (c *collector) done() (*Vectors, error) {
	if c.Rows == 0 {
		return nil, fmt.Errorf("there are no vectors, expected at least one")
	}
	return &c.Vectors, nil
}

// Table is the vectors in the order of vocab, [vocab.Len(), Dim], for an embedding. Padding is zeros. Words without a
// vector, and Unknown, are drawn from the normal distribution that each column of the found vectors has; missing counts
// those words, without Unknown: missing/(vocab.Len()-2) is their share. With no vector found, all are drawn with
// mean 0 and deviation 1/sqrt(Dim).
func (v *Vectors) Table(vocab *Vocab, rng *rand.Rand) (table []float32, missing int) {
	rows := make(map[string]int, len(v.Words))
	for i, w := range v.Words {
		if _, twice := rows[w]; !twice {
			rows[w] = i
		}
	}
	table = make([]float32, vocab.Len()*v.Dim)
	var found, without []int
	for id := Unknown; id < vocab.Len(); id++ {
		row, ok := rows[vocab.Words[id]]
		if id == Unknown || !ok {
			without = append(without, id)
			continue
		}
		found = append(found, id)
		copy(table[id*v.Dim:(id+1)*v.Dim], v.Data[row*v.Dim:])
	}
	for column := range v.Dim {
		mean, deviation := moments(table, v.Dim, column, found)
		for _, id := range without {
			table[id*v.Dim+column] = float32(mean + deviation*rng.NormFloat64())
		}
	}
	if len(without) > 0 && without[0] == Unknown {
		return table, len(without) - 1
	}
	return table, len(without)
}

// moments are mean and standard deviation of one column over the given rows.
func moments(table []float32, dim, column int, rows []int) (mean, deviation float64) {
	if len(rows) == 0 {
		return 0, 1 / math.Sqrt(float64(dim))
	}
	for _, r := range rows {
		mean += float64(table[r*dim+column])
	}
	mean /= float64(len(rows))
	for _, r := range rows {
		d := float64(table[r*dim+column]) - mean
		deviation += d * d
	}
	return mean, math.Sqrt(deviation / float64(len(rows)))
}
