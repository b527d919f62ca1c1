//go:build unix

package await

import (
	"bytes"
	goio "io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A file that appends since it was opened gets all of a copy at its end, though the
// kernel's own copy refuses it.
func TestCopyToAFileThatAppendsByNow(t *testing.T) {
	for name, copyAll := range map[string]func(to, from *File) (int64, error){
		"ReadFrom": func(to, from *File) (int64, error) { return to.ReadFrom(from) },
		"WriteTo":  func(to, from *File) (int64, error) { return from.WriteTo(to) },
		"io.Copy":  func(to, from *File) (int64, error) { return goio.Copy(to, from) },
		"io.CopyN": func(to, from *File) (int64, error) { return goio.CopyN(to, from, 1<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			to, from, want := appendingByNow(t, io)
			n, err := copyAll(to, from)
			if err != nil || n != int64(len(want)) {
				t.Errorf("copied %d of %d: %v", n, len(want), err)
			}
			got, err := outside.ReadFile(to.Name())
			must(t, err)
			if !bytes.Equal(got, append([]byte("head"), want...)) {
				t.Errorf("the file has %d bytes, and not what it should have", len(got))
			}
		})
	}
}

// appendingByNow opens a file to copy to, which has a head, and one to copy from.
func appendingByNow(t *testing.T, io *IO) (to, from *File, contents []byte) {
	t.Helper()
	dir := tempDir(t)
	contents = bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	must(t, outside.WriteFile(filepath.Join(dir, "from"), contents, 0o600))
	must(t, outside.WriteFile(filepath.Join(dir, "to"), []byte("head"), 0o600))
	from, err := io.Open(filepath.Join(dir, "from"))
	must(t, err)
	to, err = io.OpenFile(filepath.Join(dir, "to"), os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { must(t, from.Close()); must(t, to.Close()) })
	_, err = unix.FcntlInt(to.Fd(), unix.F_SETFL, unix.O_APPEND)
	must(t, err)
	return to, from, contents
}

// A copy from a file that cannot be read, or to one that cannot be written, fails as
// package os's does.
func TestCopyOfWhatIsNotOpenForIt(t *testing.T) {
	for name, flags := range map[string][2]int{
		"from": {os.O_WRONLY, os.O_RDWR}, "to": {os.O_RDONLY, os.O_RDONLY},
	} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			dir := tempDir(t)
			from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
			must(t, outside.WriteFile(from, []byte("contents"), 0o600))
			must(t, outside.WriteFile(to, nil, 0o600))
			f, err := io.OpenFile(from, flags[0], 0)
			must(t, err)
			defer f.Close()
			g, err := io.OpenFile(to, flags[1], 0)
			must(t, err)
			defer g.Close()
			n, err := g.ReadFrom(f)
			if n != 0 {
				t.Errorf("copied %d", n)
			}
			wantIs(t, err, unix.EBADF)
		})
	}
}
