package data

import (
	"fmt"
	"image"
	"io"

	"github.com/braidml/braid/tensor"
)

// FolderOptions tell how pictures with texts on disk become rows. Of Label, Numbers, Tags and NoLabel at
// most one is set.
type FolderOptions struct {
	Height, Width int // of the pictures, which are resized
	Channels      int // 3: red, green and blue; 1: grey; 0: 3

	Image   string   // column with the picture's file; "": file_name
	Text    string   // column with the text; "": there are no texts
	Label   string   // column with the class; "": the name of the folder that the picture lies in
	Numbers []string // columns with numbers to predict: labels are [n, columns] Float32
	Tags    string   // column with any number of classes, a list or separated by "|": labels are [n, classes] Float32
	Classes []string // of Label or Tags in their order, another class is a bad row; nil: those that occur, sorted
	NoLabel bool     // rows have no label, whatever the folders are called: to predict

	Vocab     *Vocab // nil: built from the texts
	MaxTokens int    // texts are padded or cut to so many; 0: the longest text

	Split   string   // "train", "validation" or "test"; "": there are none
	Augment *Augment // changes the pictures of every reader that draws, such as a Loader; see [Augmented] for a part
	SkipBad bool     // leave bad rows out and list them in Bad; every picture is decoded once to find them

	CacheBytes int // keep resized pictures in memory once they were decoded, if all of them take at most so many bytes
}

// ImageFolder is a Source of Pair that decodes images when they are read, so a data set may be larger than memory: it
// holds file names, texts and labels. Row r of it is the r-th row of the table, or file of the folders in their order,
// that was not left out.
//
// Where a row has several texts, a list in its column, one of them is drawn in every epoch; without drawing it is the first.
//
// A text or a picture that a row lacks (an empty field) is zeros, and Has says so.
type ImageFolder struct {
	Vocab   *Vocab   // nil: there are no texts
	Classes []string // names of the labels; nil: there are none, or they are numbers
	Labels  []int32  // class of each row, for [Stratified], [Balanced] and [ClassWeights]; nil where rows have no class
	Bad     []error  // the rows that were left out, with file and row; nil without SkipBad

	options FolderOptions
	files   []string // of the pictures; "" where there is none
	numbers []int    // of the rows in the table; nil: there is no table
	table   string   // its name
	open    func(name string) (io.ReadCloser, error)

	texts   ragged[string]
	ids     ragged[int32] // of the values of texts
	tokens  int           // width of a text
	targets []float32
	tags    ragged[int32]
	has     []uint8 // nil: every row has both
	kept    *pictureCache
}

// ragged is rows of different lengths.
type ragged[T any] struct {
	values []T
	ends   []int
}

func (r *ragged[T]) add(row []T) {
	r.values = append(r.values, row...)
	r.ends = append(r.ends, len(r.values))
}

// span is where row i lies in values.
func (r *ragged[T]) span(i int) (from, to int) {
	if i > 0 {
		from = r.ends[i-1]
	}
	return from, r.ends[i]
}

func (r *ragged[T]) row(i int) []T {
	from, to := r.span(i)
	return r.values[from:to]
}

// Len is the number of rows.
func (f *ImageFolder) Len() int { return len(f.files) }

// File is the name of a row's picture, or "".
func (f *ImageFolder) File(row int) string { return f.files[row] }

// Texts are a row's texts as they were read; none where there is none.
func (f *ImageFolder) Texts(row int) []string { return f.texts.row(row) }

// Text is a row's first text, or "".
func (f *ImageFolder) Text(row int) string {
	if texts := f.Texts(row); len(texts) > 0 {
		return texts[0]
	}
	return ""
}

// at names a row for an error message.
func (f *ImageFolder) at(row int) string {
	switch {
	case f.numbers == nil:
		return f.files[row]
	case f.files[row] == "":
		return fmt.Sprintf("%s: row %d", f.table, f.numbers[row])
	}
	return fmt.Sprintf("%s: row %d: %s", f.table, f.numbers[row], f.files[row])
}

// Read decodes the pictures of rows into b, and copies their texts and labels.
func (f *ImageFolder) Read(b *Pair, rows []int, rng *RowRand) error {
	if err := f.readImages(b, rows); err != nil {
		return err
	}
	augmentRows(b.Image, rows, rng, f.options.Augment)
	f.readRest(b, rows, rng)
	return nil
}

// readRest is Read without the pictures.
func (f *ImageFolder) readRest(b *Pair, rows []int, rng *RowRand) {
	if f.Vocab == nil {
		b.Text = tensor.Array{}
	} else {
		ids := room[int32](&b.Text, len(rows), []int{f.tokens})
		for i, row := range rows {
			padded := ids[i*f.tokens : (i+1)*f.tokens]
			clear(padded[copy(padded, f.chosen(row, rng)):])
		}
	}
	f.readLabels(b, rows)
	if f.has == nil {
		b.Has = tensor.Array{}
	} else {
		has := room[uint8](&b.Has, len(rows), []int{2})
		for i, row := range rows {
			copy(has[2*i:], f.has[2*row:2*row+2])
		}
	}
}

func (f *ImageFolder) readImages(b *Pair, rows []int) error {
	o := &f.options
	size := o.Height * o.Width * o.Channels
	pixels := room[uint8](&b.Image, len(rows), []int{o.Height, o.Width, o.Channels})
	for i, row := range rows {
		out := pixels[i*size : (i+1)*size]
		if f.files[row] == "" {
			clear(out)
			continue
		}
		if f.kept.get(row, out) {
			continue
		}
		m, err := f.decode(row)
		if err != nil {
			return fmt.Errorf("data: ImageFolder: %s: %w", f.at(row), err)
		}
		putPixels(out, m, o.Channels)
		f.kept.put(row, out)
	}
	return nil
}

func (f *ImageFolder) decode(row int) (*image.RGBA, error) {
	r, err := f.open(f.files[row])
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return decodeImage(r, f.options.Height, f.options.Width, maxPixels)
}

func (f *ImageFolder) readLabels(b *Pair, rows []int) {
	switch {
	case f.Labels != nil:
		labels := room[int32](&b.Label, len(rows), nil)
		for i, row := range rows {
			labels[i] = f.Labels[row]
		}
	case f.targets != nil:
		k := len(f.options.Numbers)
		labels := room[float32](&b.Label, len(rows), []int{k})
		for i, row := range rows {
			copy(labels[i*k:], f.targets[row*k:(row+1)*k])
		}
	case f.options.Tags != "":
		k := len(f.Classes)
		labels := room[float32](&b.Label, len(rows), []int{k})
		clear(labels)
		for i, row := range rows {
			for _, tag := range f.tags.row(row) {
				labels[i*k+int(tag)] = 1
			}
		}
	default:
		b.Label = tensor.Array{}
	}
}
