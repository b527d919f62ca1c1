//go:build unix

package await

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// Where there is no descriptor left, or one too few, opening within a tree fails in the words of package os.
func TestTreesWithoutDescriptors(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	io := open(t, Config{})
	ours, err := io.OpenRoot(dir)
	must(t, err)
	defer ours.Close()
	theirs, err := os.OpenRoot(dir)
	must(t, err)
	defer theirs.Close()
	release := testutil.ExhaustDescriptors(t)
	_, want := theirs.Open("file")
	release()
	for name, left := range map[string]int{"none": 0, "one": 1} {
		t.Run(name, func(t *testing.T) {
			var got []error
			for try := 0; try == 0 || try < 10 && slices.Contains(got, nil); try++ { // what ends meanwhile frees its own
				got = opened(t, ours, left)
			}
			for _, err := range got {
				wantSame(t, err, want)
			}
		})
	}
}

// opened are the errors of each way to open a file in root, with so many descriptors left.
func opened(t *testing.T, root *Root, left int) (errs []error) {
	t.Helper()
	spare := make([]*os.File, left)
	for i := range spare {
		var err error
		spare[i], err = os.Open(os.DevNull)
		must(t, err)
	}
	defer testutil.ExhaustDescriptors(t)()
	for _, f := range spare {
		must(t, f.Close())
	}
	note := func(f fs.File, err error) {
		if errs = append(errs, err); err == nil {
			must(t, f.Close())
		}
	}
	note(root.Open("file"))
	note(root.OpenFile("file", os.O_RDWR, 0))
	note(root.Create("file"))
	note(root.FS().Open("file"))
	return errs
}
