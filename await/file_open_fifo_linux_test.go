package await

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// What a writer that had waited for a reader writes before it goes is the reader's, though it
// may have gone before the open returns.
func TestOpenOfAFIFOLosesNoWriter(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	for i := range 100 {
		want := fmt.Sprint("message ", i)
		written := later(func() (int, error) { return 0, outside.WriteFile(path, []byte(want), 0) })
		f := openFile(t, io, path, os.O_RDONLY)
		must(t, receive(t, written, "the writer").err)
		if got, err := readWhole(background, f); err != nil || string(got) != want {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	}
}

// A writer need not write for the reader's open to return.
func TestOpenOfAFIFOSeesASilentWriter(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	opened := later(func() (int, error) {
		f, err := io.Open(path)
		if err == nil {
			err = f.Close()
		}
		return 0, err
	})
	w := openFile(t, io, path, os.O_WRONLY) // waits for the reader
	must(t, receive(t, opened, "the open of a FIFO with a silent writer").err)
	must(t, w.Close())
}

// A close of the IO ends the open of a FIFO, and nobody reads it then.
func TestCloseEndsTheOpenOfAFIFO(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	opened := later(func() (int, error) {
		_, err := io.Open(path)
		return 0, err
	})
	waitInFlight(t, io, 1)
	must(t, io.Close())
	if err := receive(t, opened, "the end of an open").err; err == nil {
		t.Error("opened on a closed IO")
	}
	if _, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0); err != unix.ENXIO {
		t.Errorf("somebody still reads the FIFO: %v", err)
	}
}

// What is no file is opened as package os opens it, however its name leads to it.
func TestOpenOfDevices(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	fifo := filepath.Join(dir, "fifo")
	must(t, unix.Mkfifo(fifo, 0o600))
	names := []string{"/dev/null", fifo}
	for _, device := range []string{"/dev/null", "/dev/zero", "/dev/tty"} {
		link := filepath.Join(dir, filepath.Base(device))
		must(t, outside.Symlink(device, link))
		names = append(names, link)
	}
	for _, name := range names {
		for _, flag := range []int{os.O_RDWR, os.O_RDWR | unix.O_NONBLOCK} {
			fd, want := unix.Open(name, flag|sysfile.OpenFlags, 0)
			f, err := io.OpenFile(name, flag, 0)
			if class(err) != class(pathFailed("open", name, want)) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if err != nil || want != nil {
				continue
			}
			own(t, fd)
			if ours, theirs := modeOf(t, int(f.Fd())), modeOf(t, fd); ours != theirs {
				t.Errorf("%s with %#x: flags %#x, want %#x", name, flag, ours, theirs)
			}
			must(t, f.Close())
		}
	}
}

// The mode in which a file was opened is nobody's to see: not in what is handed out, and not
// by the loops.
func TestModeOfWhatIsHandedOut(t *testing.T) {
	io := open(t, Config{})
	name := patterned(t, FileConfig{IO: io}, 100, os.O_RDONLY).Name()
	for way, handOut := range map[string]func(f *File) int{
		"Fd": func(f *File) int { return int(f.Fd()) },
		"SyscallConn": func(f *File) (fd int) {
			c, err := f.SyscallConn()
			must(t, err)
			must(t, c.Control(func(number uintptr) { fd = int(number) }))
			return fd
		},
		"OSFile": func(f *File) int {
			made, err := f.OSFile()
			must(t, err)
			must(t, made.Close())
			return f.d.FD
		},
		"ReadVAt": func(f *File) int {
			_, err := f.ReadVAt(background, [][]byte{make([]byte, 100)}, 0)
			must(t, err)
			return f.d.FD
		},
	} {
		f := openFile(t, io, name, os.O_RDONLY)
		if flags := modeOf(t, handOut(f)); flags&unix.O_NONBLOCK != 0 {
			t.Errorf("%s: flags %#x", way, flags)
		}
		must(t, f.Close())
	}
}

// A file that another has a lease on waits until the lease is given up.
func TestOpenWaitsForALease(t *testing.T) {
	io := open(t, Config{})
	name := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(name, nil, 0o600))
	holder, err := os.OpenFile(name, os.O_RDWR, 0)
	must(t, err)
	defer holder.Close()
	fd := int(holder.Fd())
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETSIG, int(unix.SIGURG)); err != nil { // one that the runtime ignores
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("this file system has no leases: %v", err)
	}
	opened := later(func() (int, error) {
		f, err := io.Open(name)
		if err == nil {
			err = f.Close()
		}
		return 0, err
	})
	waitInFlight(t, io, 1)
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	must(t, err)
	must(t, receive(t, opened, "the open of a leased file").err)
}

func modeOf(t *testing.T, fd int) int {
	t.Helper()
	flags, err := fileFlags(t, fd)
	must(t, err)
	return flags
}
