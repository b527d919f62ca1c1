//go:build unix

package await

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What is not permitted is told as package os tells it, to the letter.
func TestFilesWithoutPermission(t *testing.T) {
	testutil.AsNobody(t, func() {
		sideBySide(t, func(t *testing.T, w *way) {
			must(t, outside.WriteFile(w.path("closed"), []byte("x"), 0))
			must(t, outside.WriteFile(w.path("readable"), []byte("x"), 0o444))
			for _, sealed := range []struct {
				dir  string
				perm os.FileMode
			}{{"fixed", 0o555}, {"sealed", 0}} {
				dir := w.path(sealed.dir)
				must(t, outside.Mkdir(dir, 0o700))
				must(t, outside.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
				must(t, outside.Chmod(dir, sealed.perm))
				t.Cleanup(func() { _ = outside.Chmod(dir, 0o700) }) // for its removal, which tells
				wantIs(t, w.mkdir(filepath.Join(dir, "new"), 0o700), os.ErrPermission)
				forbidden(w, sealed.dir)
			}
			forbiddenOpens(w)
		})
	})
}

// deny notes an error with its text.
func (w *way) deny(step string, err error) { w.tell(step, err, fmt.Sprint(err)) }

// forbiddenOpens are those of files that are there.
func forbiddenOpens(w *way) {
	for _, try := range []struct {
		name string
		flag int
	}{
		{"closed", os.O_RDONLY}, {"closed", os.O_RDWR}, {"closed", os.O_WRONLY | os.O_TRUNC},
		{"closed", os.O_WRONLY | os.O_CREATE}, {"readable", os.O_WRONLY | os.O_APPEND}, {"readable", os.O_RDONLY},
		{"fixed", os.O_WRONLY}, {"fixed", os.O_RDONLY}, {"sealed", os.O_RDONLY}, {"sealed/file", os.O_RDONLY},
		{"sealed/new", os.O_WRONLY | os.O_CREATE}, {"fixed/new", os.O_WRONLY | os.O_CREATE},
	} {
		f, err := w.open(w.path(try.name), try.flag, 0o600)
		w.deny(fmt.Sprintf("open %s %#x", try.name, try.flag), err)
		if err == nil {
			w.deny("close", f.Close())
		}
	}
	_, err := w.readFile(w.path("closed"))
	w.deny("ReadFile", err)
	w.deny("WriteFile", w.writeFile(w.path("readable"), nil, 0o600))
}

// forbidden is what a directory does not let one do.
func forbidden(w *way, dir string) {
	in := func(name string) string { return w.path(filepath.Join(dir, name)) }
	outside := w.path("readable")
	w.deny("mkdir", w.mkdir(in("new"), 0o700))
	w.deny("mkdirAll", w.mkdirAll(in("new/sub"), 0o700))
	w.deny("remove", w.remove(in("file")))
	w.deny("removeAll", w.removeAll(in("file")))
	w.deny("removeAll of it", w.removeAll(w.path(dir)))
	w.deny("rename in it", w.rename(in("file"), in("other")))
	w.deny("rename out of it", w.rename(in("file"), w.path("other")))
	w.deny("rename into it", w.rename(outside, in("other")))
	w.deny("link", w.link(outside, in("link")))
	w.deny("symlink", w.symlink(outside, in("symlink")))
	_, err := w.readlink(in("file"))
	w.deny("readlink", err)
	_, err = w.stat(in("file"))
	w.deny("stat", err)
	_, err = w.lstat(in("file"))
	w.deny("lstat", err)
	_, err = w.readDir(w.path(dir))
	w.deny("readDir", err)
}

// Dials and listeners to which permission is denied, of both libraries.
func TestSocketsWithoutPermission(t *testing.T) {
	testutil.AsNobody(t, func() {
		io := open(t, Config{})
		dir := tempDir(t)
		sealed := filepath.Join(dir, "sealed")
		must(t, outside.Mkdir(sealed, 0))
		path := filepath.Join(dir, "socket")
		l, err := outside.Listen("unix", path)
		must(t, err)
		defer l.Close()
		must(t, outside.Chmod(path, 0))
		for _, address := range []string{path, filepath.Join(sealed, "socket")} {
			for _, network := range []string{"unix", "unixgram", "unixpacket"} {
				_, want := outside.Dial(network, address)
				_, got := io.Dial(network, address)
				wantSame(t, got, want)
				wantIs(t, got, os.ErrPermission)
			}
		}
		for _, network := range []string{"unix", "unixpacket"} {
			_, want := outside.Listen(network, filepath.Join(sealed, "new"))
			_, got := io.Listen(network, filepath.Join(sealed, "new"))
			wantSame(t, got, want)
			wantIs(t, got, os.ErrPermission)
		}
		_, want := outside.ListenPacket("unixgram", filepath.Join(sealed, "new"))
		_, got := io.ListenPacket("unixgram", filepath.Join(sealed, "new"))
		wantSame(t, got, want)
		wantIs(t, got, os.ErrPermission)
	})
}

// The ports below 1024 are root's on most systems.
func TestListenOnAPortOfRoot(t *testing.T) {
	testutil.AsNobody(t, func() {
		io := open(t, Config{})
		const address = "127.0.0.1:1"
		if l, err := outside.Listen("tcp4", address); err == nil {
			_ = l.Close()
			t.Skip("this system has all ports for everybody")
		}
		_, want := outside.Listen("tcp4", address)
		_, got := io.Listen("tcp4", address)
		wantSame(t, got, want)
		wantIs(t, got, os.ErrPermission)

		_, want = outside.ListenPacket("udp4", address)
		_, got = io.ListenPacket("udp4", address)
		wantSame(t, got, want)
		wantIs(t, got, os.ErrPermission)

		local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
		_, want = (&net.Dialer{LocalAddr: local}).Dial("tcp4", "127.0.0.1:2")
		_, got = (&Dialer{IO: io, LocalAddr: local}).Dial("tcp4", "127.0.0.1:2")
		wantSame(t, got, want)
		wantIs(t, got, os.ErrPermission)
	})
}
