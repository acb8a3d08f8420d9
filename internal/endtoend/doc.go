// Package endtoend holds the library to its promises from outside, as a program that uses it sees them: the same bits
// whatever the machine does, a steady state that allocates nothing, inference beside training, models that survive a
// file, float32 close to float64, and errors that say what was wrong. It is tests only.
package endtoend
