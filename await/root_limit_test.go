//go:build unix

package await

import (
	"os"
	"path/filepath"
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
	spare, err := os.Open(dir)
	must(t, err)
	defer testutil.ExhaustDescriptors(t)()
	_, want := theirs.Open("file")
	for _, left := range []string{"none", "one"} {
		t.Run(left, func(t *testing.T) {
			_, got := ours.Open("file")
			wantSame(t, got, want)
			_, got = ours.OpenFile("file", os.O_RDWR, 0)
			wantSame(t, got, want)
			_, got = ours.Create("file")
			wantSame(t, got, want)
			_, got = ours.FS().Open("file")
			wantSame(t, got, want)
		})
		_ = spare.Close()
	}
}
