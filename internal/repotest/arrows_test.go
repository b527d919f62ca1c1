package repotest

import (
	"slices"
	"strings"
)

// arrows are those of docs/ARCHITECTURE.md's picture: which packages of this module each
// package may import. Requests go down and results come up, so nothing imports a package
// that is above it. A package that is not here has no place yet: give it one, as low as
// it goes.
var arrows = map[string][]string{
	// What other people's code imports.
	"await": {
		"timeout", "proactor", "internal/fdcall", "internal/hook", "internal/netname", "internal/sysfile",
		"internal/ablate", "internal/race", "internal/sockaddr", "internal/socket", "internal/system", "internal/vector",
	},
	"inspect": {"await", "proactor", "internal/words"},
	"sim": {
		"await", "proactor", "internal/backend", "internal/hook", "internal/sim", "internal/simdisk", "internal/simproc",
	},
	"timeout": {"proactor", "internal/hook", "internal/alarm"},
	"proactor": {
		"internal/ablate", "internal/alarm", "internal/backend", "internal/ring", "internal/readiness", "internal/epoll", "internal/kq", "internal/hook",
		"internal/list", "internal/race", "internal/sockaddr", "internal/socket", "internal/vector", "internal/edge", "internal/pulse", "internal/spin", "internal/cpu",
		"internal/system", "internal/words",
	},

	// The engine room of await: shapes are above it, and it knows of none.
	"internal/fdcall": {
		"proactor", "internal/hook", "internal/netname", "internal/sysfile",
		"internal/ablate", "internal/list", "internal/mounts", "internal/race", "internal/sockaddr", "internal/socket", "internal/vector",
		"internal/edge", "internal/pulse", "internal/spin", "internal/cpu", "internal/system",
	},

	// What the engine room needs of a proactor and no program does.
	"internal/hook": {"internal/alarm", "internal/edge", "internal/pulse", "internal/backend", "internal/system"},

	// The seam, and what is behind it. Backends know of the seam and not of one another.
	"internal/backend": {"internal/edge"},
	"internal/ring":    {"internal/backend", "internal/park", "internal/vector", "internal/workers"},
	"internal/readiness": {
		"internal/ablate", "internal/backend", "internal/list", "internal/sockaddr", "internal/socket", "internal/vector",
		"internal/edge", "internal/workers",
	},
	"internal/epoll": {"internal/park"},
	"internal/kq":    {"internal/park"},
	// Seeds in processes of their own.
	"internal/simproc": {},

	"internal/sim": {
		"internal/backend", "internal/list", "internal/netname", "internal/simdisk", "internal/sockaddr", "internal/socket", "internal/sysfile",
		"internal/system",
	},

	// Where the backends have calls made that block a thread.
	"internal/workers": {"internal/backend", "internal/list", "internal/socket", "internal/sysfile", "internal/vector"},

	// The system beside the backends: the process's own, or a simulated host.
	"internal/system": {"internal/netname", "internal/socket", "internal/sysfile"},

	// System calls, and what is pure: the ground floor.
	"internal/socket":   {"internal/netname", "internal/sockaddr"},
	"internal/netname":  {},
	"internal/sysfile":  {},
	"internal/mounts":   {"internal/list"},
	"internal/sockaddr": {},
	"internal/vector":   {},
	"internal/list":     {},
	"internal/race":     {},
	"internal/park":     {},
	"internal/alarm":    {},
	"internal/pulse":    {},
	"internal/cpu":      {},
	"internal/words":    {},
	"internal/spin":     {},
	"internal/edge":     {},
	"internal/simdisk":  {},

	// What the benchmark can switch off.
	"internal/ablate": {},
}

// checkArrows keeps the packages that are imported by one another in the order of the
// picture. Programs import what they like, and so do tests.
func checkArrows(t *tree) (bad []string) {
	for _, f := range t.goFiles(isFloor) {
		from := f.dir()
		may, placed := arrows[from]
		if !placed {
			bad = append(bad, t.at(f.ast.Name.Pos(), "%s has no place in the picture: see arrows", from))
			continue
		}
		for _, spec := range f.ast.Imports {
			if to, ours := strings.CutPrefix(importPath(spec), module+"/"); ours && !slices.Contains(may, to) {
				bad = append(bad, t.at(spec.Pos(), "%s may not import %s: see arrows", from, to))
			}
		}
	}
	return bad
}

// isFloor reports whether f is part of a package that the picture is to show.
func isFloor(f *file) bool {
	program := f.ast.Name.Name == "main" || f.dir() == "examples" || strings.HasPrefix(f.dir(), "examples/")
	return !f.nested && !f.isTest() && !f.isTestSupport() && !program
}
