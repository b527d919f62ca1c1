//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// With PROACTOR_BACKEND=sim the tests run on simulated hosts: all on one, in real time, but for
// each bubble of testing/synctest, which has a world of its own.
var simulated = os.Getenv("PROACTOR_BACKEND") == "sim"

// simHost is the host of the tests that are in no bubble.
var simHost = sync.OnceValue(func() *sim.Boot { return newSimHost(simWorld) })

var simWorld = sim.New(1, sim.Options{})

func newSimHost(w *sim.World) *sim.Boot {
	h, err := w.AddHost("test")
	if err != nil {
		panic(err)
	}
	boot := h.Boot()
	if err := boot.MkdirAll(boot.TempDir(), 0o777); err != nil {
		panic(err)
	}
	return boot
}

// bubbles are the hosts of tests in bubbles, until their tests end.
var bubbles sync.Map // of *sim.Boot, by testing.TB

// hostOf is the host that t runs on.
func hostOf(t testing.TB) *sim.Boot {
	if !hook.InBubble() {
		return simHost()
	}
	host, known := bubbles.Load(t)
	if !known {
		host = newSimHost(sim.New(1, sim.Options{}))
		bubbles.Store(t, host)
		t.Cleanup(func() { bubbles.Delete(t) })
	}
	return host.(*sim.Boot)
}

// start is Start, on the system that is tested.
func start(t testing.TB, config Config) (*IO, error) {
	if !simulated {
		return Start(config)
	}
	host := hostOf(t)
	io, err := hook.StartOn(proactor.Config(config), opener(host), host)
	if err != nil {
		return nil, err
	}
	return io.(*IO), nil
}

func opener(host *sim.Boot) hook.Opener {
	return func() (backend.Backend, error) { return host.Backend() }
}

// simulate puts the default IO on the simulated host, and has the tests skipped that cannot be.
func simulate() {
	if !simulated {
		return
	}
	skipUnsimulated()
	defaultIO.loops = newReopeningLoops()
	outside = defaultIO
}

// newReopeningLoops are the loops of an IO that is like the default one, on the system that is
// tested.
func newReopeningLoops() *fdcall.Loops {
	config := proactor.Config{IdleTimeout: idleDefault}
	if !simulated {
		return fdcall.NewLoops(config, true)
	}
	host := simHost()
	return fdcall.NewLoopsOn(config, true, opener(host), host)
}

// simCall makes a call with an IO of its own, which nothing of is left.
func simCall(t testing.TB, call func(c calls) (int, error)) (int, error) {
	t.Helper()
	io, err := start(t, Config{})
	must(t, err)
	defer func() { must(t, io.Close()) }()
	n, err := call(io)
	if err == goio.EOF {
		err = nil
	}
	return n, errnoOf(err)
}

