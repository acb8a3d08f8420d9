// Package house has no code. Its tests hold the repository to its plan: which package may import which, how long a
// file is, that libraries are quiet, and that what is exported is documented. Each test also shows that it can fail.
package house
