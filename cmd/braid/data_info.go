package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/braidml/braid/data"
)

// dataCommand is about data, without a model.
type dataCommand struct {
	Info    dataInfoCommand    `cmd:"" help:"Count what data hold, list what is wrong with them, and suggest flags for train fusion."`
	Preview dataPreviewCommand `cmd:"" help:"Draw some samples as training sees them, augmented, with their texts and labels."`
}

// dataFlags are those of both.
type dataFlags struct {
	Data string `arg:"" placeholder:"DIR|FILE" help:"As --data of train fusion."`
	sourceOptions
}

// options are those of a training on the data.
func (f *dataFlags) options() (*options, error) {
	o := &options{Data: f.Data, sourceOptions: f.sourceOptions}
	var wrong complaints
	o.sourceOptions.complain(o.Data, &wrong)
	if _, is := isBuiltin(o.Data); !is && o.Data != "" {
		var err error
		if o.Data, err = filepath.Abs(o.Data); err != nil {
			return nil, err
		}
	}
	return o, wrong.err()
}

type dataInfoCommand struct{ dataFlags }

// partNames are those of a dataset, in the order of its sources.
var partNames = []string{"train", "validation", "test"}

func (d *dataset) sources() []data.Source[data.Pair] {
	return []data.Source[data.Pair]{d.train, d.valid, d.test}
}

// Run counts.
func (c *dataInfoCommand) Run(w *world) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	o.SkipBad = true // to list them all
	d, err := o.open(nil)
	if err != nil {
		return err
	}
	var parts []*data.Description
	for _, s := range d.sources() {
		p, err := data.Describe(w.ctx, s, len(d.classes), d.task == multilabel)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	for _, line := range d.about {
		fmt.Fprintln(w.out, line)
	}
	d.printParts(w.out, parts)
	files, err := d.inspect(w)
	if err != nil {
		return err
	}
	files.print(w.out, d)
	d.printTexts(w.out, parts)
	bad := d.bad()
	if len(bad) == 0 && d.folders != nil {
		fmt.Fprintln(w.out, "bad rows: none")
	}
	listBad(w.out, bad)
	fmt.Fprintln(w.out, "\ntry: "+strings.Join(o.suggest(c.Data, d, parts, files, len(bad)), " "))
	return nil
}

// printParts is a table of rows, and one of classes or numbers, by part.
func (d *dataset) printParts(out io.Writer, parts []*data.Description) {
	line := func(t io.Writer, name string, value func(p *data.Description) string) {
		fmt.Fprint(t, name)
		for _, p := range parts {
			fmt.Fprint(t, "\t", value(p))
		}
		fmt.Fprintln(t, "\t")
	}
	count := func(of func(p *data.Description) int) func(p *data.Description) string {
		return func(p *data.Description) string { return fmt.Sprint(of(p)) }
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\n\t%s\t\n", strings.Join(partNames, "\t"))
	line(t, "rows", count(func(p *data.Description) int { return p.Rows }))
	if d.lackImages+d.lackTexts > 0 {
		line(t, "without a picture", count(func(p *data.Description) int { return p.NoImage }))
		line(t, "without a text", count(func(p *data.Description) int { return p.NoText }))
	}
	const listed = 50
	for i, name := range d.classes {
		if d.task == regress {
			line(t, name, func(p *data.Description) string {
				return fmt.Sprintf("%.4g to %.4g, mean %.4g", p.Numbers[i].Min, p.Numbers[i].Max, p.Numbers[i].Mean)
			})
			continue
		}
		if i == listed {
			fmt.Fprintf(t, "and %d more\t\t\t\t\n", len(d.classes)-listed)
			break
		}
		line(t, name, count(func(p *data.Description) int {
			if i < len(p.Labels) {
				return p.Labels[i]
			}
			return 0
		}))
	}
	_ = t.Flush() // it writes to out, whose errors the last line meets too
	fmt.Fprintln(out)
}

// printTexts is how long texts are, and what words they have.
func (d *dataset) printTexts(out io.Writer, parts []*data.Description) {
	if d.vocab == nil {
		return
	}
	train, test := parts[0], parts[2]
	fmt.Fprintf(out, "texts: %d to %d words, half of them at most %d, 95 %% at most %d; %d different words to train on\n",
		percentile(train.Tokens, 0), percentile(train.Tokens, 1), percentile(train.Tokens, .5), percentile(train.Tokens, .95), d.vocab.Len()-2)
	if test.Unknown > 0 {
		fmt.Fprintf(out, "of the words to test on, %.1f %% are not among them\n", 100*float64(test.Unknown)/float64(test.Words))
	}
}

// percentile is the smallest value that a share of all counts does not exceed.
func percentile(counts []int, share float64) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	sum := 0
	for v, n := range counts {
		if sum += n; n > 0 && float64(sum) >= share*float64(total) {
			return v
		}
	}
	return 0
}
