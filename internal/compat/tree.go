package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed hooks
var hooks embed.FS

// A tree is a copy of Go's, patched.
type tree struct{ root string }

// ours is what the copy gets of this library and of what it imports: import paths, and
// the directories with the source.
type ours map[string]string

// makeTree returns the copy for the installed Go and the library as it is now. One that
// an earlier run has made serves again.
func makeTree(goroot, version string, library ours) (tree, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return tree{}, err
	}
	key, err := keyOf(version, library)
	if err != nil {
		return tree{}, err
	}
	cache = filepath.Join(cache, "awaitio-compat")
	t, now := tree{filepath.Join(cache, key)}, time.Now()
	if os.Chtimes(t.root, now, now) == nil {
		return t, nil
	}
	removeUnused(cache, now.Add(-unusedMax))
	building := tree{t.root + fmt.Sprintf(".%d", os.Getpid())}
	defer os.RemoveAll(building.root)
	if err := building.fill(goroot, library); err != nil {
		return tree{}, err
	}
	if err := os.Rename(building.root, t.root); err != nil && !os.IsExist(err) {
		return tree{}, err
	}
	return t, nil
}

// unusedMax is how long a copy is kept that no run uses.
const unusedMax = 24 * time.Hour

// removeUnused removes copies that were last used before an instant.
func removeUnused(cache string, before time.Time) {
	entries, _ := os.ReadDir(cache) // none, before the first run
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			_ = os.RemoveAll(filepath.Join(cache, e.Name())) // another run may do so, too
		}
	}
}

// keyOf tells copies apart whose contents differ.
func keyOf(version string, library ours) (string, error) {
	h := sha256.New()
	add := func(fsys fs.FS) error {
		return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			contents, err := fs.ReadFile(fsys, name)
			fmt.Fprintf(h, "%s %d\n", name, len(contents))
			h.Write(contents)
			return err
		})
	}
	if err := add(hooks); err != nil {
		return "", err
	}
	for _, path := range sorted(library) {
		fmt.Fprintln(h, path)
		if err := add(sourceOf(library[path])); err != nil {
			return "", err
		}
	}
	return version + "-" + hex.EncodeToString(h.Sum(nil))[:16], nil
}

// fill makes the copy: the source but for the commands, with links to the rest.
func (t tree) fill(goroot string, library ours) error {
	if err := os.MkdirAll(t.root, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"VERSION", "bin", "go.env", "lib", "pkg", "misc"} {
		if err := os.Symlink(filepath.Join(goroot, name), filepath.Join(t.root, name)); err != nil {
			return err
		}
	}
	from := filepath.Join(goroot, "src")
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, name)
		switch to := t.src(rel); {
		case d.IsDir() && rel == "cmd":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		default:
			return linkOrCopy(name, to)
		}
	})
	if err != nil {
		return err
	}
	for path, dir := range library {
		if err := os.CopyFS(t.src("vendor", path), sourceOf(dir)); err != nil {
			return err
		}
	}
	return t.patch()
}

func (t tree) src(path ...string) string {
	return filepath.Join(append([]string{t.root, "src"}, path...)...)
}

// linkOrCopy makes to another name of from, or where that cannot be a copy.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return firstOf(err, out.Close())
}

// replace writes a file, in place of one that may have a name elsewhere.
func replace(name string, contents []byte) error {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(name, contents, 0o644)
}

// sourceOf is what a package in dir is built from, on any system.
func sourceOf(dir string) fs.FS { return sourceFS{os.DirFS(dir)} }

// A sourceFS hides directories, tests, and what is neither Go nor assembly.
type sourceFS struct{ fs.FS }

func (s sourceFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	var source []fs.DirEntry
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if e.Type().IsRegular() && (ext == ".go" || ext == ".s" || ext == ".h") && !strings.HasSuffix(e.Name(), "_test.go") {
			source = append(source, e)
		}
	}
	return source, err
}
