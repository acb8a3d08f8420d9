package report

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pageOf is the page of r.
func pageOf(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	anyTag = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>`)
	cells  = regexp.MustCompile(`(?s)<t[dh][^>]*>(.*?)</t[dh]>`)
)

// tableOf is the texts of the cells of a table by its id, header first.
func tableOf(t *testing.T, page, id string) (rows [][]string) {
	t.Helper()
	_, rest, found := strings.Cut(page, `id="`+id+`"`)
	if !found {
		t.Fatalf("there is no table %s", id)
	}
	body, _, _ := strings.Cut(rest, "</table>")
	for _, row := range strings.Split(body, "<tr")[1:] {
		var texts []string
		for _, c := range cells.FindAllStringSubmatch(row, -1) {
			texts = append(texts, html.UnescapeString(anyTag.ReplaceAllString(c[1], "")))
		}
		rows = append(rows, texts)
	}
	return rows
}

// cards is the figures at the top, by name.
func cards(page string) map[string]string {
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`<span>([^<]*)</span><b>([^<]*)</b>`).FindAllStringSubmatch(page, -1) {
		all[html.UnescapeString(m[1])] = html.UnescapeString(m[2])
	}
	return all
}

// unbalanced is the first tag that is not closed where it should be, or "".
func unbalanced(page string) string {
	void := []string{"meta", "img", "source", "br", "link", "hr", "input"}
	page = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`).ReplaceAllString(page, "")
	var open []string
	for _, m := range anyTag.FindAllStringSubmatch(page, -1) {
		name := strings.ToLower(m[2])
		switch {
		case slices.Contains(void, name):
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return m[0]
		default:
			open = open[:len(open)-1]
		}
	}
	return strings.Join(open, " ")
}

func TestUnbalancedGoesRed(t *testing.T) {
	for page, want := range map[string]string{"<p><b>x</p></b>": "</p>", "<p>": "p", `<a href="<b>"></a>`: "", "<ul><li>x</li></ul><img src=x>": ""} {
		if got := unbalanced(page); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}
