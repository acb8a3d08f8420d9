package serve

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// pageFacts is what the page is told about the model.
type pageFacts struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Classes   []string `json:"classes"`
	Text      bool     `json:"text"`     // it takes sentences
	Optional  bool     `json:"optional"` // picture or sentence may be left out
	Words     []string `json:"words"`    // some that it knows
	MaxBody   int64    `json:"maxBody"`
	MaxPixels int      `json:"maxPixels"`
}

// makePage fills in the page, which does not change any more. Its policy lets it run its own script only, and talk to
// nobody but this server.
func (h *Handler) makePage() error {
	c := h.model.Config
	f := pageFacts{
		Name: h.o.Name, Kind: h.kind(), Text: h.vocab != nil, Optional: c.Missing,
		MaxBody: h.o.MaxBody, MaxPixels: h.o.MaxPixels,
	}
	for i := range c.Outputs {
		f.Classes = append(f.Classes, h.name(i))
	}
	if h.vocab != nil {
		words := h.vocab.Words[min(2, len(h.vocab.Words)):] // 0 is padding, 1 what is unknown
		f.Words = slices.Sorted(slices.Values(words[:min(len(words), 60)]))
	}
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("serve: New: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Facts pageFacts
		CSS   template.CSS
		JS    template.JS
	}{f, template.CSS(pageCSS), template.JS(pageJS)})
	if err != nil {
		return fmt.Errorf("serve: New: %w", err)
	}
	h.page = b.Bytes()
	h.security = fmt.Sprintf("default-src 'none'; img-src data: blob:; connect-src 'self'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		digest(pageCSS), digest(pageJS))
	return nil
}

// digest is how a policy names a text that is inside the page.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (h *Handler) showPage(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Security-Policy", h.security)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	send(w, http.StatusOK, "text/html; charset=utf-8", h.page)
	return nil
}
