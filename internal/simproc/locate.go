package simproc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// goEnv is where the sources of packages are that a build with -trimpath does not tell.
var goEnv = sync.OnceValue(func() []string {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		return nil
	}
	root, cache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return []string{filepath.Join(root, "src"), cache}
})

// locate is the file that a stack trace means: as it is, or in Go's own directories or in
// this module's, as -trimpath has it.
func locate(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	for _, dir := range goEnv() {
		if full := filepath.Join(dir, path); exists(full) {
			return full
		}
	}
	return locateHere(path)
}

// locateHere looks for a file of the main module in the directories above the present one:
// its path begins with the module's, which none of them has.
func locateHere(path string) string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		for rest := path; rest != ""; {
			if full := filepath.Join(dir, rest); exists(full) {
				return full
			}
			var more bool
			if _, rest, more = strings.Cut(rest, "/"); !more {
				break
			}
		}
		dir = filepath.Dir(dir)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
