package await

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A slowServer is a file system of the test's own, by way of /dev/fuse, with one file
// whose reads are answered when the channel is closed that each sends on asked: as on a network mount whose server
// is gone for a while.
type slowServer struct {
	fd    int
	asked chan chan struct{}
	stop  chan struct{}                 // closed when a test ends, which may have failed: nothing is left to hang
	thaw  atomic.Pointer[chan struct{}] // nil, or no request is answered until it is closed
}

// freeze has no request answered until thaw is called, or the test ends.
func (s *slowServer) freeze() (thaw func()) {
	frozen := make(chan struct{})
	s.thaw.Store(&frozen)
	return func() {
		s.thaw.Store(nil)
		close(frozen)
	}
}

// frozen answers a request with body when the file system is thawed.
func (s *slowServer) frozen(id uint64, thaw <-chan struct{}, op uint32, node uint64) {
	go func() {
		select {
		case <-thaw:
		case <-s.stop:
		}
		s.answer(id, op, node)
	}()
}

// answer answers a request at once.
func (s *slowServer) answer(id uint64, op uint32, node uint64) {
	switch b := body(op, node); {
	case b == nil && op != fuseRead && op != fuseRelease && op != fuseReleasedir && op != fuseFlush:
		s.reply(id, -int32(unix.ENOSYS), nil)
	default:
		s.reply(id, 0, b)
	}
}

// Of linux/fuse.h: what the server answers, and the sizes of what it does with.
const (
	fuseLookup, fuseForget, fuseGetattr, fuseOpen, fuseRead = 1, 2, 3, 14, 15
	fuseRelease, fuseFlush, fuseInit, fuseInterrupt         = 18, 25, 26, 36
	fuseOpendir, fuseReleasedir                             = 27, 29

	fuseInHeader, fuseOutHeader = 40, 16
	fuseDirectIO                = 1
)

