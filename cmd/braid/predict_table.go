package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// tableFlags are for the prediction of many rows.
type tableFlags struct {
	Data        string `type:"path" placeholder:"FILE|DIR" help:"Predict every row of a .csv, .tsv or .jsonl table, or every picture of an image folder."`
	Out         string `type:"path" placeholder:"FILE" help:"Where the predictions go, as CSV; printed if left out."`
	ImageColumn string `placeholder:"COLUMN" help:"Column with the picture's file; as in training if left out."`
	TextColumn  string `placeholder:"COLUMN" help:"Column with the text; as in training if left out."`
	Batch       int    `default:"64" help:"Rows at a time."`
	SkipBad     bool   `help:"Leave rows out that cannot be read, and list them. Without, the first one is an error."`
}

// table predicts the rows of --data, in their order.
func (c *predictCommand) table(w *world, m *models.Fusion) error {
	if c.Batch < 1 {
		return fmt.Errorf("--batch is %d, want at least 1", c.Batch)
	}
	if err := writable("--out", c.Out); err != nil {
		return err
	}
	folder, columns, err := c.openTable(m)
	if err != nil {
		return err
	}
	p, bad, err := c.complete(m, folder)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	clock := stopwatch()
	write := func(out io.Writer) error { return c.predictRows(w, dev, m, p, columns, out) }
	if c.Out == "" {
		if err := write(w.out); err != nil {
			return err
		}
	} else if err := atomicfile.Write(c.Out, 0o644, write); err != nil {
		return err
	}
	listBad(w.err, bad)
	if c.Out != "" {
		fmt.Fprintf(w.out, "%d rows predicted, %.0f rows/s; written to %s\n", len(p.rows), float64(len(p.rows))/max(clock(), 1e-9), c.Out)
	}
	if m.Config.Words != nil {
		switch n := len(folder.Vocab.Unknown(p.texts())); n {
		case 0:
		case 1:
			fmt.Fprintln(w.err, "1 row has a text of which the model knows no word")
		default:
			fmt.Fprintf(w.err, "%d rows have texts of which the model knows no word\n", n)
		}
	}
	return nil
}

// openTable opens --data with the columns of the training, or those that flags name.
func (c *predictCommand) openTable(m *models.Fusion) (*data.ImageFolder, models.Columns, error) {
	config := m.Config
	columns := models.Columns{Image: c.ImageColumn, Text: c.TextColumn}
	f := data.FolderOptions{
		Height: config.Image.Height, Width: config.Image.Width, Channels: config.Image.Channels, NoLabel: true, SkipBad: c.SkipBad, MaxTokens: config.Text.MaxTokens,
	}
	info, err := os.Stat(c.Data)
	if err != nil {
		return nil, columns, err
	}
	dir, table := os.DirFS(c.Data), ""
	if !info.IsDir() {
		if !isTable(c.Data) {
			return nil, columns, fmt.Errorf("%s is neither a folder nor a table (.csv, .tsv or .jsonl, gzipped or not)", c.Data)
		}
		dir, table = os.DirFS(filepath.Dir(c.Data)), filepath.Base(c.Data)
	} else if table, err = data.FolderTable(dir, ""); err != nil {
		return nil, columns, fmt.Errorf("%s: %w", c.Data, err)
	}
	if table != "" {
		survey, err := data.SurveyTable(dir, table)
		if err != nil {
			return nil, columns, err
		}
		if columns, err = inputColumns(c.Data, survey, columns, config); err != nil {
			return nil, columns, err
		}
		f.Image, f.Text = columns.Image, columns.Text
		f.Vocab = &data.Vocab{Words: config.Words}
	}
	var folder *data.ImageFolder
	if info.IsDir() {
		folder, err = data.OpenImageFolder(dir, f)
	} else {
		folder, err = data.OpenManifest(c.Data, f)
	}
	return folder, columns, err
}

