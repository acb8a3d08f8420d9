package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The same three vectors as gensim 4.4.0 and word2vec's own program write them.
const (
	gensimBinary = "3 2\nred \x00\x00\xc0?\x00\x00\x00\xc0\xe8\xbf\x99 \x00\x00\x80>\x00\x00@@don't \x00\x00\x00\x00o\x12\x83:"
	gensimText   = "3 2\nred 1.5 -2.0\n这 0.25 3.0\ndon't 0.0 0.001\n"
	ownBinary    = "3 2\nred \x00\x00\xc0?\x00\x00\x00\xc0\n\xe8\xbf\x99 \x00\x00\x80>\x00\x00@@\ndon't \x00\x00\x00\x00o\x12\x83:\n"
	ownText      = "3 2\nred 1.500000 -2.000000 \n这 0.250000 3.000000 \ndon't 0.000000 0.001000 \n"
	gloveText    = "red 1.5 -2\n这 0.25 3\ndon't 0 1e-3\n"
)

func TestReadVectors(t *testing.T) {
	want := &Vectors{Dim: 2, Words: []string{"red", "这", "don't"}, Data: []float32{1.5, -2, .25, 3, 0, .001}, Rows: 3}
	vocab := &Vocab{Words: []string{"<pad>", "<unk>", "这", "blue"}}
	for name, file := range map[string]string{"a.bin": gensimBinary, "b.bin": ownBinary, "a.txt": gensimText, "b.vec": ownText, "c.txt": gloveText} {
		for _, file := range [][]byte{[]byte(file), zipped(t, []byte(file))} {
			if file[0] == 0x1f {
				name += ".gz"
			}
			path := writeFile(t, name, file)
			got, err := ReadVectorsFile(path, nil)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, %v, expected %v", name, got, err, want)
			}
			got, err = ReadVectorsFile(path, vocab)
			if some := (&Vectors{Dim: 2, Words: []string{"这"}, Data: []float32{.25, 3}, Rows: 3}); err != nil || !reflect.DeepEqual(got, some) {
				t.Errorf("%s with a vocabulary: %v, %v, expected %v", name, got, err, some)
			}
		}
	}
}

// Tokens with spaces and symbols, as glove.840B has them, and words that come twice.
func TestReadGloVeWords(t *testing.T) {
	v, err := ReadGloVe(strings.NewReader(", 1 2\n. . . 3 4\nat name@domain.com 5 6\n, 7 8\n3 9 10\n\u00a0 11 12\n"), nil)
	want := &Vectors{Dim: 2, Words: []string{",", ". . .", "at name@domain.com", "3", "\u00a0"},
		Data: []float32{1, 2, 3, 4, 5, 6, 9, 10, 11, 12}, Rows: 6, Duplicates: 1}
	if err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("%v, %v, expected %v", v, err, want)
	}
	// The numbers of words that are not wanted are not looked at.
	v, err = ReadGloVe(strings.NewReader("red 1 2\nblue x y\n"), &Vocab{Words: []string{"", "", "red"}})
	if err != nil || len(v.Words) != 1 || v.Rows != 2 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestVectorsTable(t *testing.T) {
	const dim = 3
	rng := rand.New(rand.NewPCG(1, 2))
	v := &Vectors{Dim: dim}
	vocab := &Vocab{Words: []string{"<pad>", "<unk>"}}
	deviation, mean := []float64{.1, 1, 10}, []float64{5, 0, -5}
	for i := range 2000 {
		w := fmt.Sprint("w", i)
		vocab.Words = append(vocab.Words, w, "none"+w)
		v.Words = append(v.Words, w)
		for c := range dim {
			v.Data = append(v.Data, float32(mean[c]+deviation[c]*rng.NormFloat64()))
		}
	}
	v.Words, v.Data = append(v.Words, "w0", "elsewhere"), append(v.Data, 1, 1, 1, 2, 2, 2) // a duplicate, and one not asked for
	table, missing := v.Table(vocab, rand.New(rand.NewPCG(3, 4)))
	if missing != 2000 || len(table) != vocab.Len()*dim {
		t.Fatalf("%d are missing, the table has %d numbers, expected 2000 and %d", missing, len(table), vocab.Len()*dim)
	}
	if !slices.Equal(table[:dim], []float32{0, 0, 0}) {
		t.Errorf("padding is %v, expected zeros", table[:dim])
	}
	if slices.Equal(table[dim:2*dim], []float32{0, 0, 0}) {
		t.Error("the unknown word is zeros, as padding is")
	}
	var drawn []int
	for i := range 2000 {
		if !slices.Equal(table[(2+2*i)*dim:][:dim], v.Data[i*dim:][:dim]) {
			t.Fatalf("word %d is %v, expected %v", i, table[(2+2*i)*dim:][:dim], v.Data[i*dim:][:dim])
		}
		drawn = append(drawn, 3+2*i)
	}
	for c := range dim {
		// Of 2000 draws, the mean is known to deviation/sqrt(2000) and the deviation to deviation/sqrt(4000), twice: of
		// the table's words and of the drawn ones. Five of those.
		m, d := moments(table, dim, c, drawn)
		if off := 5 * deviation[c] * math.Sqrt(2./2000); !(math.Abs(m-mean[c]) <= off && math.Abs(d-deviation[c]) <= off) {
			t.Errorf("column %d of the drawn words has mean %g and deviation %g, expected %g and %g within %g", c, m, d, mean[c], deviation[c], off)
		}
	}
	again, _ := v.Table(vocab, rand.New(rand.NewPCG(3, 4)))
	if !slices.Equal(again, table) {
		t.Error("the same seed draws other vectors")
	}
	// No vector is found: still something to train from.
	none, missing := (&Vectors{Dim: 4}).Table(&Vocab{Words: []string{"<pad>", "<unk>", "red"}}, rng)
	if missing != 1 || slices.Contains(none[4:], 0) {
		t.Errorf("%v, %d missing", none, missing)
	}
}

