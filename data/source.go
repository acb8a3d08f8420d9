package data

// Source is a data set with random access. B is the batch: any struct of arrays.
//
// Read fills b with the given rows, in their order, reusing b's memory where it fits. It is called from several
// goroutines at a time, each with its own b and rng. rng gives every row its random numbers, for augmentation; it is
// nil when there is nothing to draw for, so a source that needs none works without.
//
// A source may have a method Check() error. A loader calls it once before the first batch.
type Source[B any] interface {
	Len() int
	Read(b *B, rows []int, rng *RowRand) error
}

// check asks s whether its data are sound, if it can tell.
func check[B any](s Source[B]) error {
	if c, ok := s.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

// subset is some rows of another source.
type subset[B any] struct {
	source Source[B]
	rows   []int
}

// Subset is the given rows of s, in that order; a row may come twice. It panics on a row that s does not have.
func Subset[B any](s Source[B], rows []int) Source[B] {
	n := s.Len()
	for i, r := range rows {
		if r < 0 || r >= n {
			misuse("Subset", "rows[%d] is %d, expected 0 to %d", i, r, n-1)
		}
	}
	return &subset[B]{s, rows}
}

// Len is the number of chosen rows.
func (s *subset[B]) Len() int { return len(s.rows) }

// Read passes the rows of the source beneath on. Its random numbers go by those too, so that a row is augmented alike
// in every subset.
func (s *subset[B]) Read(b *B, rows []int, rng *RowRand) error {
	beneath := make([]int, len(rows))
	for i, r := range rows {
		beneath[i] = s.rows[r]
	}
	return s.source.Read(b, beneath, rng)
}

// Check checks the whole source beneath.
func (s *subset[B]) Check() error { return check(s.source) }
