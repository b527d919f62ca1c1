//go:build unix

package await

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What a child writes comes between what its parent writes: they share the position.
func TestOSFileIsAChildsOutput(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "out")
	f, err := io.Create(path)
	must(t, err)
	defer f.Close()
	_, err = f.WriteString("parent\n")
	must(t, err)
	theirs, err := f.OSFile()
	must(t, err)
	if theirs.Name() != path {
		t.Errorf("it is called %s", theirs.Name())
	}
	if flags, err := fdFlags(t, int(theirs.Fd())); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %d, %v: not close-on-exec", flags, err)
	}
	// The second child outlives the first, and has the output too.
	cmd := exec.Command("sh", "-c", "echo child; exec 3<&0; cat <&3 & exit 0")
	cmd.Stdout = theirs
	r, w, err := os.Pipe()
	must(t, err)
	cmd.Stdin = r
	must(t, cmd.Run())
	must(t, r.Close())
	must(t, theirs.Close())
	_, err = f.WriteString("parent again\n")
	must(t, err)
	must(t, w.Close())
	got, err := os.ReadFile(path)
	if want := "parent\nchild\nparent again\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestOSFileOfWhatIsClosed(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "file")
	f, err := io.Create(path)
	must(t, err)
	theirs, err := f.OSFile()
	must(t, err)
	must(t, f.Close())
	_, err = theirs.WriteString("still here")
	must(t, err)
	must(t, theirs.Close())
	theirs, err = f.OSFile()
	wantIs(t, err, os.ErrClosed)
	if failed, ok := err.(*fs.PathError); !ok || failed.Path != path || theirs != nil {
		t.Errorf("got %v, %#v", theirs, err)
	}
	_, err = (*File)(nil).OSFile()
	wantIs(t, err, os.ErrInvalid)
}

// The mode of what is given away is that of package os, wherever the descriptor is from.
func TestFilesAreGivenAwayInTheModeOfOS(t *testing.T) {
	io := open(t, Config{})
	fifo := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(fifo, 0o600))
	osPipe := func() *os.File {
		r, w, err := os.Pipe()
		must(t, err)
		t.Cleanup(func() { _ = w.Close() })
		return r
	}
	nonblocking := func() uintptr {
		fd, _ := pipe(t)
		copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		must(t, err)
		must(t, unix.SetNonblock(copied, true))
		return uintptr(copied)
	}
	for _, tt := range []struct {
		name   string
		theirs func() (*os.File, error)
		ours   func() (*File, error)
	}{
		{"pipe of os", func() (*os.File, error) { return osPipe(), nil }, func() (*File, error) { return io.AdoptFile(osPipe()) }},
		{"FIFO", func() (*os.File, error) { return os.OpenFile(fifo, os.O_RDWR, 0) }, func() (*File, error) { return io.OpenFile(fifo, os.O_RDWR, 0) }},
		{"FIFO of os", func() (*os.File, error) { return os.OpenFile(fifo, os.O_RDWR, 0) }, func() (*File, error) {
			f, err := os.OpenFile(fifo, os.O_RDWR, 0)
			must(t, err)
			return io.AdoptFile(f)
		}},
		{"O_NONBLOCK", func() (*os.File, error) { return os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0) }, func() (*File, error) {
			return io.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
		}},
		{"O_NONBLOCK of os", func() (*os.File, error) { return os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0) }, func() (*File, error) {
			f, err := os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
			must(t, err)
			return io.AdoptFile(f)
		}},
		{"number", func() (*os.File, error) { return os.NewFile(nonblocking(), "pipe"), nil }, func() (*File, error) {
			return io.NewFile(nonblocking(), "pipe")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			theirs, err := tt.theirs()
			must(t, err)
			defer theirs.Close()
			want := isNonblock(t, theirs.Fd())
			for _, way := range []string{"Fd", "OSFile"} {
				f, err := tt.ours()
				must(t, err)
				defer f.Close()
				fd := f.Fd
				if way == "OSFile" {
					f, err := f.OSFile()
					must(t, err)
					defer f.Close()
					fd = f.Fd
				}
				if got := isNonblock(t, fd()); got != want {
					t.Errorf("%s: non-blocking is %v, want %v", way, got, want)
				}
			}
		})
	}
}

// An adopted pipe goes on while others have it in blocking mode.
func TestAdoptedPipeGoesOnInBlockingMode(t *testing.T) {
	io := open(t, Config{})
	r, w, err := os.Pipe()
	must(t, err)
	defer w.Close()
	f, err := io.AdoptFile(r)
	must(t, err)
	defer f.Close()
	if isNonblock(t, f.Fd()) {
		t.Fatal("it is in non-blocking mode")
	}
	b := make([]byte, 8)
	read := later(func() (int, error) { return f.Read(b) })
	waitUnderWay(t, io, 1)
	must(t, io.Sleep(background, 1)) // the loop is not stopped
	_, err = w.WriteString("late")
	must(t, err)
	o := receive(t, read, "read")
	wantCount(t, "Read", o.n, o.err, 4)
}
