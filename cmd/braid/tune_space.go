package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/braidml/braid/tune"
)

// fixedFlags cannot be searched: trials would not be comparable.
var fixedFlags = []string{"data", "epochs", "seed"}

// space is what --search says.
func (o *tuneOptions) space() (tune.Space, error) {
	var space tune.Space
	for _, part := range strings.Fields(o.Search) {
		name, values, ok := strings.Cut(part, "=")
		name = strings.TrimPrefix(name, "--")
		field, known := optionField(name)
		switch {
		case !ok || values == "":
			return nil, fmt.Errorf("--search has %q, want a flag with its values, such as lr=0.001..0.1 or merge=add,multiply", part)
		case !known || slices.Contains(fixedFlags, name):
			return nil, fmt.Errorf("--search has %s, want flags of train fusion other than %s", name, strings.Join(fixedFlags, ", "))
		case slices.ContainsFunc(space, func(d tune.Dimension) bool { return d.Name == name }):
			return nil, fmt.Errorf("--search has %s twice", name)
		}
		v, err := valuesOf(field, values)
		if err != nil {
			return nil, fmt.Errorf("--search has %s: %w", part, err)
		}
		space = append(space, tune.Dimension{Name: name, Values: v})
		for _, one := range samples(v) {
			if _, err := parseOptions(append(flagsOf(&o.options), "--"+name+"="+one)); err != nil {
				return nil, fmt.Errorf("--search has %s: %w", part, err)
			}
		}
	}
	if len(space) == 0 {
		return nil, fmt.Errorf("--search is %q, want settings such as lr=0.001..0.1", o.Search)
	}
	return space, nil
}

// valuesOf reads a range, or a list.
func valuesOf(field reflect.StructField, text string) (v tune.Values, err error) {
	first, last, ranged := strings.Cut(text, "..")
	if !ranged {
		separator := ","
		if strings.Contains(text, "|") { // values that have commas in them
			separator = "|"
		}
		return tune.Choice(strings.Split(text, separator)...), nil
	}
	low, err1 := strconv.ParseFloat(first, 64)
	high, err2 := strconv.ParseFloat(last, 64)
	v = tune.Uniform(low, high)
	switch field.Type.Kind() {
	case reflect.Int:
		v.Whole = true
	case reflect.Float32, reflect.Float64:
	default:
		return v, fmt.Errorf("a range is of numbers, want a list such as a,b")
	}
	if err1 != nil || err2 != nil || !(low <= high) || high-low > 1e12 || v.Whole && (low != float64(int(low)) || high != float64(int(high))) {
		return v, fmt.Errorf("want two numbers, the lower first (whole ones, if the flag's are)")
	}
	v.Log = low > 0 && high >= 10*low
	return v, nil
}

// samples are values that tell whether the flag takes them all: those of a list, or the ends of a range.
func samples(v tune.Values) []string {
	if len(v.Of) > 0 {
		return v.Of
	}
	text := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return []string{text(v.Low), text(v.High)}
}

// optionField is the field of options that a flag fills.
func optionField(name string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[options]()) {
		if !field.Anonymous && flagOf(field) == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// readsData reports whether a flag changes what is read, so that trials cannot share it.
func readsData(name string) bool {
	reads := false
	eachFlag(&sourceOptions{}, func(flag, _, _ string) { reads = reads || flag == name })
	return reads || name == "vectors" || name == "vectors-freeze"
}

// parseOptions reads flags of train fusion.
func parseOptions(args []string) (*options, error) {
	var line struct {
		Options options `embed:""`
	}
	parser, err := kong.New(&line, kong.Exit(func(int) {}))
	if err != nil {
		return nil, err
	}
	if _, err := parser.Parse(args); err != nil {
		return nil, err
	}
	return &line.Options, line.Options.check()
}

// flagsOf are the flags that make o: those that do not have their defaults.
func flagsOf(o *options) (args []string) {
	eachFlag(o, func(name, value, fallback string) {
		if value != fallback && !unset(value, fallback) {
			args = append(args, "--"+name+"="+value)
		}
	})
	return args
}

// options are those of a trial.
func (s *study) options(settings tune.Settings) (*options, error) {
	args := flagsOf(&s.base.options)
	for _, d := range s.space {
		args = append(args, "--"+d.Name+"="+settings[d.Name])
	}
	return parseOptions(args)
}

// named adds flags to args that are not among them because they have their defaults: what was found is said, even so.
func named(args []string, settings tune.Settings) []string {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--"+name+"=") }) {
			args = append(args, "--"+name+"="+settings[name])
		}
	}
	return args
}

// shellLine is a command as it can be typed.
func shellLine(command string, args []string) string {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		command += " " + name
		if value != "true" {
			command += " " + quoted(value)
		}
	}
	return command
}
