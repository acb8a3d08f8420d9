package data

import "fmt"

const defaultBatchSize = 32

// Len is the number of batches in an epoch (of the first, should a Sampler's epochs differ in length).
func (l *Loader[B]) Len() int {
	l.validate()
	if l.Sampler == nil {
		return l.batches(l.Source.Len())
	}
	rows, err := l.order(0)
	if err != nil {
		return 0
	}
	return l.batches(len(rows))
}

// validate panics on settings that cannot be meant.
func (l *Loader[B]) validate() {
	switch {
	case l.Source == nil:
		misuse("Loader", "Source is nil")
	case l.BatchSize < 0:
		misuse("Loader", "BatchSize is %d, expected 1 or more (0 is %d)", l.BatchSize, defaultBatchSize)
	case l.Workers < 0:
		misuse("Loader", "Workers is %d, expected 1 or more (0 is GOMAXPROCS-1)", l.Workers)
	case l.Of < 0 || l.Rank < 0 || l.Rank >= max(l.Of, 1):
		misuse("Loader", "Rank %d of %d, expected 0 to Of-1", l.Rank, l.Of)
	}
}

func (l *Loader[B]) batchSize() int {
	if l.BatchSize == 0 {
		return defaultBatchSize
	}
	return l.BatchSize
}

func (l *Loader[B]) batches(rows int) int {
	if l.DropLast {
		return rows / l.batchSize()
	}
	return (rows + l.batchSize() - 1) / l.batchSize()
}

// order is the rows of an epoch. It depends on Seed and epoch only.
func (l *Loader[B]) order(epoch int) ([]int, error) {
	n := l.Source.Len()
	if n == 0 {
		return nil, fmt.Errorf("data: Loader: the source has no rows, expected at least one")
	}
	rng := stream(l.Seed, purposeOrder, uint64(epoch))
	var rows []int
	if l.Sampler != nil {
		rows = l.Sampler.Rows(n, rng)
		for i, r := range rows {
			if r < 0 || r >= n {
				return nil, fmt.Errorf("data: Loader: the sampler's row number %d is %d, expected 0 to %d", i, r, n-1)
			}
		}
	} else {
		rows = make([]int, n)
		for i := range rows {
			rows[i] = i
		}
	}
	if l.Shuffle {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	if l.batches(len(rows)) == 0 {
		return nil, fmt.Errorf("data: Loader: %d rows make no batch of %d, expected at least one batch (DropLast is %v)",
			len(rows), l.batchSize(), l.DropLast)
	}
	return rows, nil
}

// share is this rank's part of a batch of the epoch's rows. All ranks together have the batch, each row once.
func (l *Loader[B]) share(rows []int, batch int) []int {
	size := l.batchSize()
	rows = rows[batch*size : min((batch+1)*size, len(rows))]
	of := max(l.Of, 1)
	return rows[len(rows)*l.Rank/of : len(rows)*(l.Rank+1)/of]
}
