//go:build unix

package await

import (
	"bytes"
	goio "io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestCopiesBetweenFilesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		must(t, w.writeFile(w.path("from"), testutil.FileContents(0, 500000), 0o600))
		for name, flag := range map[string]int{"to": 0, "appending": os.O_APPEND} {
			from := w.mustOpen(t, "from", os.O_RDONLY, 0)
			to := w.mustOpen(t, name, os.O_RDWR|os.O_CREATE|flag, 0o600)
			_, err := to.WriteString("head;")
			must(t, err)
			_, err = from.Seek(1000, goio.SeekStart)
			must(t, err)
			n, err := to.ReadFrom(goio.LimitReader(from, 2000))
			w.notes = append(w.notes, "") // the order of a map is no order
			if n != 2000 || err != nil || position(from) != 3000 || position(to) != 2005 {
				t.Errorf("%s: a part: %d, %v; positions %d, %d", name, n, err, position(from), position(to))
			}
			n, err = goio.Copy(to, from)
			if n != 497000 || err != nil || position(from) != 500000 || position(to) != 499005 {
				t.Errorf("%s: the rest: %d, %v; positions %d, %d", name, n, err, position(from), position(to))
			}
			n, err = goio.Copy(to, from)
			if n != 0 || err != nil {
				t.Errorf("%s: at the end: %d, %v", name, n, err)
			}
			got, err := w.readFile(w.path(name))
			must(t, err)
			if want := append([]byte("head;"), testutil.FileContents(1000, 499000)...); !bytes.Equal(got, want) {
				t.Errorf("%s: others arrived than were copied", name)
			}
		}
		sizeless := w.path("from") // where no file tells a size of 0 and has contents
		if runtime.GOOS == "linux" {
			sizeless = "/proc/sys/kernel/ostype"
		}
		proc, err := w.open(sizeless, os.O_RDONLY, 0)
		must(t, err)
		defer proc.Close()
		to := w.mustOpen(t, "proc", os.O_RDWR|os.O_CREATE, 0o600)
		n, err := goio.Copy(to, proc)
		w.tell("from what tells no size", err, n)
		n, err = to.ReadFrom(strings.NewReader("text"))
		w.tell("from a string", err, n)
		_, err = to.Seek(0, goio.SeekStart)
		must(t, err)
		var b bytes.Buffer
		n, err = to.WriteTo(&b)
		w.tell("to a buffer", err, n, b.String())
		_, err = to.Seek(0, goio.SeekStart)
		must(t, err)
		var s strings.Builder
		n, err = to.WriteTo(&s)
		w.tell("to a builder", err, n, s.String())
		_, err = to.Seek(0, goio.SeekStart)
		must(t, err)
		r := w.mustOpen(t, "proc", os.O_RDONLY, 0)
		n, err = r.ReadFrom(to)
		w.tell("to one that is not for writing", nil, n, err != nil)
	})
}

func position(f goio.Seeker) int64 {
	at, err := f.Seek(0, goio.SeekCurrent)
	if err != nil {
		return -1
	}
	return at
}

// Two copies in opposite directions do not wait for each other.
func TestCrossingCopies(t *testing.T) {
	io := open(t, Config{})
	a := patterned(t, FileConfig{IO: io}, 1<<20, os.O_RDWR)
	b := patterned(t, FileConfig{IO: io}, 1<<20, os.O_RDWR)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { _, err := a.ReadFrom(goio.LimitReader(b, 1000)); must(t, err) })
		wg.Go(func() { _, err := b.ReadFrom(goio.LimitReader(a, 1000)); must(t, err) })
	}
	wg.Wait()
	if _, err := a.ReadFrom(goio.LimitReader(a, 1000)); err != nil { // of itself
		t.Error(err)
	}
}

func TestForgottenFilesAreClosed(t *testing.T) {
	io := open(t, Config{}) // finds descriptors that stay
	dir := tempDir(t)
	for _, config := range []FileConfig{{IO: io}, {IO: io, Lending: LendAlways}} {
		f, err := config.Open(background, filepath.Join(dir, "file"), os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		_, err = f.Write([]byte("x"))
		must(t, err)
		d, err := config.Open(background, dir, os.O_RDONLY, 0)
		must(t, err)
		_, err = d.ReadDir(1)
		must(t, err)
	}
	runtime.GC()
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
}
