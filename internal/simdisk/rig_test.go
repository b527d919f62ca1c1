//go:build unix

package simdisk

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A rig is a disk under test. Calls that fail end the test.
type rig struct {
	t testing.TB
	*Disk
}

func newRig(t testing.TB, c Config) *rig { return &rig{t, New(c)} }

// ok ends the test on an errno.
func (r *rig) ok(errno syscall.Errno) {
	if errno != 0 {
		r.t.Helper()
		r.t.Fatalf("unexpected %v", errno)
	}
}

// want reports an errno that is another one.
func (r *rig) want(want, got syscall.Errno) {
	if got != want {
		r.t.Helper()
		r.t.Errorf("errno %v (%d), want %v", got, int(got), want)
	}
}

func (r *rig) open(path string, flags int) *File {
	r.t.Helper()
	f, errno := r.Open(nil, path, flags, 0o644)
	r.ok(errno)
	return f
}

// file opens a file for reading and writing, and makes it if there is none.
func (r *rig) file(path string) *File {
	r.t.Helper()
	return r.open(path, unix.O_RDWR|unix.O_CREAT)
}

// put writes to a file at an offset, and makes it if there is none.
func (r *rig) put(path string, off int64, text string) {
	r.t.Helper()
	f := r.file(path)
	defer f.Close()
	n, errno := f.Write([]byte(text), off)
	r.ok(errno)
	if n != len(text) {
		r.t.Fatalf("wrote %d of %d bytes", n, len(text))
	}
}

// sync is fsync of a file or directory.
func (r *rig) sync(path string) {
	r.t.Helper()
	f := r.open(path, unix.O_RDONLY)
	defer f.Close()
	r.ok(f.Sync(false))
}

// show is all there is on a disk: "a=text d/ d/l->a", with zeros as dots.
func show(t testing.TB, fsys fs.FS) string {
	t.Helper()
	var all []string
	err := fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		switch e.Type() {
		case fs.ModeDir:
			all = append(all, path+"/")
		case fs.ModeSymlink:
			target, err := fs.ReadLink(fsys, path)
			all = append(all, path+"->"+target)
			return err
		default:
			data, err := fs.ReadFile(fsys, path)
			all = append(all, path+"="+strings.ReplaceAll(string(data), "\x00", "."))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// images are what a crash now could leave, in order of their text.
func (r *rig) images() []string {
	r.t.Helper()
	var all []string
	for image := range r.CrashImages(0) {
		all = append(all, show(r.t, image.FS()))
	}
	slices.Sort(all)
	return all
}

// seeded picks by a seed.
func seeded(seed uint64) func(n int64) int64 {
	chance := rand.New(rand.NewPCG(seed, 1))
	return chance.Int64N
}

// always is a Chance by which all that can hit does, and draws the highest number.
type always struct{}

func (always) Hits(string, uint64, float64) bool      { return true }
func (always) Draw(_ string, _ uint64, n int64) int64 { return n - 1 }

// sizes is a list and how long it is, for messages.
func sizes(list []string) string { return fmt.Sprintf("%d: %q", len(list), list) }
