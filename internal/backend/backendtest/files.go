//go:build unix

package backendtest

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

func file(t *testing.T, r *rig) {
	fd, path := r.world.File(t, 1000)
	buf := make([]byte, 600)
	read := &backend.Request{Op: backend.OpRead, FD: fd, Buf: buf, Offset: 500}
	r.want(r.do(read), 500, "read up to the end")
	read = &backend.Request{Op: backend.OpRead, FD: fd, Buf: buf, Offset: 1000}
	r.want(r.do(read), 0, "read at the end")
	write := &backend.Request{Op: backend.OpWrite, FD: fd, Buf: []byte("written"), Offset: 100}
	r.want(r.do(write), 7, "write")
	r.want(r.do(&backend.Request{Op: backend.OpFsync, FD: fd}), 0, "fsync")
	r.want(r.do(&backend.Request{Op: backend.OpFsync, FD: fd, Flags: backend.FsyncDataOnly}), 0, "fsync of data")
	read = &backend.Request{Op: backend.OpRead, FD: fd, Buf: buf[:7], Offset: 100}
	if r.want(r.do(read), 7, "read"); !bytes.Equal(buf[:7], []byte("written")) {
		t.Errorf("read %q", buf[:7])
	}
	name := append([]byte(path), 0)
	stat := new(backend.Stat)
	r.want(r.do(&backend.Request{Op: backend.OpStatx, FD: atCWD, Name: name, Mode: statxBasic, Stat: stat}), 0, "statx")
	if stat.Size != 1000 {
		t.Errorf("statx says %d bytes", stat.Size)
	}
	opened := r.do(&backend.Request{Op: backend.OpOpenAt, FD: atCWD, Name: name, Flags: syscall.O_RDONLY})
	if opened < 0 {
		t.Fatalf("openat: %s", describe(opened))
	}
	for _, want := range []int{600, 400, 0} {
		read = &backend.Request{Op: backend.OpRead, FD: int(opened), Buf: buf, Offset: -1}
		r.want(r.do(read), want, "read at the position")
	}
	r.want(r.do(&backend.Request{Op: backend.OpClose, FD: int(opened)}), 0, "close")
}

func pipe(t *testing.T, r *rig) {
	in, out := r.world.Pipe(t)
	buf := make([]byte, 8)
	waiting := r.submit(&backend.Request{Op: backend.OpRead, FD: in, Buf: buf, Offset: -1})[0]
	r.still(waiting)
	r.want(r.do(&backend.Request{Op: backend.OpWrite, FD: out, Buf: []byte("pipe"), Offset: -1}), 4, "write")
	r.want(r.result(waiting), 4, "read")
}

func writeSync(fd int, s string, offset int64, flags uint32) *backend.Request {
	return &backend.Request{Op: backend.OpWriteSync, FD: fd, Buf: []byte(s), Offset: offset, Flags: flags}
}

func writeAndSync(t *testing.T, r *rig) {
	fd, _ := r.world.File(t, 10)
	r.want(r.do(writeSync(fd, "safe", 3, 0)), 4, "write and fsync")
	r.want(r.do(writeSync(fd, "at last", -1, backend.FsyncDataOnly)), 7, "write and fdatasync at the position")
	r.want(r.do(writeSync(fd, "!", -1, 0)), 1, "and behind it")
	buf := make([]byte, 9)
	read := &backend.Request{Op: backend.OpRead, FD: fd, Buf: buf}
	if r.want(r.do(read), 9, "read"); string(buf[:8]) != "at last!" {
		t.Errorf("read %q", buf)
	}
	_, out := r.world.Pipe(t)
	r.want(r.do(writeSync(out, "unsafe", -1, 0)), -int(syscall.EINVAL), "write and fsync of a pipe")
	r.want(r.do(writeSync(19999, "x", -1, 0)), -int(syscall.EBADF), "write and fsync of no descriptor")
}

// severalBuffers reads into several and writes from several: a file at an offset
// and at its position, a pipe and a socket.
func severalBuffers(t *testing.T, r *rig) {
	fd, _ := r.world.File(t, 1000)
	r.want(r.do(vector(backend.OpWriteV, fd, 100, []byte("scat"), nil, []byte("te"), []byte("red"))), 9, "writev")
	a, b, c := make([]byte, 2), make([]byte, 0), make([]byte, 7)
	r.want(r.do(vector(backend.OpReadV, fd, 100, a, b, c)), 9, "readv")
	if got := string(a) + string(c); got != "scattered" {
		t.Errorf("read %q", got)
	}
	big := make([]byte, 2000)
	r.want(r.do(vector(backend.OpReadV, fd, 400, big[:500], big[500:])), 600, "readv up to the end")
	r.want(r.do(vector(backend.OpReadV, fd, 1000, a, c)), 0, "readv at the end")
	for _, want := range []int{700, 300, 0} {
		r.want(r.do(vector(backend.OpReadV, fd, -1, big[:300], big[300:700])), want, "readv at the position")
	}
	for _, pair := range []func(*testing.T) (int, int){r.world.Pipe, r.world.SocketPair} {
		in, out := pair(t)
		waiting := r.submit(vector(backend.OpReadV, in, -1, a, b, c))[0]
		r.still(waiting)
		r.want(r.do(vector(backend.OpWriteV, out, -1, []byte("g"), nil, []byte("athered"))), 8, "writev")
		r.want(r.result(waiting), 8, "readv that waited")
		if got := string(a) + string(c[:6]); got != "gathered" {
			t.Errorf("read %q", got)
		}
	}
}

func vector(op backend.Op, fd int, offset int64, buffers ...[]byte) *backend.Request {
	return &backend.Request{Op: op, FD: fd, Offset: offset, Msg: &backend.Message{Buffers: buffers}}
}

// cancelWriteSync stops one wherever it may be. If nothing says that it was, all
// is written; and the file shows how much was.
func cancelWriteSync(t *testing.T, w World) {
	r := newRig(t, w)
	stopped := map[string]int{}
	for i := range 20 {
		fd, _ := w.File(t, 0)
		token := r.submit(writeSync(fd, "content", 0, 0))[0]
		time.Sleep(time.Duration(i) * 10 * time.Microsecond)
		r.cancel(token, true)
		got := r.result(token)
		flags, want := r.events[token].Flags, max(got, 0)
		switch {
		case got == 7 && flags == 0:
			stopped["no"]++
		case got == 7 && flags == backend.Unsynced:
			stopped["before the sync"]++
		case got == -int(syscall.ECANCELED) && flags == 0:
			stopped["before the write"]++
		default:
			t.Errorf("%s, flags %d", describe(got), flags)
		}
		buf := make([]byte, 8)
		r.want(r.do(&backend.Request{Op: backend.OpRead, FD: fd, Buf: buf}), want, "read of what was written")
	}
	t.Logf("stopped: %v", stopped)
}
