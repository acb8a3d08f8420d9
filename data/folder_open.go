package data

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// OpenImageFolder opens a folder as Hugging Face's imagefolder lays it out: pictures (PNG, JPEG, GIF or WebP) in class
// folders, whose names are the labels; or beside a metadata.csv, metadata.tsv or metadata.jsonl with a column file_name,
// paths within the folder, and columns of text and labels. Either may lie in folders of splits: train, validation and
// test, by these or the other names that Hugging Face knows. Files and folders whose name begins with a dot or two
// underscores are passed over; with metadata, so are pictures that it does not name.
//
// Label "" takes the name of the folder that a picture lies in; with metadata only where there are two such or more.
// Pictures that all lie in the folder itself have no label.
//
// A bad row (a field that cannot be read, a picture that is missing, and so on) is an error that names file and row, or
// with SkipBad is left out. Without SkipBad a damaged picture is an error when it is read.
func OpenImageFolder(dir fs.FS, o FolderOptions) (*ImageFolder, error) {
	f, err := openImageFolder(dir, o)
	if err != nil {
		return nil, fmt.Errorf("data: OpenImageFolder: %w", err)
	}
	return f, nil
}

func openImageFolder(dir fs.FS, o FolderOptions) (*ImageFolder, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	root, err := splitFolder(dir, o.Split)
	if err != nil {
		return nil, err
	}
	b := newBuilder(o, func(name string) (io.ReadCloser, error) { return dir.Open(name) })
	table, err := findMetadata(dir, root)
	if err != nil {
		return nil, err
	}
	if table == "" {
		err = b.scan(dir, root)
		return b.finish(err)
	}
	b.locate = func(name string) (string, error) {
		name = path.Join(path.Dir(table), name)
		if !fs.ValidPath(name) {
			return "", fmt.Errorf("the path leads out of the folder")
		}
		info, err := fs.Stat(dir, name)
		if err == nil && info.IsDir() {
			err = fmt.Errorf("it is a folder, expected a picture")
		}
		return name, err
	}
	if path.Dir(table) != root { // one table for all splits
		b.within = root + "/"
	}
	b.table = table
	r, err := dir.Open(table)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return b.finish(b.readTable(r))
}

// OpenManifest opens a table (.csv, .tsv or .jsonl, gzipped or not) whose rows name pictures by paths, absolute or
// relative to the table's folder, in the column Image ("": file_name), with texts and labels in other columns. With
// Split, only rows that have it in a column split are taken. Label "" is no label. Otherwise as [OpenImageFolder].
func OpenManifest(file string, o FolderOptions) (*ImageFolder, error) {
	f, err := openManifest(file, o)
	if err != nil {
		return nil, fmt.Errorf("data: OpenManifest: %w", err)
	}
	return f, nil
}

func openManifest(file string, o FolderOptions) (*ImageFolder, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	b := newBuilder(o, func(name string) (io.ReadCloser, error) { return os.Open(name) })
	b.locate = func(name string) (string, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
		}
		info, err := os.Stat(name)
		if err == nil && !info.Mode().IsRegular() { // a pipe would never end
			err = fmt.Errorf("it is no regular file, expected a picture")
		}
		return name, err
	}
	b.table = file
	b.manifest = true
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return b.finish(b.readTable(r))
}

// prepare fills the defaults in and checks what can be checked without data.
func (o *FolderOptions) prepare() error {
	checkSize("FolderOptions", o.Height, o.Width)
	if o.Channels == 0 {
		o.Channels = 3
	}
	if o.Channels != 1 && o.Channels != 3 {
		misuse("FolderOptions", "Channels is %d, expected 1 or 3", o.Channels)
	}
	if o.MaxTokens < 0 {
		misuse("FolderOptions", "MaxTokens is %d, expected 1 or more, or 0 for the longest text", o.MaxTokens)
	}
	if o.Image == "" {
		o.Image = "file_name"
	}
	kinds := 0
	for _, set := range []bool{o.Label != "", len(o.Numbers) > 0, o.Tags != ""} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		return fmt.Errorf("more than one of Label %q, Numbers %q and Tags %q is set, expected one kind of label", o.Label, o.Numbers, o.Tags)
	}
	if o.NoLabel && kinds > 0 {
		return fmt.Errorf("NoLabel is set, and so is one of Label %q, Numbers %q and Tags %q, expected none of them", o.Label, o.Numbers, o.Tags)
	}
	for i, name := range o.Classes {
		if name == "" || slices.Contains(o.Classes[:i], name) {
			return fmt.Errorf("class %d is %q, expected different names that are not empty", i, name)
		}
	}
	return o.Augment.Check()
}
