//go:build unix

package await

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestFileIsAReader(t *testing.T) {
	for name, config := range map[string]FileConfig{"plain": {}, "abandonable": {Lending: LendAlways}} {
		t.Run(name, func(t *testing.T) {
			config.IO = open(t, Config{})
			want := testutil.FileContents(0, 3000)
			path := filepath.Join(tempDir(t), "file")
			must(t, outside.WriteFile(path, want, 0o600))
			f, err := config.Open(background, path, os.O_RDONLY, 0)
			must(t, err)
			defer f.Close()
			must(t, iotest.TestReader(f, want))
		})
	}
}

func TestDirFSIsAnFS(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	must(t, outside.MkdirAll(filepath.Join(dir, "a/b"), 0o700))
	must(t, outside.WriteFile(filepath.Join(dir, "a/file"), []byte("data"), 0o600))
	must(t, outside.WriteFile(filepath.Join(dir, "a/b/file"), testutil.FileContents(0, 100000), 0o600))
	must(t, outside.WriteFile(filepath.Join(dir, "empty"), nil, 0o600))
	must(t, outside.Symlink("a/file", filepath.Join(dir, "link")))
	must(t, fstest.TestFS(io.DirFS(dir), "a/file", "a/b/file", "empty", "link"))
}

func TestDirFSRefusesWhatIsOutside(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	for _, name := range []string{"", "/etc/passwd", "../x", "a/../b", "a//b", "a\x00b"} {
		_, err := io.DirFS(dir).Open(name)
		wantIs(t, err, fs.ErrInvalid)
		_, err = fs.Stat(io.DirFS(dir), name)
		wantIs(t, err, fs.ErrInvalid)
	}
	_, err := io.DirFS("").Open("x")
	wantIs(t, err, errEmptyRoot)
	_, err = fs.ReadFile(io.DirFS(dir), "missing")
	wantIs(t, err, fs.ErrNotExist)
	if failed, ok := err.(*fs.PathError); !ok || failed.Path != "missing" {
		t.Errorf("the error %v does not tell of the name alone", err)
	}
	must(t, outside.Symlink("nowhere", filepath.Join(dir, "link")))
	target, err := fs.ReadLink(io.DirFS(dir), "link")
	if err != nil || target != "nowhere" {
		t.Errorf("ReadLink: %q, %v", target, err)
	}
}
