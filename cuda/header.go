package cuda

import _ "embed" // for Header

// Header is our cuda.h: declarations of the driver's calls that gorgonia.org/cu names. Where no CUDA toolkit is installed,
// a build needs it (braid setup writes it to the user's configuration and sets CGO_CFLAGS).
//
//go:embed cuda.h
var Header string
