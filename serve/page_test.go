package serve

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/braidml/braid/models"
)

// TestPageInABrowser: a picture is chosen, a question typed, the answers are those of Predict; a click explains another
// one; what is wrong is said.
func TestPageInABrowser(t *testing.T) {
	b := openBrowser(t)
	h, s := start(t, config(), Options{})
	picture, text := pngOf(3, 40), "what color is the flurb"
	path := filepath.Join(t.TempDir(), "drawing.png")
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		t.Fatal(err)
	}
	b.screen(1100, 800, false)
	b.do("Page.navigate", object{"url": s.URL + "/"})
	b.wait(`document.readyState === "complete" && document.getElementById("ask") !== null`)
	said := func(want string) {
		t.Helper()
		b.wait(`!document.getElementById("error").hidden`)
		if got := b.eval(`document.getElementById("error").textContent`).(string); !strings.Contains(got, want) {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	b.click("#ask")
	said("Choose a picture first.")
	b.choose("#file", path)
	b.wait(`document.getElementById("preview").naturalWidth === 40`)
	b.click("#ask")
	said("Type a question first.")
	b.click("#text")
	b.do("Input.insertText", object{"text": "flurb zork"})
	b.click("#ask")
	said("The model knows no word of “flurb zork”; it knows: circle color")
	b.click("#text")
	b.eval(`document.getElementById("text").value = ""`)
	b.do("Input.insertText", object{"text": text})
	b.click("#ask")
	b.wait(`!document.getElementById("found").hidden && document.getElementById("error").hidden && !document.getElementById("ask").disabled`)

	want := h.answers(predicted(t, h, picture, text))
	rows := b.eval(`[...document.querySelectorAll("#bars li")].map((e) => e.innerText.replace(/\s+/g, " ").trim())`).([]any)
	for i, a := range want {
		if got := rows[i].(string); !strings.HasPrefix(got, a.Name+" ") || !strings.HasSuffix(got, " %") {
			t.Errorf("answer %d is %q, want %+v", i, got, a)
		}
	}
	if got := b.eval(`document.getElementById("headline").textContent`); !strings.HasPrefix(got.(string), want[0].Name+": ") {
		t.Errorf("the headline is %q", got)
	}
	if got := b.eval(`[...document.querySelectorAll("#words li span")].map((e) => e.textContent).join(" ")`); got != text {
		t.Errorf("the words are %q", got)
	}
	if got := b.eval(`document.querySelector("#words .strange").textContent`); got != "flurb" {
		t.Errorf("the strange word is %q", got)
	}
	b.wait(`document.getElementById("map").naturalWidth === 360`) // nine times 40: whole pixels
	b.click("#bars li:nth-child(3) button")
	b.wait(`document.querySelector("#bars li:nth-child(3) button").getAttribute("aria-pressed") === "true"`)
	if got := b.eval(`document.getElementById("words-caption").textContent`).(string); !strings.Contains(got, want[2].Name) {
		t.Errorf("the words are explained for %q, want %s", got, want[2].Name)
	}
	for name, dark := range map[string]bool{"wide": false, "narrow": true} {
		if width := map[bool]int{false: 1100, true: 360}[dark]; true {
			b.screen(width, 800, dark)
			if got := b.eval(`document.documentElement.scrollWidth`).(float64); got > float64(width) {
				t.Errorf("%s: the page is %v pixels wide, the window %d", name, got, width)
			}
		}
		b.picture(name)
	}
	unlabelled := b.eval(`[...document.querySelectorAll("input, button, img")].filter((e) => e.checkVisibility() &&
		!(e.labels?.length || e.textContent.trim() || e.alt)).map((e) => e.id || e.outerHTML)`).([]any)
	if len(unlabelled) > 0 {
		t.Errorf("without a label: %v", unlabelled)
	}
	s.Close()
	b.click("#ask")
	said("The server cannot be reached.")
}

// TestPageIsSelfContained: it names no other place, and its policy knows its script and style.
func TestPageIsSelfContained(t *testing.T) {
	c := config()
	c.Words = append([]string{}, words...)
	c.Words[8] = `</script><b>"`
	c.Classes = []string{"a", "b", "<i>", "d"}
	_, s := start(t, c, Options{})
	r, err := http.Get(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	_, page := call(t, "GET", s.URL+"/", "")
	if m := regexp.MustCompile(`(src|href|action)="?(https?:)?//|@import|[^.]\burl\(`).FindString(page); m != "" {
		t.Errorf("the page names another place: %s", m)
	}
	if strings.Contains(page, `</script><b>`) || strings.Contains(page, "<i>\"") || strings.Count(page, "</script>") != 2 {
		t.Error("a word of the model is taken for HTML")
	}
	for _, part := range []string{pageCSS, pageJS} {
		if !strings.Contains(page, part) || !strings.Contains(r.Header.Get("Content-Security-Policy"), digest(part)) {
			t.Error("the policy is not about what is in the page")
		}
	}
}

// TestPageWithoutText: there is no field for it.
func TestPageWithoutText(t *testing.T) {
	c := config()
	c.Words, c.Text.Vocab, c.Missing = nil, 2, true
	h, err := New(models.NewFusion(rng(), c), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(h.page), `id="text"`) || !strings.Contains(string(h.page), "Choose a picture.") {
		t.Error("the page asks for a text")
	}
}
