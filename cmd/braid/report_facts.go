package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/braidml/braid/report"
	"github.com/braidml/braid/train"
)

// facts are the options of a run and what its training took.
func facts(o settings, h train.History) []report.Fact {
	var all []report.Fact
	eachFlag(o, func(name, value, fallback string) {
		if !unset(value, fallback) {
			all = append(all, report.Fact{Name: "--" + name, Value: value})
		}
	})
	var spent time.Duration
	samples := 0
	for _, e := range h {
		spent += e.Time
		samples += e.Samples
	}
	if len(h) > 0 {
		all = append(all, report.Fact{Name: "epochs trained", Value: fmt.Sprint(len(h))},
			report.Fact{Name: "time of training", Value: fmt.Sprintf("%.1f s, %.0f samples/s", spent.Seconds(), float64(samples)/max(spent.Seconds(), 1e-9))})
	}
	return all
}

// commandLine is the command with the flags that differ from their defaults: it trains the same model again.
func commandLine(command string, o settings) string {
	line := []string{command}
	eachFlag(o, func(name, value, fallback string) {
		switch {
		case value == fallback || unset(value, fallback):
		case value == "true":
			line = append(line, "--"+name)
		default:
			line = append(line, "--"+name, quoted(value))
		}
	})
	return strings.Join(line, " ")
}

// unset reports whether nobody chose the value.
func unset(value, fallback string) bool {
	return value == "" || fallback == "" && (value == "0" || value == "false")
}

// eachFlag visits the flags of options with what they are set to, and their defaults.
func eachFlag(o any, visit func(name, value, fallback string)) {
	v := reflect.ValueOf(o).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		visit(flagOf(f), fmt.Sprint(v.FieldByIndex(f.Index).Interface()), f.Tag.Get("default"))
	}
}

// quoted is a word of a shell's line.
func quoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
