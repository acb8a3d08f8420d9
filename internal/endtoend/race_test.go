//go:build race

package endtoend

func init() { racing = true }
