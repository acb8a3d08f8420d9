package data

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tagsOf is the different classes of a cell.
func tagsOf(c cell, column string) ([]string, error) {
	tags := c.list
	switch c.kind {
	case cellOther:
		return nil, badRow("%s is %v, expected tags", column, c)
	case cellText:
		tags = strings.Split(c.text, "|")
	}
	for i, t := range tags {
		if t = strings.TrimSpace(t); t == "" || slices.Contains(tags[:i], t) {
			return nil, badRow("%s is %v: tag %d is %q, expected different ones that are not empty", column, c, i+1, t)
		}
		tags[i] = t
	}
	return tags, nil
}

// appendNumber reads a number that float32 holds.
func appendNumber(numbers []float32, c cell, column string) ([]float32, error) {
	text, err := c.one(column)
	if err != nil {
		return nil, err
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
	if err != nil || v-v != 0 {
		return nil, badRow("%s is %v, expected a finite number", column, c)
	}
	return append(numbers, float32(v)), nil
}

// label numbers the classes of the rows.
func (b *builder) label(f *ImageFolder) error {
	switch {
	case len(b.o.Numbers) > 0:
		f.targets = b.targets
		return nil
	case b.o.Tags != "":
		return b.labelTags(f)
	case b.o.NoLabel || b.o.Label == "" && !b.foldersAreClasses():
		return nil
	}
	if b.o.Label == "" {
		for i, e := range b.entries {
			b.entries[i].class = e.folder
		}
	}
	return b.labelClasses(f)
}

// foldersAreClasses reports whether pictures lie in folders that tell them apart.
func (b *builder) foldersAreClasses() bool {
	if b.manifest {
		return false
	}
	first := ""
	for _, e := range b.entries {
		switch {
		case e.folder == "":
		case first == "":
			first = e.folder
		case e.folder != first:
			return true
		}
	}
	return first != "" && b.table == ""
}

func (b *builder) labelClasses(f *ImageFolder) error {
	f.Classes = b.o.Classes
	if f.Classes == nil {
		f.Classes = b.classes(func(e entry) []string { return []string{e.class} })
	}
	place := places(f.Classes)
	return b.keep(func(e entry) error {
		label, known := place[e.class]
		switch {
		case e.class == "":
			return badRow("it lies in no class folder, expected one as the others have")
		case !known:
			return unknownClass(e.class, f.Classes)
		}
		f.Labels = append(f.Labels, label)
		return nil
	})
}

func (b *builder) labelTags(f *ImageFolder) error {
	f.Classes = b.o.Classes
	if f.Classes == nil {
		f.Classes = b.classes(func(e entry) []string { return e.tags })
	}
	place := places(f.Classes)
	return b.keep(func(e entry) error {
		row := make([]int32, len(e.tags))
		for i, t := range e.tags {
			tag, known := place[t]
			if !known {
				return unknownClass(t, f.Classes)
			}
			row[i] = tag
		}
		f.tags.add(row)
		return nil
	})
}

func unknownClass(name string, classes []string) error {
	const most = 20 // names that a message lists
	list := strings.Join(classes[:min(len(classes), most)], ", ")
	if len(classes) > most {
		list += fmt.Sprintf(" and %d more", len(classes)-most)
	}
	return badRow("the class %.60q is not known, expected one of: %s", name, list)
}

// keep takes the rows out that number refuses.
func (b *builder) keep(number func(entry) error) error {
	kept := b.entries[:0]
	for _, e := range b.entries {
		if err := number(e); err != nil {
			if err = b.reject(e.number, e.file, err); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, e)
	}
	b.entries = kept
	return nil
}

// classes is the different names that occur, sorted; as numbers if they all are whole numbers.
func (b *builder) classes(names func(entry) []string) []string {
	seen := map[string]bool{}
	var all []string
	whole := true
	for _, e := range b.entries {
		for _, name := range names(e) {
			if name != "" && !seen[name] {
				seen[name] = true
				all = append(all, name)
				_, err := strconv.Atoi(name)
				whole = whole && err == nil
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if whole {
			x, _ := strconv.Atoi(a)
			y, _ := strconv.Atoi(b)
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	})
	return all
}

func places(classes []string) map[string]int32 {
	place := make(map[string]int32, len(classes))
	for i, name := range classes {
		place[name] = int32(i)
	}
	return place
}
