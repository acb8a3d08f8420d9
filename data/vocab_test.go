package data

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/braidml/braid/tensor"
)

func TestTokenize(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		" \t\n":                      "",
		"What colour is it?":         "what|colour|is|it|?",
		"don't 'quote' it's'":        "don't|'|quote|'|it's|'",
		"3.5kg, NO-ONE":              "3|.|5kg|,|no|-|one",
		"这是红色的circle吗?":              "这|是|红|色|的|circle|吗|?",
		"東京タワー":                      "東|京|タワー",
		"Ärger ÉTÉ Ωμέγα":            "ärger|été|ωμέγα",
		"e\u0301te\u0301":            "e\u0301te\u0301",
		"👍🏽 ok":                      "👍|🏽|ok",
		"zero\u200dwidth \u200d x":   "zero\u200dwidth|x",
		"bad\xffbyte":                "bad|\ufffd|byte",
		"<pad> <unk>":                "<|pad|>|<|unk|>",
		"人's":                        "人|'|s",
		"rock'n'roll '90s \u00a0end": "rock'n'roll|'|90s|end",
	} {
		if got := strings.Join(Tokenize(text), "|"); got != want {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	}
}

func TestBuildVocab(t *testing.T) {
	texts := []string{"a red circle", "a blue circle", "a red star", "zebra"}
	full := []string{"<pad>", "<unk>", "a", "circle", "red", "blue", "star", "zebra"}
	for _, tt := range []struct {
		max, count int
		want       []string
	}{
		{0, 0, full}, {0, 1, full}, {100, 1, full}, {5, 1, full[:5]}, {0, 2, full[:5]}, {0, 9, full[:2]}, {2, 1, full[:2]},
	} {
		for range 5 { // a map's order must not show
			rand.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
			if got := BuildVocab(texts, tt.max, tt.count).Words; !slices.Equal(got, tt.want) {
				t.Errorf("at most %d words that occur %d times: %q, expected %q", tt.max, tt.count, got, tt.want)
			}
		}
	}
	wantMisuse(t, "maxWords is 1", func() { BuildVocab(nil, 1, 0) })
	wantMisuse(t, "maxWords is -1", func() { BuildVocab(nil, -1, 0) })
}

func TestVocabEncodes(t *testing.T) {
	v := &Vocab{Words: []string{"<pad>", "<unk>", "is", "it", "red", "红", "?"}}
	if got := v.Encode("Is it RED 红 or blue?"); !slices.Equal(got, []int32{2, 3, 4, 5, 1, 1, 6}) {
		t.Errorf("%v", got)
	}
	if got := v.Decode([]int32{0, 2, 1, 5, 99, -1, 0}); got != "is <unk> 红 <unk> <unk>" {
		t.Errorf("%q", got)
	}
	texts := []string{"is it", "", "red red ? ?"}
	for width, want := range map[int][]int32{
		0: {2, 3, 0, 0, 0, 0, 0, 0, 4, 4, 6, 6},
		1: {2, 0, 4},
		5: {2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 6, 6, 0},
	} {
		got := v.EncodeAll(texts, width)
		if !slices.Equal(tensor.Values[int32](got), want) || got.Shape()[0] != 3 || got.Shape()[1]*3 != len(want) {
			t.Errorf("width %d: %v, expected %v", width, got, want)
		}
	}
	bags := v.Bags([]string{"red it red", "unheard"})
	if got := tensor.Values[float32](bags); !slices.Equal(got, []float32{0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0}) {
		t.Errorf("bags %v", bags)
	}
	if got := v.Unknown([]string{"is that so", "no way", "", "红"}); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("texts %v have no known word, expected [1 2]", got)
	}
	if got := v.EncodeAll(nil, 0).Shape(); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("no texts have shape %v", got)
	}
	empty := &Vocab{}
	if got := empty.Encode("a b"); !slices.Equal(got, []int32{1, 1}) || empty.Bags([]string{"a"}).Len() != 0 {
		t.Errorf("a vocabulary without words encodes %v", got)
	}
	wantMisuse(t, "maxTokens is -1", func() { v.EncodeAll(texts, -1) })
}

// Words is all there is: a vocabulary survives JSON, and works in many goroutines from the first use.
func TestVocabIsItsWords(t *testing.T) {
	v := BuildVocab([]string{"a red circle 红"}, 0, 1)
	stored, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Vocab
	if err := json.Unmarshal(stored, &back); err != nil || !slices.Equal(back.Words, v.Words) {
		t.Fatalf("%s: %v, %v", stored, back.Words, err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !slices.Equal(back.Encode("red 红"), v.Encode("red 红")) {
				t.Error("it encodes differently")
			}
		})
	}
	wg.Wait()
}

func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"What colour?", "don't", "这是red", "e\u0301 \u200d", "bad\xff", "İstanbul ǅ ẞ ΣΑΣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := Tokenize(text)
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || strings.ContainsAny(w, " \t\n") {
				t.Fatalf("%q has the word %q", text, w)
			}
		}
		if again := Tokenize(strings.Join(words, " ")); !slices.Equal(again, words) {
			t.Fatalf("%q: the words %q are %q when joined and split again", text, words, again)
		}
		v := BuildVocab([]string{text}, 0, 1)
		if got := v.Decode(v.Encode(text)); got != strings.Join(words, " ") {
			t.Fatalf("%q: decoded %q, expected %q", text, got, words)
		}
	})
}