// inputColumns finds the columns of picture and text.
func inputColumns(table string, t *data.TableSurvey, named models.Columns, m models.FusionConfig) (c models.Columns, err error) {
	find := func(what, flag, named, trained string, names []string) (string, error) {
		switch {
		case named != "" && t.Column(named) == nil:
			return "", fmt.Errorf("%s: %s is %s, but there is no such column; there are: %s", table, flag, named, strings.Join(t.Names(), ", "))
		case named != "":
			return named, nil
		case trained != "" && t.Column(trained) != nil:
			return trained, nil
		}
		if name := byName(t, names); name != "" {
			return name, nil
		}
		return "", fmt.Errorf("%s: which column has the %s? There are: %s. Name it with %s COLUMN", table, what, strings.Join(t.Names(), ", "), flag)
	}
	if c.Image, err = find("pictures' files", "--image-column", named.Image, m.Columns.Image, imageNames); err != nil || len(m.Words) == 0 {
		return c, err
	}
	c.Text, err = find("texts", "--text-column", named.Text, m.Columns.Text, textNames)
	return c, err
}

// complete is the rows that have all that the model needs. Others are bad rows.
func (c *predictCommand) complete(m *models.Fusion, f *data.ImageFolder) (p part, bad []error, err error) {
	p = whole(f)
	bad = f.Bad
	if m.Config.Missing {
		return p, bad, nil
	}
	var rows []int
	for _, row := range p.rows {
		image, text := f.Has(row)
		if image && text {
			rows = append(rows, row)
			continue
		}
		what := "no text"
		if !image {
			what = "no picture"
		}
		err := fmt.Errorf("%s: row %d: there is %s, and the model was trained with both for every sample", c.Data, rowNumber(f, row), what)
		if !c.SkipBad {
			return p, bad, err
		}
		bad = append(bad, err)
	}
	p.rows = rows
	return p, bad, nil
}

// rowNumber is that of the table, or counts the pictures of a folder from 1.
func rowNumber(f *data.ImageFolder, row int) int {
	if n := f.Row(row); n > 0 {
		return n
	}
	return row + 1
}

// predictRows writes a line for each row: its number, file and text, then what is predicted.
func (c *predictCommand) predictRows(w *world, dev *tensor.Device, m *models.Fusion, p part, columns models.Columns, to io.Writer) error {
	out := csv.NewWriter(to)
	config := m.Config
	image := columns.Image
	if image == "" {
		image = "file_name"
	}
	header := []string{"row", image}
	if columns.Text != "" {
		header = append(header, columns.Text)
	}
	if config.Regression {
		header = append(header, config.Classes...)
	} else {
		header = append(header, "prediction")
		for _, class := range config.Classes {
			header = append(header, "p("+class+")")
		}
	}
	if err := out.Write(header); err != nil {
		return err
	}
	if len(p.rows) == 0 {
		out.Flush()
		return out.Error()
	}
	loader := &data.Loader[data.Pair]{Source: p.source(), BatchSize: c.Batch}
	done := 0
	for b, err := range loader.Batches(w.ctx, data.Cursor{}) {
		if err != nil {
			return err
		}
		if columns.Text == "" {
			b.Text = tensor.Array{}
		}
		has := b.Has
		if !config.Missing {
			has = tensor.Array{}
		}
		values, err := m.PredictHas(dev, b.Image, b.Text, has)
		if err != nil {
			return err
		}
		n, k := values.Shape()[0], values.Shape()[1]
		for i := range n {
			row := p.rows[done+i]
			line := []string{strconv.Itoa(rowNumber(p.folder, row)), c.file(p.folder.File(row))}
			if columns.Text != "" {
				line = append(line, p.folder.Text(row))
			}
			if err := out.Write(append(line, prediction(config, values.Floats()[i*k:(i+1)*k])...)); err != nil {
				return err
			}
		}
		done += n
	}
	out.Flush()
	return out.Error()
}

// file is a picture's file as a table beside it names it.
func (c *predictCommand) file(name string) string {
	if dir := filepath.Dir(c.Data); filepath.IsAbs(name) {
		if short, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(short) {
			return filepath.ToSlash(short)
		}
	}
	return name
}

// prediction is the class or the classes of a sample and all probabilities, or the values of a regression.
func prediction(c models.FusionConfig, values []float32) []string {
	var fields []string
	if !c.Regression {
		best, chosen := 0, []string{}
		for i, v := range values {
			if v > values[best] {
				best = i
			}
			if v >= 0.5 {
				chosen = append(chosen, c.Classes[i])
			}
		}
		if !c.MultiLabel {
			chosen = []string{c.Classes[best]}
		}
		fields = append(fields, strings.Join(chosen, "|"))
	}
	for _, v := range values {
		fields = append(fields, strconv.FormatFloat(float64(v), 'g', 6, 32))
	}
	return fields
}
