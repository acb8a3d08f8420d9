// Package runner measures: it starts the peers, lets each compute a case once and compares the results, and then takes
// samples of all in turn, A B A B, so that whatever the machine does meanwhile happens to all of them.
package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/gate"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/wire"
)

// Peer is a library to measure.
type Peer struct {
	Name    string
	Command wire.Command
	Missing string        // why it cannot be started
	Begin   time.Duration // how long its start may take; 0: two minutes
}

// Options say how to measure.
type Options struct {
	Device  string
	Threads int
	Samples int               // of each row, at least 10
	Sample  time.Duration     // how long one takes at least
	Warm    time.Duration     // how long to wait for steady times
	Row     time.Duration     // how long all samples of a row may take: who is slower gets fewer of them, at least 3
	Limit   time.Duration     // of a request, beyond what it should take
	Memory  int64             // bytes that peers may need together; 0: unknown
	Folder  string            // for inputs and results
	Say     func(what string) // is being measured
}

// Run measures cases, one after the other, and calls each with the rows of each case. Whatever goes wrong with a peer is
// in its rows; the error is the harness's own, or ctx's.
func Run(ctx context.Context, o Options, peers []Peer, all []cases.Case, each func([]results.Row) error) ([]results.Peer, error) {
	s := &session{Options: o}
	for _, p := range peers {
		s.peers = append(s.peers, &peer{Peer: p, result: results.Peer{Name: p.Name, Missing: p.Missing}})
	}
	defer s.quit()
	for _, c := range all {
		rows, err := s.measure(ctx, c)
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = each(rows)
		}
		if err != nil {
			return s.described(), err
		}
	}
	return s.described(), nil
}

type session struct {
	Options
	peers []*peer
}

// described is what was learned of the peers.
func (s *session) described() (out []results.Peer) {
	for _, p := range s.peers {
		out = append(out, p.result)
	}
	return out
}

func (s *session) quit() {
	for _, p := range s.peers {
		p.quit()
	}
}

// inputs is the file that a case's inputs are in.
func (s *session) inputs() string { return filepath.Join(s.Folder, "inputs.safetensors") }

// measure gives a case's row of each peer.
func (s *session) measure(ctx context.Context, c cases.Case) ([]results.Row, error) {
	s.Say(c.Name)
	if err := c.Write(s.inputs()); err != nil {
		return nil, err
	}
	defer os.Remove(s.inputs())
	var rows []results.Row
	for i, group := range s.groups(c) {
		r, err := s.group(ctx, c, group, i > 0)
		if err != nil {
			return nil, err
		}
		for _, row := range r {
			if row.Peer != results.Reference || len(rows) == 0 { // who is in each group is reported once
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// groups divides the peers so that each group fits into memory. The reference is in all, because factors are taken
// within a group.
func (s *session) groups(c cases.Case) (groups [][]*peer) {
	fit := len(s.peers)
	if s.Memory > 0 && c.Memory > 0 {
		fit = int(max(1, s.Memory/c.Memory-1))
	}
	var reference, others []*peer
	for _, p := range s.peers {
		if p.Name == results.Reference {
			reference = append(reference, p)
		} else {
			others = append(others, p)
		}
	}
	for len(others) > fit {
		groups = append(groups, append(reference[:len(reference):len(reference)], others[:fit]...))
		others = others[fit:]
	}
	return append(groups, append(reference[:len(reference):len(reference)], others...))
}

// group measures a case with some of the peers; again, if the reference has been measured in another group.
func (s *session) group(ctx context.Context, c cases.Case, group []*peer, again bool) ([]results.Row, error) {
	var turns []*turn
	for _, p := range group {
		turns = append(turns, &turn{peer: p, c: c, row: results.Row{Case: c.Name, Peer: p.Name, Precision: c.Precision, Flops: c.Flops, Bytes: c.Bytes, Items: c.Items}})
	}
	made := map[string]cases.Tensors{}
	for _, t := range turns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out, err := t.prepare(s)
		if err != nil {
			return nil, err
		}
		if out != nil {
			made[t.Name] = out
		}
	}
	for name, fault := range gate.Judge(made, results.Reference, c.Tolerance) {
		for _, t := range turns {
			if t.Name == name && fault != "" {
				t.end(results.Invalid, fault)
			}
		}
	}
	clear(made)
	other := func(t *turn) bool { return t.Name != results.Reference && !t.ended() }
	if again && !slices.ContainsFunc(turns, other) { // nobody is left to compare with
		for _, t := range turns {
			t.release(s.Limit)
		}
		return conclude(turns), nil
	}
	for _, t := range turns {
		t.warmUp(s)
	}
	if err := s.rounds(ctx, turns); err != nil {
		return nil, err
	}
	for _, t := range turns {
		t.finish(s)
	}
	return conclude(turns), nil
}

// rounds takes the samples: each round one of each, in turn forwards and backwards.
func (s *session) rounds(ctx context.Context, turns []*turn) error {
	n := s.Samples
	for _, t := range turns {
		if t.c.Samples > 0 {
			n = min(n, t.c.Samples)
		}
	}
	for round := range n {
		for i := range turns {
			if err := ctx.Err(); err != nil {
				return err
			}
			if round%2 == 1 {
				i = len(turns) - 1 - i
			}
			turns[i].sample(s)
		}
	}
	return nil
}

// peer is a library, and its process while there is one.
type peer struct {
	Peer
	process *wire.Process
	result  results.Peer
	deaths  int // in a row
}

// mostDeaths is how often a peer may end in cases that follow each other before it is given up.
const mostDeaths = 4

// start makes sure of a process, and gives the status of a row that cannot have one.
func (p *peer) start(s *session) (results.Status, string) {
	switch {
	case p.result.Missing != "":
		return results.Missing, p.result.Missing
	case p.process != nil:
		return "", ""
	case p.deaths >= mostDeaths:
		return results.Failed, fmt.Sprintf("ended in %d cases one after the other: given up", p.deaths)
	}
	process, err := wire.Start(p.Command)
	if err != nil {
		p.result.Missing = err.Error()
		return results.Missing, p.result.Missing
	}
	limit := p.Begin
	if limit == 0 {
		limit = 2 * time.Minute
	}
	a, err := process.Do(wire.Request{Do: "describe", Device: s.Device, Threads: s.Threads}, limit)
	switch {
	case err != nil:
		p.deaths++
		return results.Failed, err.Error()
	case a.Missing:
		process.Quit()
		p.result.Missing = a.Error
		return results.Missing, a.Error
	case a.Error != "":
		process.Quit()
		p.deaths++
		return results.Failed, a.Error
	}
	p.process, p.result.Version = process, a.Version
	return "", ""
}

func (p *peer) quit() {
	if p.process != nil {
		p.process.Quit()
		p.process = nil
	}
}

// do sends a request to the peer alone: the others stand still. A process that failed is gone.
func (p *peer) do(r wire.Request, limit time.Duration) (wire.Reply, error) {
	p.process.Continue()
	a, err := p.process.Do(r, limit)
	if err != nil {
		if errors.Is(err, wire.ErrPeer) {
			p.process = nil
			p.deaths++
		}
		return a, err
	}
	p.process.Pause()
	return a, nil
}
