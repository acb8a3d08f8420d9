package serve

import "runtime/debug"

// version is that of this module in the program, "devel" where it has none.
func version() string {
	const path, unknown = "github.com/braidml/braid", "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == path && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return unknown
}
