//go:build unix

package await

import (
	"context"
	"errors"
	goio "io"
	"io/fs"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The outside is what other programs do, on the machine that the tests run on: the peers of
// what is tested, and who looks at its files. On a simulated host the default IO stands for
// them: no test of ours uses that one beside them.
type outsider interface {
	Dial(network, address string) (net.Conn, error)
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	Listen(network, address string) (net.Listener, error)
	ListenPacket(network, address string) (net.PacketConn, error)

	ReadFile(name string) ([]byte, error)
	WriteFile(name string, data []byte, perm os.FileMode) error
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Mkdir(name string, perm os.FileMode) error
	MkdirAll(name string, perm os.FileMode) error
	MkdirTemp(dir, pattern string) (string, error)
	Symlink(oldName, newName string) error
	Chmod(name string, mode os.FileMode) error
	Remove(name string) error
	RemoveAll(name string) error
}

var outside outsider = kernelOutside{}

// kernelOutside are packages net and os.
type kernelOutside struct{}

func (kernelOutside) Dial(network, address string) (net.Conn, error) {
	return net.Dial(network, address)
}
func (kernelOutside) Listen(network, address string) (net.Listener, error) {
	return net.Listen(network, address)
}
func (kernelOutside) ListenPacket(network, address string) (net.PacketConn, error) {
	return net.ListenPacket(network, address)
}
func (kernelOutside) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}
func (kernelOutside) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }
func (kernelOutside) WriteFile(name string, data []byte, perm os.FileMode) error {
	return os.WriteFile(name, data, perm)
}
func (kernelOutside) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (kernelOutside) Lstat(name string) (fs.FileInfo, error)       { return os.Lstat(name) }
func (kernelOutside) ReadDir(name string) ([]fs.DirEntry, error)   { return os.ReadDir(name) }
func (kernelOutside) Mkdir(name string, perm os.FileMode) error    { return os.Mkdir(name, perm) }
func (kernelOutside) MkdirAll(name string, perm os.FileMode) error { return os.MkdirAll(name, perm) }
func (kernelOutside) MkdirTemp(dir, pattern string) (string, error) {
	return os.MkdirTemp(dir, pattern)
}
func (kernelOutside) Symlink(oldName, newName string) error     { return os.Symlink(oldName, newName) }
func (kernelOutside) Chmod(name string, mode os.FileMode) error { return os.Chmod(name, mode) }
func (kernelOutside) Remove(name string) error                  { return os.Remove(name) }
func (kernelOutside) RemoveAll(name string) error               { return os.RemoveAll(name) }

// tempDir is t.TempDir, on the machine that the tests run on.
func tempDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if simulated {
		must(t, hostOf(t).MkdirAll(dir, 0o777))
		t.Cleanup(func() { must(t, hostOf(t).RemoveAll(dir)) })
	}
	return dir
}

// The descriptors below are blocking, and owned by t.

// socketPair is testutil.SocketPair.
func socketPair(t testing.TB) (a, b int) {
	t.Helper()
	if simulated {
		return simPair(t, unix.SOCK_STREAM)
	}
	return testutil.SocketPair(t)
}

// tcpPair is testutil.TCPPair.
func tcpPair(t testing.TB) (a, b int) {
	t.Helper()
	if simulated {
		return simStreams(t, "tcp4", "127.0.0.1:0")
	}
	return testutil.TCPPair(t)
}

// udpPair is testutil.UDPPair.
func udpPair(t testing.TB) (a, b int) {
	t.Helper()
	if simulated {
		return simDatagrams(t, "udp4", "127.0.0.1:0")
	}
	return testutil.UDPPair(t)
}

// listener is testutil.Listener.
func listener(t testing.TB) (fd int, addr *net.TCPAddr) {
	t.Helper()
	if simulated {
		fd, at := simListener(t, "tcp4", "127.0.0.1:0")
		return fd, at.(*net.TCPAddr)
	}
	return testutil.Listener(t)
}

// pipe is testutil.Pipe.
func pipe(t testing.TB) (r, w int) {
	t.Helper()
	if !simulated {
		return testutil.Pipe(t)
	}
	ends, err := hostOf(t).Pipe()
	must(t, err)
	own(t, ends[0])
	own(t, ends[1])
	return ends[0], ends[1]
}

// pipeTo is a pipe that others read and f writes to.
func pipeTo(t testing.TB, io *IO) (r goio.ReadCloser, f *File) {
	t.Helper()
	if simulated {
		r, f, err := io.Pipe()
		must(t, err)
		return r, f
	}
	r, w, err := os.Pipe()
	must(t, err)
	f, err = io.AdoptFile(w)
	must(t, err)
	return r, f
}

// tempFile is testutil.TempFile.
func tempFile(t testing.TB, size int) (fd int, path string) {
	t.Helper()
	if simulated {
		return simFile(t, size)
	}
	return testutil.TempFile(t, size)
}

// own is testutil.Own.
func own(t testing.TB, fd int) {
	t.Helper()
	if simulated {
		simOwn(t, fd)
		return
	}
	testutil.Own(t, fd)
}

// disown is testutil.Disown.
func disown(t testing.TB, fd int) {
	t.Helper()
	if simulated {
		simOwned.Delete(fd)
		return
	}
	testutil.Disown(t, fd)
}

// closeFD is testutil.Close.
func closeFD(t testing.TB, fd int) {
	t.Helper()
	if !simulated {
		testutil.Close(t, fd)
		return
	}
	simOwned.Delete(fd)
	must(t, hostOf(t).Close(fd))
}

// sysShutdown is shutdown(2).
func sysShutdown(t testing.TB, fd, how int) error {
	if simulated {
		return hostOf(t).Shutdown(fd, how)
	}
	return unix.Shutdown(fd, how)
}

// sysWrite is write(2), and waits where that would.
func sysWrite(t testing.TB, fd int, p []byte) (int, error) {
	if simulated {
		return simCall(t, func(c calls) (int, error) { return c.Write(background, fd, p, -1) })
	}
	for {
		if n, err := unix.Write(fd, p); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// sysRead is read(2), and waits where that would.
func sysRead(t testing.TB, fd int, p []byte) (int, error) {
	if simulated {
		return simCall(t, func(c calls) (int, error) { return c.Read(background, fd, p, -1) })
	}
	for {
		if n, err := unix.Read(fd, p); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// sysPeek is recv(2) of a byte that stays there, and EAGAIN where there is none.
func sysPeek(t testing.TB, fd int) (n int, err error) {
	if !simulated {
		n, _, err = unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return n, err
	}
	n, err = simCall(t, func(c calls) (int, error) {
		return c.RecvWithTimeout(background, fd, make([]byte, 1), unix.MSG_PEEK, 0)
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = unix.EAGAIN
	}
	return n, err
}

// fdFlags are FD_CLOEXEC and nothing, or EBADF.
func fdFlags(t testing.TB, fd int) (int, error) {
	if simulated {
		_, err := hostOf(t).Inspect(fd, 0)
		return unix.FD_CLOEXEC, err
	}
	return unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
}

// fileFlags are the flags of the open file, or EBADF; of a simulated one O_NONBLOCK alone.
func fileFlags(t testing.TB, fd int) (flags int, err error) {
	if !simulated {
		return unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	}
	if hostOf(t).IsNonblock(fd) {
		flags = unix.O_NONBLOCK
	}
	_, err = hostOf(t).Inspect(fd, 0)
	return flags, err
}

// A lingerer is a connection of either package.
type lingerer interface{ SetLinger(seconds int) error }