// mountSlow mounts one, with its file at the path that is returned.
func mountSlow(t *testing.T) (s *slowServer, path string) {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	s = &slowServer{fd: fd, asked: make(chan chan struct{}, 100), stop: make(chan struct{})}
	dir := tempDir(t)
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d", fd, os.Getuid(), os.Getgid())
	if err := unix.Mount("slow", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		must(t, unix.Close(fd))
		t.Skipf("nothing can be mounted here: %v", err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.serve()
	}()
	t.Cleanup(func() {
		close(s.stop)
		testutil.Eventually(t, patience, func() bool { return unix.Unmount(dir, 0) != unix.EBUSY }, "what was left has ended")
		<-served // the kernel ends it with ENODEV
		must(t, unix.Close(fd))
	})
	return s, filepath.Join(dir, "file")
}

func (s *slowServer) serve() {
	in := make([]byte, 1<<17)
	for {
		n, err := unix.Read(s.fd, in)
		if err == unix.EINTR || err == unix.ENOENT {
			continue
		}
		if err != nil || n < fuseInHeader {
			return
		}
		id := binary.NativeEndian.Uint64(in[8:])
		switch op, thaw := binary.NativeEndian.Uint32(in[4:]), s.thaw.Load(); {
		case op == fuseForget || op == fuseInterrupt:
		case thaw != nil:
			s.frozen(id, *thaw, op, binary.NativeEndian.Uint64(in[16:]))
		case op == fuseRead:
			s.later(id, []byte("slow"))
		default:
			s.answer(id, op, binary.NativeEndian.Uint64(in[16:]))
		}
	}
}

// later answers a request when it is told to.
func (s *slowServer) later(id uint64, body []byte) {
	answer := make(chan struct{})
	s.asked <- answer
	go func() {
		select {
		case <-answer:
		case <-s.stop:
		}
		s.reply(id, 0, body)
	}()
}

// body is what op on node is answered with.
func body(op uint32, node uint64) []byte {
	var b []byte
	u32 := func(v ...uint32) {
		for _, v := range v {
			b = binary.NativeEndian.AppendUint32(b, v)
		}
	}
	u64 := func(v ...uint64) {
		for _, v := range v {
			b = binary.NativeEndian.AppendUint64(b, v)
		}
	}
	attr := func(node uint64) { // struct fuse_attr
		mode := uint32(unix.S_IFREG | 0o600)
		if node == 1 {
			mode = unix.S_IFDIR | 0o700
		}
		u64(node, 4096, 8, 0, 0, 0)
		u32(0, 0, 0, mode, 1, uint32(os.Getuid()), uint32(os.Getgid()), 0, 4096, 0)
	}
	switch op {
	case fuseInit:
		u32(7, 31, 1<<16, 0, 0, 1<<16, 1, 0)
		b = append(b, make([]byte, 32)...)
	case fuseLookup:
		u64(2, 0, 0, 0)
		u32(0, 0)
		attr(2)
	case fuseGetattr:
		u64(0)
		u32(0, 0)
		attr(node)
	case fuseOpen, fuseOpendir:
		u64(0)
		u32(fuseDirectIO, 0)
	}
	return b
}

// reply answers a request: with an error where there is no body for one that has some.
func (s *slowServer) reply(id uint64, errno int32, body []byte) {
	out := binary.NativeEndian.AppendUint32(nil, uint32(fuseOutHeader+len(body)))
	out = binary.NativeEndian.AppendUint32(out, uint32(errno))
	out = binary.NativeEndian.AppendUint64(out, id)
	_, _ = unix.Write(s.fd, append(out, body...)) // the asker may be gone
}

// A read that a file system does not answer holds up no other call.
func TestReadOfASlowFileSystemHoldsUpNobody(t *testing.T) {
	io := open(t, Config{Loops: 1})
	s, path := mountSlow(t)
	f, err := io.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	must(t, err)
	for name, read := range map[string]func(p []byte) (int, error){
		"a file":       func(p []byte) (int, error) { return f.Read(p) },
		"at an offset": func(p []byte) (int, error) { return f.ReadAt(p, 0) },
		"a descriptor": func(p []byte) (int, error) { return io.Read(background, fd, p, 0) },
		"its position": func(p []byte) (int, error) { return io.Read(background, fd, p, proactor.CurrentPosition) },
		"several":      func(p []byte) (int, error) { return f.ReadVAt(background, [][]byte{p[:1], p[1:]}, 0) },
	} {
		o := later(func() (int, error) { return read(make([]byte, 4)) })
		answer := receive(t, s.asked, "request for "+name)
		wantServed(t, io, "a read of "+name+" hangs")
		close(answer)
		if o := receive(t, o, "end of the read of "+name); o.n != 4 || o.err != nil {
			t.Errorf("%s: %d, %v", name, o.n, o.err)
		}
	}
	must(t, f.Close())
	must(t, io.CloseFD(background, fd))
}

// No close waits for reads that hang and have all workers.
func TestCloseWaitsForNoReadThatHangs(t *testing.T) {
	const workers = 2
	io := open(t, Config{Loops: 1, Workers: workers})
	s, path := mountSlow(t)
	var ends []<-chan outcome
	var answers []chan struct{}
	var files []int
	hang := func(what string, call func(fd int) error) {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		must(t, err)
		files = append(files, fd)
		ends = append(ends, later(func() (int, error) { return 0, call(fd) }))
		answers = append(answers, receive(t, s.asked, what))
	}
	closes := func(when string) {
		file, _ := tempFile(t, 1)
		terminal, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		must(t, err)
		socket, _ := socketPair(t)
		pipe, _ := pipe(t)
		for name, fd := range map[string]int{"file": file, "terminal": terminal, "socket": socket, "pipe": pipe} {
			if fd != terminal {
				disown(t, fd)
			}
			o := later(func() (int, error) { return 0, io.CloseFD(background, fd) })
			if err := receive(t, o, "close of a "+name+" while "+when).err; err != nil {
				t.Errorf("close of a %s while %s: %v", name, when, err)
			}
		}
	}
	for range workers {
		hang("read", func(fd int) error {
			_, err := io.Read(background, fd, make([]byte, 4), 0)
			return err
		})
	}
	closes("reads hang")
	for i, answer := range answers {
		close(answer)
		must(t, receive(t, ends[i], "end").err)
	}
	for _, fd := range files {
		must(t, unix.Close(fd))
	}
}
