package train

import (
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

const (
	lastName  = "last"
	bestName  = "best"
	modelFile = "model.safetensors"
	optimFile = "optim.safetensors"
	stateFile = "state.json"
)

// save writes the checkpoint last, and best too if asked. best goes first: a kill between the two then costs nothing, for
// the resumed run comes to the same best again.
func (r *run[B]) save(best bool) (err error) {
	dir := r.t.Checkpoint
	if dir == "" {
		return nil
	}
	defer func() { r.saved.failed = err != nil }()
	if _, err := r.loss(); err != nil {
		return err
	}
	err = tensor.Try(func() error {
		c, err := r.snapshot()
		if err != nil {
			return err
		}
		if best {
			if err := atomicfile.Folder(dir, bestName, c.write); err != nil {
				return err
			}
		}
		return atomicfile.Folder(dir, lastName, c.write)
	})
	if err != nil {
		return fmt.Errorf("train: saving the checkpoint %s: %w", dir, err)
	}
	r.saved.step, r.saved.at = r.state.Step, time.Now()
	return nil
}

// contents is a checkpoint in host memory.
type contents struct {
	model, optim map[string]tensor.Array
	state        state
}

func (r *run[B]) snapshot() (*contents, error) {
	c := &contents{model: layers.State(r.t.Model), optim: map[string]tensor.Array{}, state: r.state}
	if err := finite(r.t.Model, c.model); err != nil {
		return nil, err
	}
	for _, o := range r.optimizers() {
		state, err := o.Save()
		if err != nil {
			return nil, err
		}
		for name, a := range state {
			c.optim[o.path+"/"+name] = a
		}
	}
	c.state.Version, c.state.Setup, c.state.Sums = version, r.setup(), r.sums.snapshot()
	return c, nil
}

// finite checks trained parameters. A step whose loss is finite may still leave broken ones, and its successor, which
// would tell, has not been computed yet.
func finite(model any, values map[string]tensor.Array) error {
	for name, p := range layers.Params(model) {
		if p.Frozen() {
			continue
		}
		for i, v := range values[name].Floats() {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("parameter %s is %w: element %d is %v", name, ErrNotFinite, i, v)
			}
		}
	}
	return nil
}

// write fills a folder. state.json is written last, with the checksums of the others.
func (c *contents) write(dir string) (err error) {
	s := c.state
	if s.Model, err = writeArrays(filepath.Join(dir, modelFile), c.model); err != nil {
		return err
	}
	if s.Optim, err = writeArrays(filepath.Join(dir, optimFile), c.optim); err != nil {
		return err
	}
	return writeState(filepath.Join(dir, stateFile), s)
}

// castagnoli is the CRC-32 that processors have an instruction for: it takes less time than reading does, where SHA-256 took
// ten times as long. It guards against damage, and so can be short.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func writeArrays(path string, arrays map[string]tensor.Array) (sum string, err error) {
	var list []safetensors.Tensor
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		list = append(list, safetensors.Tensor{Name: name, Array: arrays[name]})
	}
	h := crc32.New(castagnoli)
	err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
		return safetensors.Write(io.MultiWriter(w, h), nil, list)
	})
	return fmt.Sprintf("%08x", h.Sum32()), err
}

// resume goes to the checkpoint, if there is one. Whatever is wrong with it is an error, and nothing on the disk changes.
func (r *run[B]) resume() error {
	dir := r.t.Checkpoint
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if err := atomicfile.Sweep(dir); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	for _, name := range []string{bestName, lastName} {
		if err := atomicfile.Recover(dir, name); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	last := atomicfile.Current(dir, lastName)
	if last == "" {
		return nil
	}
	if err := r.load(last); err != nil {
		return fmt.Errorf("train: resuming: %w (to begin anew, give another folder or remove this one)", err)
	}
	r.saved.step = r.state.Step
	r.log("resumed", "checkpoint", last, "epoch", r.state.Epoch+1, "step", r.state.Batch)
	return nil
}

// load reads and checks everything before it changes anything but the model's and optimizers' values.
func (r *run[B]) load(dir string) error {
	path := filepath.Join(dir, stateFile)
	s, err := readState(path)
	if err != nil {
		return err
	}
	if s.Setup != r.setup() {
		return fmt.Errorf("%s: written with %+v, this trainer has %+v", path, s.Setup, r.setup())
	}
	model, err := readArrays(filepath.Join(dir, modelFile), s.Model)
	if err != nil {
		return err
	}
	optim, err := readArrays(filepath.Join(dir, optimFile), s.Optim)
	if err != nil {
		return err
	}
	if err := r.restoreOptimizers(optim, func() error { return layers.Restore(r.t.Model, model) }); err != nil {
		return fmt.Errorf("%s: the checkpoint is of another model or optimizer: %w", dir, err)
	}
	r.state = s
	if err := r.sums.restore(s.Sums); err != nil {
		return err
	}
	return nil
}

// readArrays reads a file whose checksum is known.
func readArrays(path, sum string) (map[string]tensor.Array, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h := crc32.New(castagnoli)
	size, err := io.Copy(h, file)
	if err != nil {
		return nil, err
	}
	if got := fmt.Sprintf("%08x", h.Sum32()); got != sum {
		return nil, fmt.Errorf("%s: the checksum is %s, %s was expected: the file is damaged", path, got, sum)
	}
	f, err := safetensors.Read(file, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	arrays := map[string]tensor.Array{}
	for _, name := range f.Names {
		if arrays[name], err = f.Tensor(name); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return arrays, nil
}

func (r *run[B]) setup() setup {
	l := r.t.Train
	return setup{
		Seed: r.t.Seed, LoaderSeed: l.Seed, Shuffle: l.Shuffle, DropLast: l.DropLast,
		BatchSize: batchSize(l), Rows: l.Source.Len(),
	}
}

// restoreOptimizers shares arrays out by the paths before the slash. model is restored first; an optimizer keeps windows
// of its parameters, not copies, so the order does not matter to the values.
func (r *run[B]) restoreOptimizers(arrays map[string]tensor.Array, model func() error) error {
	states := map[string]map[string]tensor.Array{}
	for name, a := range arrays {
		path, key, _ := strings.Cut(name, "/")
		if states[path] == nil {
			states[path] = map[string]tensor.Array{}
		}
		states[path][key] = a
	}
	list := r.optimizers()
	for _, o := range list {
		if states[o.path] == nil {
			return fmt.Errorf("%s has nothing of the optimizer %s", optimFile, o.path)
		}
	}
	if len(states) != len(list) {
		return fmt.Errorf("%s has the optimizers %v, %d were expected", optimFile, slices.Sorted(maps.Keys(states)), len(list))
	}
	if err := model(); err != nil {
		return err
	}
	for _, o := range list {
		if err := o.Restore(states[o.path]); err != nil {
			return err
		}
	}
	return nil
}
