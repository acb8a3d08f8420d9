package data

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// splitNames are the folders that Hugging Face's datasets takes for splits.
var splitNames = map[string][]string{
	"train":      {"train", "training"},
	"validation": {"validation", "valid", "val", "dev"},
	"test":       {"test", "testing", "eval", "evaluation"},
}

// FolderSplits is the splits that an image folder has, as names for [FolderOptions.Split]: train, validation and test,
// as far as there are folders for them. A folder with other folders beside them has none: those are classes.
func FolderSplits(dir fs.FS) ([]string, error) {
	folders, err := folderSplits(dir)
	if err != nil {
		return nil, fmt.Errorf("data: FolderSplits: %w", err)
	}
	var splits []string
	for _, split := range []string{"train", "validation", "test"} {
		if folders[split] != "" {
			splits = append(splits, split)
		}
	}
	return splits, nil
}

// folderSplits is the folder of each split that there is.
func folderSplits(dir fs.FS) (map[string]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for _, e := range entries {
		if !e.IsDir() || hidden(e.Name()) {
			continue
		}
		split := ""
		for name, aliases := range splitNames {
			if slices.Contains(aliases, strings.ToLower(e.Name())) {
				split = name
			}
		}
		switch {
		case split == "":
			return nil, nil
		case folders[split] != "":
			return nil, fmt.Errorf("the folders %s and %s are both the split %s, expected one", folders[split], e.Name(), split)
		}
		folders[split] = e.Name()
	}
	return folders, nil
}

// splitFolder is where the split's pictures lie.
func splitFolder(dir fs.FS, split string) (string, error) {
	folders, err := folderSplits(dir)
	if err != nil {
		return "", err
	}
	var there []string
	for _, name := range []string{"train", "validation", "test"} {
		if folders[name] != "" {
			there = append(there, name)
		}
	}
	switch {
	case split == "" && len(there) > 0:
		return "", fmt.Errorf("the folder has the splits %s, expected Split to be one of them", strings.Join(there, ", "))
	case split == "":
		return ".", nil
	case folders[split] == "" && len(there) == 0:
		return "", fmt.Errorf("there is no split %q, the folder has no splits", split)
	case folders[split] == "":
		return "", fmt.Errorf("there is no split %q, the folder has: %s", split, strings.Join(there, ", "))
	}
	return folders[split], nil
}

func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." || strings.HasPrefix(name, "__")
}

// findMetadata is the table of the folder, or of the folder above, which then is for all splits; "" if there is none.
func findMetadata(dir fs.FS, root string) (string, error) {
	for _, folder := range slices.Compact([]string{root, "."}) {
		found := ""
		for _, ext := range []string{".csv", ".tsv", ".jsonl"} {
			name := path.Join(folder, "metadata"+ext)
			if _, err := fs.Stat(dir, name); err != nil {
				continue
			}
			if found != "" {
				return "", fmt.Errorf("there are %s and %s, expected one", found, name)
			}
			found = name
		}
		if found != "" {
			return found, nil
		}
	}
	return "", nil
}

// imageExtensions are the files that a scan takes for pictures.
var imageExtensions = []string{".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp"}

// scan takes every picture below root, in the order of names.
func (b *builder) scan(dir fs.FS, root string) error {
	if b.o.Text != "" || b.o.Label != "" || b.o.Tags != "" || len(b.o.Numbers) > 0 {
		return fmt.Errorf("there is no metadata.csv, metadata.tsv or metadata.jsonl, expected one: columns are asked for")
	}
	others := 0
	err := fs.WalkDir(dir, root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case hidden(e.Name()) && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || hidden(e.Name()):
			return nil
		case !slices.Contains(imageExtensions, strings.ToLower(path.Ext(name))):
			others++
			return nil
		}
		class := ""
		if folder := path.Dir(name); folder != root {
			class = path.Base(folder)
		}
		b.entries = append(b.entries, entry{file: name, folder: class})
		return nil
	})
	if err == nil && len(b.entries) == 0 && others > 0 {
		return fmt.Errorf("there are no pictures (%s), but %d other files", strings.Join(imageExtensions, ", "), others)
	}
	return err
}
