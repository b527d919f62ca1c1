//go:build unix

package fdcall

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/proactor"
)

// A symbolic link that has led to a mount in trouble is known for as long as it leads there: each time
// that the table is read again, as many calls as have common places would be late again.
func TestLinksAreKnownWhileTheyLeadThere(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("/hangs", link))
	table := mounts.NewTable([]mounts.Mount{{ID: 1, Point: "/"}, {ID: 2, Point: "/hangs", Class: mounts.MayHang}})
	m := newMountLanes(proactor.Config{})
	leads := func() bool {
		m.install(table)
		return m.byPath(filepath.Join(link, "file")) != nil
	}
	if leads() {
		t.Error("a link is known before a call was late")
	}
	m.resolve(filepath.Join(link, "file"))
	for range 2 {
		if !leads() {
			t.Error("a link is forgotten")
		}
	}
	must(t, os.Remove(link))
	must(t, os.Symlink("/elsewhere", link))
	if leads() {
		t.Error("a link is known, and leads elsewhere")
	}
}
