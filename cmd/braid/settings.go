package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// fusionKind is what runs are that do not say otherwise.
const fusionKind = "fusion"

// kindOf is the kind of the run in dir, and the text of its options.
func kindOf(dir string) (kind string, text []byte, err error) {
	path := filepath.Join(dir, optionsFile)
	text, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("%s is not the folder of a run: it has no %s", dir, optionsFile)
	}
	if err != nil {
		return "", nil, err
	}
	o := struct{ Model string }{fusionKind}
	if err := json.Unmarshal(text, &o); err != nil {
		return "", nil, fmt.Errorf("%s: %w", path, err)
	}
	return o.Model, text, nil
}

// readOptions reads those of the run in dir, which must be of o's kind, into o.
func readOptions(dir string, o settings) error {
	kind, text, err := kindOf(dir)
	if err != nil {
		return err
	}
	if kind != o.kind() {
		return fmt.Errorf("the run in %s is of the kind %s, want %s", dir, kind, o.kind())
	}
	err = json.Unmarshal(text, o)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, optionsFile), err)
	}
	return nil
}

// flags are those on the command line, by name.
type flags map[string]bool

// resumed makes o the options of the run in dir. Flags that were given, and say something else, are a mistake.
func resumed(o settings, dir string, set flags) error {
	own := reflect.ValueOf(o).Elem()
	given := reflect.New(own.Type()).Elem()
	given.Set(own)
	own.SetZero() // what run.json lacks is not to be taken from the flags
	if err := readOptions(dir, o); err != nil {
		return err
	}
	for _, field := range reflect.VisibleFields(own.Type()) {
		if field.Anonymous || !field.IsExported() { // its fields come by themselves
			continue
		}
		name := flagOf(field)
		saved := own.FieldByIndex(field.Index).Interface()
		if set[name] && given.FieldByIndex(field.Index).Interface() != saved {
			return fmt.Errorf("the run in %s began with --%s %v: --resume goes on with that; leave --%[2]s out, or start anew with another --out", dir, name, saved)
		}
	}
	return nil
}

// flagOf is the flag of a field.
func flagOf(field reflect.StructField) string {
	if name := field.Tag.Get("name"); name != "" {
		return name
	}
	return flagName(field.Name)
}

// flagName is kong's name of a field: TextEncoder is text-encoder.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
