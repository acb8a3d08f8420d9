package data

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
)

// checkVectors is what must hold of whatever is read.
func checkVectors(t *testing.T, file []byte, read func(io.Reader, *Vocab) (*Vectors, error)) {
	v, err := read(bytes.NewReader(file), nil)
	if err != nil {
		return
	}
	if v.Dim < 1 || len(v.Data) != v.Dim*len(v.Words) || v.Rows != len(v.Words)+v.Duplicates || v.Rows > len(file) {
		t.Errorf("dimension %d, %d words, %d numbers, %d rows, %d duplicates", v.Dim, len(v.Words), len(v.Data), v.Rows, v.Duplicates)
	}
	if i := firstNonFinite(v.Data); i >= 0 {
		t.Errorf("number %d is %v", i, v.Data[i])
	}
}

func TestReadVectorsMalformed(t *testing.T) {
	for _, tt := range []struct{ name, file, content, want string }{
		{"empty", "a.txt", "", "there are no vectors, expected at least one"},
		{"no line end", "a.txt", gloveText + "blue 1 2", "line 4: the last line has no line end"},
		{"only a word", "a.txt", "red\n", "line 1: the vectors have 0 numbers, expected 1 to 16384"},
		{"blank first line", "a.txt", "\nred 1\n", "line 1: the vectors have 0 numbers"},
		{"blank line", "a.txt", gloveText + "\nblue 1 2\n", `line 4: "" has 0 numbers, expected a word and 2 numbers`},
		{"few numbers", "a.txt", gloveText + "blue 1\n", `line 4: "blue 1" has 1 numbers, expected a word and 2 numbers`},
		{"many numbers", "a.txt", gloveText + "blue 1 2 3\n", `line 4: "blue 1 2 3" has more than 2 numbers`},
		{"no word", "a.txt", gloveText + " 1 2\n", `line 4: " 1 2" has no word`},
		{"not a number", "a.txt", "red 1 x\n", `line 1: number 2 of "red" is "x", expected a finite number`},
		{"decimal comma", "a.txt", gloveText + "blue 1,5 2\n", `line 4: number 1 of "blue" is "1,5"`},
		{"two spaces", "a.txt", gloveText + "blue 1  2\n", `line 4: "blue 1  2" has more than 2 numbers`},
		{"two spaces at first", "a.txt", "blue  2\n", `line 1: number 1 of "blue" is "", expected`},
		{"tabs", "a.txt", "red\t1\t2\n", "line 1: the vectors have 0 numbers"},
		{"NaN", "a.txt", gloveText + "blue nan 2\n", `line 4: number 1 of "blue" is "nan", expected a finite number`},
		{"infinity", "a.txt", gloveText + "blue 1 -Inf\n", `line 4: number 2 of "blue" is "-Inf"`},
		{"beyond float32", "a.txt", gloveText + "blue 1 1e39\n", `line 4: number 2 of "blue" is "1e39"`},
		{"not UTF-8", "a.txt", gloveText + "bl\xffe 1 2\n", "line 4: the line is not UTF-8"},
		{"binary", "a.txt", ownBinary, "line 2: the line is not UTF-8"},
		{"long line", "a.txt", strings.Repeat("1 ", maxLine) + "\n", "line 1: the line is longer than 1048576 bytes"},
		{"too many dimensions", "a.txt", "red" + strings.Repeat(" 1", maxVectorDim+1) + "\n", "line 1: the vectors have 16385 numbers, expected 1 to 16384"},
		{"header of 0 dimensions", "a.txt", "3 0\n", "line 1: the vectors have 0 numbers"},
		{"header of many dimensions", "a.txt", "3 1000000000\nred 1\n", "line 1: the vectors have 1000000000 numbers"},
		{"header of more words", "a.txt", "4 2\n" + gloveText, "there are 3 vectors, expected the 4 that line 1 announces"},
		{"header of fewer words", "a.txt", "2 2\n" + gloveText, "there are 3 vectors, expected the 2 that line 1 announces"},
		{"header of other dimensions", "a.txt", "3 3\n" + gloveText, `line 2: "red 1.5 -2" has 2 numbers, expected a word and 3 numbers`},
		{"header only", "a.txt", "0 5\n", "there are no vectors"},
		{"cut gzip", "a.txt", string(zipped(t, []byte(gloveText))[:30]), "the file ends too early"},
		{"empty", "a.bin", "", "the first line: the file ends too early"},
		{"text", "a.bin", gloveText, `the first line is "red 1.5 -2", expected the number of words and of dimensions`},
		{"no line", "a.bin", strings.Repeat("\x01", 200), "is longer than 64 bytes"},
		{"one number", "a.bin", "300\n", `the first line is "300"`},
		{"negative words", "a.bin", "-1 2\n", `the first line is "-1 2"`},
		{"negative dimensions", "a.bin", "3 -2\n", "the first line: the vectors have -2 numbers, expected 1 to 16384"},
		{"many dimensions", "a.bin", "3 99999999\n", "the first line: the vectors have 99999999 numbers"},
		{"no words", "a.bin", "0 2\n", "there are no vectors"},
		{"a billion words", "a.bin", "1000000000 300\nred ", "vector 1 of 1000000000: the numbers of \"red\": the file ends too early"},
		{"fewer words", "a.bin", "4" + gensimBinary[1:], "vector 4 of 4: the word: the file ends too early"},
		{"more words", "a.bin", "2" + gensimBinary[1:], "there are bytes after the 2 vectors, expected the end of the file"},
		{"empty word", "a.bin", "1 1\n 1234", `vector 1 of 1: the word is "", expected one in UTF-8`},
		{"word not UTF-8", "a.bin", "1 1\n\xff\xfe 1234", `vector 1 of 1: the word is "\xff\xfe", expected one in UTF-8`},
		{"long word", "a.bin", "1 1\n" + strings.Repeat("x", 5000), "is longer than 4096 bytes"},
		{"other dimensions", "a.bin", "3 3" + gensimBinary[3:], "vector 2 of 3: the word is "},
		{"NaN", "a.bin", "1 2\nred \x00\x00\x80?\x00\x00\xc0\x7f", `vector 1 of 1: number 2 of "red" is NaN, expected a finite number`},
		{"infinity", "a.bin", "1 1\nred \x00\x00\x80\xff", `vector 1 of 1: number 1 of "red" is -Inf`},
		{"cut numbers", "a.bin", gensimBinary[:len(gensimBinary)-1], `vector 3 of 3: the numbers of "don't": the file ends too early`},
	} {
		var before, after runtime.MemStats
		path := writeFile(t, tt.file, []byte(tt.content))
		runtime.ReadMemStats(&before)
		_, err := ReadVectorsFile(path, nil)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) {
			t.Errorf("%s of %s: %v, expected %q", tt.name, tt.file, err, tt.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 { // a line may have 1 MiB, and its buffer grows
			t.Errorf("%s of %s: %d bytes allocated before it was refused", tt.name, tt.file, grown)
		}
	}
}
