//go:build linux

package await

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// madeDescriptors are ways to make descriptors, those of an IO itself among them. They stay open until
// the test has ended.
var madeDescriptors = map[string]func(t *testing.T, io *IO, dir string){
	"IO": func(t *testing.T, io *IO, _ string) { must(t, io.Nop(background)) },
	"files": func(t *testing.T, io *IO, dir string) {
		keeps(t)(io.Create(filepath.Join(dir, "file")))
		keeps(t)(io.Open(dir))
		keeps(t)(io.CreateTemp(dir, ""))
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		f := keeps(t)(io.OpenContext(ctx, filepath.Join(dir, "file")))
		keeps(t)(f.(*File).OSFile())
		r, w, err := io.Pipe()
		keeps(t)(r, err)
		keeps(t)(w, err)
	},
	"a root": func(t *testing.T, io *IO, dir string) {
		root := keeps(t)(io.OpenRoot(dir)).(*Root)
		keeps(t)(root.Create("file"))
		keeps(t)(root.OpenRoot("."))
		keeps(t)(io.OpenInRoot(dir, "file"))
	},
	"connections": func(t *testing.T, io *IO, dir string) {
		for _, network := range connNetworks {
			l := listenOn(t, io, network)
			keeps(t)(l, nil)
			keeps(t)(l.File())
			c := keeps(t)(io.Dial(network, l.Addr().String())).(*Conn)
			keeps(t)(c.File())
			keeps(t)(l.Accept())
		}
	},
	"datagrams": func(t *testing.T, io *IO, dir string) {
		packetsOn(t, io, "udp4")
		packetsOn(t, io, "unixgram")
	},
	"what is adopted": func(t *testing.T, io *IO, dir string) {
		l, err := net.Listen("unix", filepath.Join(dir, "socket"))
		must(t, err)
		c, err := net.Dial("unix", filepath.Join(dir, "socket"))
		must(t, err)
		keeps(t)(io.AdoptListener(l))
		keeps(t)(io.AdoptConn(c))
		f, err := os.Open(dir)
		must(t, err)
		keeps(t)(io.AdoptFile(f))
	},
	"bare numbers": func(t *testing.T, io *IO, dir string) {
		fd, err := io.Socket(background, unix.AF_INET, unix.SOCK_STREAM, 0)
		must(t, err)
		t.Cleanup(func() { must(t, io.CloseFD(background, fd)) })
	},
}

// keeps closes what it is called with when t ends.
func keeps(t *testing.T) func(c interface{ Close() error }, err error) interface{ Close() error } {
	return func(c interface{ Close() error }, err error) interface{ Close() error } {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// No program that this one starts gets a descriptor that it is not given.
func TestNoDescriptorIsInherited(t *testing.T) {
	for name, makes := range madeDescriptors {
		t.Run(name, func(t *testing.T) {
			before := map[int]bool{}
			for fd := range openNumbers(t) {
				before[fd] = true
			}
			makes(t, open(t, Config{}), tempDir(t))
			found := 0
			for fd, target := range openNumbers(t) {
				flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
				if before[fd] || err != nil {
					continue // another's, or the directory's that was read
				}
				found++
				if flags&unix.FD_CLOEXEC == 0 {
					t.Errorf("descriptor %d, %s, is inherited", fd, target)
				}
			}
			if found == 0 {
				t.Error("no descriptor was made")
			}
		})
	}
}

// openNumbers are the descriptors of the process, with what they are of.
func openNumbers(t *testing.T) map[int]string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	all := map[int]string{}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		must(t, err)
		all[fd], _ = os.Readlink("/proc/self/fd/" + e.Name())
	}
	return all
}
