//go:build unix

package proactor_test

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// operations are those on a descriptor, by the name that errors give them.
func operations(p *proactor.Proactor, fd int) map[string]func(o *op) error {
	buf := make([]byte, 4)
	m := &proactor.Message{Buffers: [][]byte{buf}}
	return map[string]func(o *op) error{
		"accept":  func(o *op) error { return p.AcceptFrom(&o.c, fd, 0, new(proactor.Peer), o.done) },
		"connect": func(o *op) error { return p.Connect(&o.c, fd, loopback(9), o.done) },
		"recv":    func(o *op) error { return p.Recv(&o.c, fd, buf, 0, o.done) },
		"send":    func(o *op) error { return p.Send(&o.c, fd, buf, 0, o.done) },
		"recvmsg": func(o *op) error { return p.RecvMsg(&o.c, fd, m, 0, o.done) },
		"sendmsg": func(o *op) error { return p.SendMsg(&o.c, fd, m, 0, o.done) },
		"read":    func(o *op) error { return p.Read(&o.c, fd, buf, 0, o.done) },
		"write":   func(o *op) error { return p.Write(&o.c, fd, buf, 0, o.done) },
		"readv":   func(o *op) error { return p.ReadV(&o.c, fd, [][]byte{buf}, 0, o.done) },
		"writev":  func(o *op) error { return p.WriteV(&o.c, fd, [][]byte{buf}, 0, o.done) },
		"write and fsync": func(o *op) error {
			return p.WriteSync(&o.c, fd, buf, 0, proactor.FsyncDataOnly, o.done)
		},
		"fsync":    func(o *op) error { return p.Fsync(&o.c, fd, 0, o.done) },
		"openat":   func(o *op) error { return p.OpenAt(&o.c, fd, "x", unix.O_RDONLY, 0, o.done) },
		"close":    func(o *op) error { return p.CloseFD(&o.c, fd, o.done) },
		"statx":    func(o *op) error { return p.Statx(&o.c, fd, "x", 0, 0, new(proactor.Stat), o.done) },
		"shutdown": func(o *op) error { return p.Shutdown(&o.c, fd, unix.SHUT_RDWR, o.done) },
		"poll":     func(o *op) error { return p.Poll(&o.c, fd, unix.POLLIN, o.done) },
	}
}

func loopback(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }

// checkOpError fails t unless err is an OpError of that operation and
// descriptor, and says so.
func checkOpError(t *testing.T, err error, name string, fd int) {
	t.Helper()
	var e *proactor.OpError
	if !errors.As(err, &e) {
		t.Errorf("%s: error %v (%T), want an OpError", name, err, err)
		return
	}
	if e.Op != name || e.FD != fd || e.Err == nil {
		t.Errorf("error %#v, want operation %q on descriptor %d", e, name, fd)
	}
	words := []string{name, e.Err.Error()}
	if fd >= 0 {
		words = append(words, "descriptor "+strconv.Itoa(fd))
	} else if strings.Contains(err.Error(), "descriptor -") {
		t.Errorf("%q names a descriptor that is none", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	var _ net.Error = e
	timeout := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ETIMEDOUT)
	if e.Timeout() != timeout {
		t.Errorf("%q: Timeout is %v, want %v", err, e.Timeout(), timeout)
	}
}
