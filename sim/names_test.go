//go:build unix

package sim_test

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// TestWhichNamesAPowerFailureKeeps has a file that is synced, and then one whose name says that the
// first is there, as the file CURRENT of pebble does. POSIX says nothing about the order in which a
// directory's names become stable, nor that the sync of a file keeps its name. So a Strict disk may have
// the second without the first. ext4 and XFS have names in one journal, and may not.
func TestWhichNamesAPowerFailureKeeps(t *testing.T) {
	for m, want := range map[sim.Model][]string{
		sim.Strict: {"", "current", "current manifest", "manifest"},
		sim.Ext4:   {"current manifest", "manifest"},
		sim.XFS:    {"current manifest", "manifest"},
	} {
		t.Run(m.String(), func(t *testing.T) {
			sim.Run(t, sim.Config{Count: 1, Disk: sim.DiskConfig{Model: m}}, func(t *testing.T, w *sim.World) {
				h := w.Host("store", nil)
				create(t, h.IO(), "/dir/manifest", true)
				create(t, h.IO(), "/dir/current", false)
				if got := namesLeft(t, h.Disk(), "dir"); !slices.Equal(got, want) {
					t.Errorf("after a power failure there is one of %q, want %q", got, want)
				}
				if err := syncDir(h.IO(), "/dir"); err != nil {
					t.Fatal(err)
				}
				if got := namesLeft(t, h.Disk(), "dir"); !slices.Equal(got, []string{"current manifest"}) {
					t.Errorf("with the directory synced there is one of %q", got)
				}
			})
		})
	}
}

// create makes a file of no bytes, in a directory that is stable.
func create(t *testing.T, io *await.IO, name string, synced bool) {
	t.Helper()
	if err := errors.Join(io.MkdirAll(path.Dir(name), 0o755), syncDir(io, "/")); err != nil {
		t.Fatal(err)
	}
	f, err := io.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if synced {
		err = f.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func syncDir(io *await.IO, name string) error {
	d, err := io.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// namesLeft are the names in a directory of each disk which a crash could leave, each list once, in order.
func namesLeft(t *testing.T, d *sim.Disk, dir string) (all []string) {
	t.Helper()
	for image := range d.CrashImages(0) {
		entries, err := fs.ReadDir(image.FS(), dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		all = append(all, strings.Join(names, " "))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