// errnoOf is the errno in err, or err.
func errnoOf(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// simOwned are descriptors that are closed when their tests end.
var simOwned sync.Map // of descriptors

func simOwn(t testing.TB, fd int) {
	host := hostOf(t)
	simOwned.Store(fd, true)
	t.Cleanup(func() {
		if _, owned := simOwned.LoadAndDelete(fd); owned {
			if err := host.Close(fd); err != nil {
				t.Errorf("close descriptor %d: %v", fd, err)
			}
		}
	})
}

// simListener is a socket that listens on address.
func simListener(t testing.TB, network, address string) (fd int, at net.Addr) {
	t.Helper()
	host := hostOf(t)
	fd = simBound(t, network, address)
	must(t, host.Listen(fd, 0))
	at, err := host.Getsockname(fd, network)
	must(t, err)
	return fd, at
}

// simBound is a blocking socket with an address, owned by t.
func simBound(t testing.TB, network, address string) int {
	t.Helper()
	host := hostOf(t)
	all, err := netname.Resolve(background, host.Resolver(nil), network, address)
	must(t, err)
	kind := netname.ListenKind(network, all[0], func() bool { return false })
	fd := simSocket(t, kind)
	must(t, host.Bind(fd, kind.Family, all[0]))
	return fd
}

// simSocket is a blocking socket, owned by t.
func simSocket(t testing.TB, kind netname.Kind) int {
	t.Helper()
	host := hostOf(t)
	fd, err := host.Socket(kind)
	must(t, err)
	own(t, fd)
	must(t, host.SetNonblock(fd, false))
	return fd
}

// simConnect is connect(2).
func simConnect(t testing.TB, fd int, to net.Addr) {
	t.Helper()
	_, err := simCall(t, func(c calls) (int, error) { return 0, c.Connect(background, fd, to) })
	must(t, err)
}

// simStreams are both ends of a connection.
func simStreams(t testing.TB, network, address string) (a, b int) {
	t.Helper()
	l, at := simListener(t, network, address)
	a = simSocket(t, netname.DialKind(network, nil, at))
	simConnect(t, a, at)
	b, err := simCall(t, func(c calls) (int, error) { return c.Accept(background, l, 0) })
	must(t, err)
	own(t, b)
	closeFD(t, l)
	return a, b
}

// simPair is a pair of unix sockets of type typ.
func simPair(t testing.TB, typ int) (a, b int) {
	t.Helper()
	switch typ {
	case unix.SOCK_STREAM:
		return simStreams(t, "unix", "@")
	case unix.SOCK_SEQPACKET:
		return simStreams(t, "unixpacket", "@")
	}
	return simDatagrams(t, "unixgram", "@")
}

// simFill sends p, as long as there is room, and returns how many bytes that were.
func simFill(t testing.TB, fd int, p []byte) (total int) {
	t.Helper()
	_, _ = simCall(t, func(c calls) (int, error) {
		for {
			n, err := c.SendWithTimeout(background, fd, p, 0, 0)
			total += n
			if err != nil && len(p) > 1 {
				p = p[:len(p)/2]
			} else if err != nil {
				return 0, nil
			}
		}
	})
	return total
}

// simBusyListener is the address of a listener that takes no more connections.
func simBusyListener(t testing.TB, network, address string) net.Addr {
	t.Helper()
	fd, at := simListener(t, network, address)
	must(t, hostOf(t).Listen(fd, 1))
	for {
		c := simSocket(t, netname.DialKind(network, nil, at))
		_, err := simCall(t, func(c2 calls) (int, error) {
			return 0, c2.ConnectWithTimeout(background, c, at, 20*time.Millisecond)
		})
		if err != nil {
			return at
		}
	}
}

// simulate has the World answer with f's addresses.
func (f fakeDNS) simulate() {
	var all []netip.Addr
	for _, ip := range append(append([]net.IP(nil), f.v6...), f.v4...) {
		a, _ := netip.AddrFromSlice(ip)
		all = append(all, a.Unmap())
	}
	simWorld.DNS().Set("host.example", all...)
}

// simDatagrams are two sockets for datagrams, each connected to the other.
func simDatagrams(t testing.TB, network, address string) (a, b int) {
	t.Helper()
	host := hostOf(t)
	fds := [2]int{simBound(t, network, address), simBound(t, network, address)}
	for i, fd := range fds {
		peer, err := host.Getsockname(fds[1-i], network)
		must(t, err)
		simConnect(t, fd, peer)
	}
	return fds[0], fds[1]
}

// simFile is an open file with testutil.FileContents.
func simFile(t testing.TB, size int) (fd int, path string) {
	t.Helper()
	path = filepath.Join(tempDir(t), "file")
	_, err := simCall(t, func(c calls) (int, error) {
		return 0, c.(*IO).WriteFile(path, testutil.FileContents(0, size), 0o600)
	})
	must(t, err)
	fd, err = simCall(t, func(c calls) (int, error) { return c.OpenAt(background, proactor.AtCWD, path, os.O_RDWR, 0) })
	must(t, err)
	own(t, fd)
	return fd, path
}
