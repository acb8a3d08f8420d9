package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"math"
)

//go:embed page
var page embed.FS

// asset is a file of the page.
func asset(name string) string {
	b, err := page.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return string(b)
}

// WriteHTML writes the page: one file without anything from elsewhere, readable in light and dark and on paper. Names and
// texts may hold anything; they are shown as they are.
func (r *Report) WriteHTML(w io.Writer) error {
	v, err := r.view()
	if err != nil {
		return fmt.Errorf("report: WriteHTML: %w", err)
	}
	t := template.New("page.tmpl").Funcs(template.FuncMap{
		"figure": figure, "percent": percent, "picture": picture, "bar": v.bar, "worst": v.worst,
	})
	if t, err = t.ParseFS(page, "page/*.tmpl"); err == nil {
		err = t.Execute(w, v)
	}
	if err != nil {
		return fmt.Errorf("report: WriteHTML: %w", err)
	}
	return nil
}

// figure is a number with as many digits as a person compares.
func figure(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case size < 1e-12: // what rounding leaves of zero
		return "0.0000"
	case size < 1e-4 || size >= 1e7:
		return fmt.Sprintf("%.2g", v)
	case size < 10:
		return fmt.Sprintf("%.4f", v)
	case size < 1000:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func percent(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v > .9995 && v < 1:
		return "> 99.9 %"
	case v > 0 && v < .0005:
		return "< 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// picture is a mistake's picture as an address, "" without one.
func picture(m Mistake) (template.URL, error) {
	if m.Picture == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m.Picture); err != nil {
		return "", err
	}
	return template.URL(inline("image/png", b.Bytes())), nil
}

func inline(kind string, b []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

// script is the page's own script, and the policy that lets it run and nothing else.
func script() (code template.HTML, policy string) {
	text := asset("page.js")
	sum := sha256.Sum256([]byte(text))
	policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return template.HTML("<script>" + text + "</script>"), policy
}

// drawing is a chart in both themes.
type drawing struct {
	Alt   string
	Light template.URL
	Dark  template.Srcset
}

func drawings(charts ...chart) ([]drawing, error) {
	var all []drawing
	for _, c := range charts {
		bright, err := c.svg(light)
		if err != nil {
			return nil, err
		}
		night, err := c.svg(dark)
		if err != nil {
			return nil, err
		}
		all = append(all, drawing{c.alt, template.URL(inline("image/svg+xml", bright)), template.Srcset(inline("image/svg+xml", night))})
	}
	return all, nil
}
