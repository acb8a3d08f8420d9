package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/interop/tensorboard"
)

// Files in the folder of a run.
const (
	optionsFile = "run.json"
	modelFile   = "model.safetensors"
	resultFile  = "result.json"
	historyCSV  = "history.csv"
	historyJSON = "history.json"
)

// runFlags say where a training is kept.
type runFlags struct {
	Out    string `type:"path" placeholder:"DIR" help:"Folder of the run; a new one below runs/ if left out."`
	Resume bool   `help:"Go on with the run in --out, to the same bits as if it had not been stopped."`
	JSON   string `name:"json" type:"path" placeholder:"FILE" help:"Write the result here as well."`
	Events string `name:"tensorboard" type:"path" placeholder:"DIR" help:"Write events for TensorBoard into this folder: losses, metrics and the parameters' values after every epoch."`
}

// events opens the folder for TensorBoard, nil if none is asked for.
func (f *runFlags) events() (*tensorboard.Writer, error) {
	if f.Events == "" {
		return nil, nil
	}
	return tensorboard.Create(f.Events)
}

// settings are what a run is described by, a pointer to a struct whose fields are flags.
type settings interface {
	kind() string // fusion, gan, …: the command that trains it
	check() error
	data() *string // --data
}

// plan makes o the options of the run. Nothing is written yet: what cannot begin leaves no folder.
func (f *runFlags) plan(o settings, set flags) (err error) {
	if err := errors.Join(o.check(), writable("--json", f.JSON)); err != nil {
		return err
	}
	from := o.data()
	if _, is := isBuiltin(*from); !is { // a resume may come from elsewhere
		if *from, err = filepath.Abs(*from); err != nil {
			return err
		}
	}
	switch {
	case f.Resume && f.Out == "":
		return errors.New("--resume needs --out, the folder of the run to go on with")
	case f.Resume:
		return resumed(o, f.Out, set)
	case f.Out != "":
		if _, err := os.Stat(filepath.Join(f.Out, optionsFile)); err == nil {
			return fmt.Errorf("%s holds a run already: --resume goes on with it, another --out keeps it", f.Out)
		}
	}
	return nil
}

// folder is that of the run; a new one holds its options.
func (f *runFlags) folder(o settings) (dir string, err error) {
	if f.Resume {
		return f.Out, nil
	}
	dir = f.Out
	if dir == "" {
		dir = freeFolder("runs", o.kind())
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, writeJSON(filepath.Join(dir, optionsFile), o)
}

// freeFolder is parent/name, or parent/name-2 and so on where that is taken.
func freeFolder(parent, name string) string {
	dir := filepath.Join(parent, name)
	for i := 2; ; i++ {
		if _, err := os.Stat(dir); err != nil {
			return dir
		}
		dir = filepath.Join(parent, name+"-"+strconv.Itoa(i))
	}
}

// stopped says how to go on, where that is possible. A cancellation that comes with another error was not saved.
func stopped(w *world, kind, dir string, err error) error {
	if err != context.Canceled {
		return err
	}
	fmt.Fprintf(w.err, "\nstopped and saved; go on with: braid train %s --resume --out %s\n", kind, dir)
	return errInterrupted
}

// writable notices a flag's file that has no folder before the work is done, and not after it.
func writable(flag, path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// A figure is a number of a JSON file. JSON has no infinities and no NaN: they are null, as the PSNR of equal pictures.
type figure float64

// MarshalJSON writes null for what is not finite.
func (f figure) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// figures are measured values by name.
type figures map[string]float64

// MarshalJSON writes each as a figure.
func (f figures) MarshalJSON() ([]byte, error) {
	all := map[string]figure{}
	for name, v := range f {
		all[name] = figure(v)
	}
	return json.Marshal(all)
}

func writeJSON(path string, v any) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
