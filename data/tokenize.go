package data

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tokenize lowers a text and splits it into words: runs of letters and digits (an apostrophe between two letters stays
// inside), each Chinese character by itself, and each punctuation mark or symbol by itself. White space and control
// characters only separate.
func Tokenize(text string) []string {
	text = strings.ToLower(text) // and valid UTF-8: a wrong byte is now U+FFFD, a symbol
	var words []string
	start := -1 // of the word that i is in
	for i, r := range text {
		if inWord(r) || start >= 0 && (joins(r) || r == '\'' && letterAround(text, i)) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			words = append(words, text[start:i])
			start = -1
		}
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !joins(r) {
			words = append(words, text[i:i+utf8.RuneLen(r)])
		}
	}
	if start >= 0 {
		words = append(words, text[start:])
	}
	return words
}

// inWord: Chinese characters (also those of Japanese) are letters to Unicode, but each is a word.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return (unicode.IsLetter(r) || unicode.IsNumber(r)) && !unicode.Is(unicode.Han, r)
}

// joins: accents that follow their letter, and invisible formatting such as the zero-width joiner.
func joins(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.IsMark(r) || unicode.Is(unicode.Cf, r))
}

// letterAround reports whether the apostrophe at i has a letter on both sides, as in "don't".
func letterAround(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	return unicode.IsLetter(before) && unicode.IsLetter(after) && !unicode.Is(unicode.Han, after)
}
