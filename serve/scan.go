package serve

import "bytes"

// each calls f with every element of Data, a JSON array that is flat or nested as the shape is; n is how many there are.
func (g *given) each(n int, f func(element []byte) error) error {
	s := scanner{given: g, rest: g.Data, f: f}
	s.skip()
	if s.rest[0] != '[' {
		return g.fault("its data is no JSON array")
	}
	inner := bytes.TrimLeft(s.rest[1:], " \t\r\n")
	shape := g.Shape
	if len(inner) == 0 || inner[0] != '[' {
		shape = []int{n}
	}
	return s.array(shape)
}

// scanner walks over an array in JSON that is known to be valid.
type scanner struct {
	*given
	rest []byte
	f    func([]byte) error
}

func (s *scanner) skip() { s.rest = bytes.TrimLeft(s.rest, " \t\r\n") }

// array reads one of a shape, from its bracket on.
func (s *scanner) array(shape []int) error {
	s.rest = s.rest[1:]
	for i := 0; ; i++ {
		s.skip()
		if s.rest[0] == ']' {
			s.rest = s.rest[1:]
			if i != shape[0] {
				return s.given.fault("there are %d elements in an array of its data: %d are expected for the shape %v", i, shape[0], s.Shape)
			}
			return nil
		}
		if s.rest[0] == ',' {
			s.rest = s.rest[1:]
			s.skip()
		}
		nested := s.rest[0] == '['
		switch {
		case i == shape[0]:
			return s.given.fault("there are more than %d elements in an array of its data: the shape is %v", i, s.Shape)
		case nested != (len(shape) > 1):
			return s.given.fault("its data is nested otherwise than the shape %v is", s.Shape)
		}
		var err error
		if nested {
			err = s.array(shape[1:])
		} else {
			err = s.f(s.element())
		}
		if err != nil {
			return err
		}
	}
}

// element is the next number, string or word.
func (s *scanner) element() []byte {
	end := bytes.IndexAny(s.rest, ",] \t\r\n")
	switch s.rest[0] {
	case '"':
		for end = 1; s.rest[end] != '"'; end++ {
			if s.rest[end] == '\\' {
				end++
			}
		}
		end++
	case '{':
		end = len(s.rest) // no element is an object, and f says so
	}
	element := s.rest[:end]
	s.rest = s.rest[end:]
	return element
}
