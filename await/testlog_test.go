//go:build unix

package await

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// looksAt tells the child in which way to look at files: package os's, or ours.
const looksAt = "AWAITIO_TEST_LOOKS_AT"

// go test hears of the files that a test looks at, as from package os: it takes no old
// result for good when one of them has changed.
func TestGoTestKnowsWhatFilesAreUsed(t *testing.T) {
	if way := os.Getenv(looksAt); way != "" {
		lookAtFiles(t, way)
		return
	}
	dir := tempDir(t)
	must(t, outside.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	must(t, outside.Mkdir(filepath.Join(dir, "sub"), 0o700))
	logs := map[string][]string{}
	for _, way := range []string{"os", "await"} {
		log := filepath.Join(tempDir(t), "log")
		cmd := exec.Command(os.Args[0], "-test.run=^TestGoTestKnowsWhatFilesAreUsed$", "-test.testlogfile="+log)
		cmd.Env, cmd.Dir = append(os.Environ(), looksAt+"="+way), dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		logs[way] = logLines(t, log)
	}
	if want, got := strings.Join(logs["os"], "\n"), strings.Join(logs["await"], "\n"); got != want {
		t.Errorf("the log is\n%s\nand package os's\n%s", got, want)
	}
}

// lookAtFiles looks at files by each call that has a name, of which each is used once.
func lookAtFiles(t *testing.T, way string) {
	stat, lstat, readFile, readDir := os.Stat, os.Lstat, os.ReadFile, os.ReadDir
	open := func(name string) (goFile, error) { return os.Open(name) }
	dirFS := os.DirFS
	if way == "await" {
		stat, lstat, readFile, readDir = Stat, Lstat, ReadFile, ReadDir
		open = func(name string) (goFile, error) { return Open(name) }
		dirFS = DirFS
	}
	_, _ = stat("stat")
	_, _ = lstat("lstat")
	_, _ = readFile("readfile")
	_, _ = readDir("readdir")
	_, _ = open("open")
	_, _ = fs.ReadFile(dirFS("."), "dirfs")
	f, err := open("file")
	must(t, err)
	must(t, f.Close())
	f, err = open("sub")
	must(t, err)
	must(t, f.Chdir())
	must(t, f.Close())
	_, _ = readFile("relative")
}

// goFile is what lookAtFiles needs of a file.
type goFile interface {
	Chdir() error
	Close() error
}

// logLines are the lines about files. A file that is opened counts as one that is
// looked at: go test looks at the same.
func logLines(t *testing.T, name string) (lines []string) {
	t.Helper()
	log, err := outside.ReadFile(name)
	must(t, err)
	for line := range strings.Lines(string(log)) {
		kind, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch kind {
		case "stat", "open":
			lines = append(lines, "file "+name)
		case "chdir":
			lines = append(lines, line)
		}
	}
	return lines
}
