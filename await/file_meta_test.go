//go:build unix

package await

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestModesAndTimesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		must(t, w.writeFile(w.path("f"), nil, 0o600))
		must(t, w.symlink("f", w.path("soft")))
		then := time.Date(2001, 2, 3, 4, 5, 6, 789_000, time.UTC)
		note := func(step string, err error) {
			info, statErr := w.stat(w.path("f"))
			must(t, statErr)
			w.tell(step, err, info.Mode(), info.ModTime().Equal(then), info.ModTime().Equal(then.Add(time.Hour)))
		}
		note("chmod", w.chmod(w.path("f"), 0o741|fs.ModeSetuid))
		note("chmod of a link", w.chmod(w.path("soft"), 0o604))
		note("chmod of nothing", w.chmod(w.path("no"), 0o604))
		note("chtimes", w.chtimes(w.path("f"), then, then))
		note("chtimes of a link", w.chtimes(w.path("soft"), then, then.Add(time.Hour)))
		note("chtimes of none", w.chtimes(w.path("f"), then, time.Time{}))
		note("chtimes of nothing", w.chtimes(w.path("no"), then, then))
	})
}

// The functions of the package are the default IO's.
func TestMetadataOnTheDefaultIO(t *testing.T) {
	theDefault(t)
	path := filepath.Join(tempDir(t), "f")
	must(t, outside.WriteFile(path, nil, 0o600))
	then := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	must(t, Chmod(path, 0o640))
	must(t, Chtimes(path, then, then))
	info, err := StatContext(background, path)
	must(t, err)
	if info.Mode() != 0o640 || !info.ModTime().Equal(then) {
		t.Errorf("got mode %v and time %v", info.Mode(), info.ModTime())
	}
	must(t, outside.Symlink("f", path+"2"))
	info, err = LstatContext(background, path+"2")
	must(t, err)
	if info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("a link is told as %v", info.Mode())
	}
	ctx, cause := canceled()
	_, err = StatContext(ctx, path)
	wantIs(t, err, cause)
	_, err = LstatContext(ctx, path)
	wantIs(t, err, cause)
}

// A file is the same, whichever package its FileInfo is from.
func TestSameFileOfEitherPackage(t *testing.T) {
	theDefault(t)
	dir := tempDir(t)
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	must(t, outside.WriteFile(a, nil, 0o600))
	must(t, outside.WriteFile(b, nil, 0o600))
	stats := map[string]func(string) (fs.FileInfo, error){"ours": Stat, "package os's": os.Stat}
	for x, one := range stats {
		for y, other := range stats {
			first, err := one(a)
			must(t, err)
			second, err := other(a)
			must(t, err)
			third, err := other(b)
			must(t, err)
			if !SameFile(first, second) || SameFile(first, third) {
				t.Errorf("%s and %s: SameFile does not tell files apart", x, y)
			}
		}
	}
	info, err := Stat(a)
	must(t, err)
	if SameFile(info, nil) || SameFile(nil, nil) {
		t.Error("a file is the same as none")
	}
}
