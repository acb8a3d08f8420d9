package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// dims is the size that pictures get, written as one number of pixels a side, or as height x width. Zero is not chosen.
type dims struct{ Height, Width int }

func sideBySide(side int) dims { return dims{side, side} }

// or is d, or fallback where nothing was chosen.
func (d dims) or(fallback int) dims {
	if d == (dims{}) {
		return sideBySide(fallback)
	}
	return d
}

// String is "32", or "48x64", or nothing.
func (d dims) String() string {
	if d == (dims{}) {
		return ""
	}
	if d.Height == d.Width {
		return strconv.Itoa(d.Height)
	}
	return fmt.Sprintf("%dx%d", d.Height, d.Width)
}

// UnmarshalText reads what String writes.
func (d *dims) UnmarshalText(text []byte) error {
	high, wide, two := strings.Cut(string(text), "x")
	if !two {
		wide = high
	}
	h, err := strconv.Atoi(high)
	w, err2 := strconv.Atoi(wide)
	if err != nil || err2 != nil {
		return fmt.Errorf("%q is no size: a number of pixels, or HEIGHTxWIDTH, was expected", text)
	}
	*d = dims{h, w}
	return nil
}

// MarshalJSON is a number, or a text for a picture that is not square.
func (d dims) MarshalJSON() ([]byte, error) {
	if d.Height == d.Width {
		return json.Marshal(d.Height)
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *dims) UnmarshalJSON(b []byte) error {
	var side int
	if json.Unmarshal(b, &side) == nil {
		*d = sideBySide(side)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	return d.UnmarshalText([]byte(text))
}
