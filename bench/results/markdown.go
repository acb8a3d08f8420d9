package results

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes all rows as one table, below what they were measured on.
func (f *File) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, `%s`\n\n", f.Environment.Date, f.Environment.Command)
	fmt.Fprintf(&b, "%s\n\n", strings.ReplaceAll(f.Environment.String(), "\n", "  \n"))
	if err := Ceilings(&b, f.Ceilings); err != nil {
		return err
	}
	for _, p := range f.Peers {
		what := p.Version
		if p.Missing != "" {
			what = "not installed"
		}
		fmt.Fprintf(&b, "- %s: %s\n", p.Name, what)
	}
	b.WriteString("\n| case | library | time | 95% | rate | of the machine | its time / braid's | |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range f.Cases() {
		var rows []Row
		for _, r := range f.Rows {
			if r.Case == name {
				rows = append(rows, r)
			}
		}
		for i, cells := range table(rows) {
			for i, c := range cells {
				cells[i] = strings.ReplaceAll(c, "|", `\|`)
			}
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(cells, " | "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