func TestVectorsCutAnywhere(t *testing.T) {
	for name, file := range map[string]string{"a.bin": gensimBinary, "b.bin": ownBinary[:len(ownBinary)-1], "a.txt": gensimText} {
		for n := range file {
			if v, err := ReadVectorsFile(writeFile(t, name, []byte(file[:n])), nil); err == nil {
				t.Errorf("%s of %d bytes, cut to %d: %v", name, len(file), n, v)
			}
		}
	}
}

// The real file: 22,441 words, of which a vocabulary takes a few.
func TestReadGloVeFile(t *testing.T) {
	path := dataFolder(t, "glove/glove.6B.100d.subset.txt.gz")
	vocab := BuildVocab([]string{"what is the red shape, blue or green? nosuchwordatall"}, 0, 1)
	v, err := ReadVectorsFile(path, vocab)
	if err != nil {
		t.Fatal(err)
	}
	if v.Dim != 100 || v.Rows != 22441 || v.Duplicates != 0 || len(v.Words) != vocab.Len()-3 { // padding, unknown and one without
		t.Errorf("dimension %d, %d rows, %d duplicates, %d of %d words", v.Dim, v.Rows, v.Duplicates, len(v.Words), vocab.Len()-2)
	}
	table, missing := v.Table(vocab, rand.New(rand.NewPCG(1, 1)))
	if missing != 1 || len(table) != vocab.Len()*100 {
		t.Errorf("%d missing, expected 1", missing)
	}
	// Neighbours in meaning are neighbours in space: red is nearer to blue than to "what".
	if red := vector(table, vocab, "red"); !(cosine(red, vector(table, vocab, "blue")) > cosine(red, vector(table, vocab, "what"))) {
		t.Error("red is nearer to what than to blue")
	}
}

func vector(table []float32, vocab *Vocab, word string) []float32 {
	return table[int(vocab.ID(word))*100:][:100]
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

// A file of many vectors of which few are wanted takes the memory of the few.
func TestVectorsAreStreamed(t *testing.T) {
	const words, dim = 20000, 300
	var file bytes.Buffer
	fmt.Fprintf(&file, "%d %d\n", words, dim)
	numbers := make([]byte, 4*dim)
	for i := range words {
		fmt.Fprintf(&file, "w%d ", i)
		binary.LittleEndian.PutUint32(numbers, math.Float32bits(float32(i)))
		file.Write(numbers)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err := ReadWord2Vec(&file, &Vocab{Words: []string{"", "", "w7", "w19999"}})
	runtime.ReadMemStats(&after)
	if err != nil || v.Rows != words || !slices.Equal(v.Words, []string{"w7", "w19999"}) || v.Data[dim] != 19999 {
		t.Fatalf("%v, %v", v, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2<<20 {
		t.Errorf("%d bytes allocated for 2 of %d vectors", grown, words)
	}
}

func FuzzReadGloVe(f *testing.F) {
	for _, file := range []string{gensimText, ownText, gloveText, ". . . 1\n"} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) { checkVectors(t, file, readGloVe) })
}

func FuzzReadWord2Vec(f *testing.F) {
	f.Add([]byte(gensimBinary))
	f.Add([]byte(ownBinary))
	f.Fuzz(func(t *testing.T, file []byte) { checkVectors(t, file, readWord2Vec) })
}
