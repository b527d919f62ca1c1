//go:build linux

package sim

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/simdisk"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

// pathStory binds and connects unix sockets to paths in dir, and moves what they made there.
func pathStory(s *script, tree system.Tree, dir string) []string {
	at := func(name string) net.Addr { return &net.UnixAddr{Name: dir + "/" + name, Net: "unix"} }
	tell := func(format string, args ...any) { s.lines = append(s.lines, fmt.Sprintf(format, args...)) }
	stream := func() int { return s.open(unix.AF_UNIX, unix.SOCK_STREAM) }
	show := func(name string) {
		st, err := tree.Stat(dir+"/"+name, sysfile.StatNoFollow)
		tell("%s is %v, %d links, size %d: %v", name, sysfile.FileMode(st.Mode), st.Nlink, st.Size, err)
	}
	tell("a directory %v, a link to it %v", tree.Mkdir(dir+"/d", 0o755), tree.Symlink("d", dir+"/l"))
	tell("a link to nothing %v", tree.Symlink("nothing", dir+"/dangling"))
	for _, name := range []string{"none/s", "d/s/", "d", "l", "dangling"} {
		s.does("bind", stream(), at(name))
	}
	l := stream()
	s.does("bind", l, at("l/s"))
	show("d/s")
	s.does("bind", stream(), at("d/s"))
	s.does("bind", l, at("other"))
	show("other")
	s.does("connect", stream(), at("d/s")) // nobody listens
	s.does("listen", l, 8)
	s.does("connect", s.open(unix.AF_UNIX, unix.SOCK_DGRAM), at("d/s"))
	for _, name := range []string{"d/s", "d", "none", "none/s", "dangling", "d/s/x"} {
		s.does("connect", stream(), at(name))
	}
	tell("rename %v, link %v", tree.Rename(dir+"/d/s", dir+"/moved"), tree.Link(dir+"/moved", dir+"/d/again"))
	for _, name := range []string{"d/s", "moved", "d/again"} {
		s.does("connect", stream(), at(name))
	}
	show("moved")
	tell("truncate %v, remove %v", tree.Truncate(dir+"/moved", 0), tree.Remove(dir+"/moved"))
	s.does("connect", stream(), at("moved"))
	s.does("close", l, nil)
	show("d/again")
	s.does("connect", stream(), at("d/again"))
	s.does("bind", stream(), at("d/again"))
	tell("remove %v", tree.Remove(dir+"/d/again"))
	s.does("bind", stream(), at("d/again"))
	entries, err := tree.ReadDir(dir + "/d")
	tell("%v %v", entries, err)
	datagramPaths(s, tree, dir)
	return s.lines
}

// datagramPaths is about datagrams, whose sender can be answered as long as its path is there.
func datagramPaths(s *script, tree system.Tree, dir string) {
	at := func(name string) net.Addr { return &net.UnixAddr{Name: dir + "/" + name, Net: "unix"} }
	a, b := s.open(unix.AF_UNIX, unix.SOCK_DGRAM), s.open(unix.AF_UNIX, unix.SOCK_DGRAM)
	s.does("bind", b, at("gram"))
	s.does("connect", a, at("gram"))
	s.does("send", a, "hello")
	s.does("recv", b, 9)
	s.lines = append(s.lines, fmt.Sprint(tree.Remove(dir+"/gram")))
	s.does("send", a, "again") // it is connected
	s.does("recv", b, 9)
	s.does("connect", s.open(unix.AF_UNIX, unix.SOCK_DGRAM), at("gram"))
}

// Unix sockets have their place in the tree, and fail as the kernel's do where it is not there.
func TestUnixPathsAreAsTheKernels(t *testing.T) {
	old := unix.Umask(umask)
	defer unix.Umask(old)
	dir, err := os.MkdirTemp("", "sim") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	kernel := pathStory(&script{machine: &kernelMachine{t}}, system.Kernel{}, dir)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{TB: t, w: New(1, Options{}), all: new([]*node)}
		n := r.host("a")
		n.must(n.s.MkdirAll(dir, 0o755))
		simulated := pathStory(&script{machine: &hostMachine{n}}, n.s, dir)
		for i := range kernel {
			if i >= len(simulated) || kernel[i] != simulated[i] {
				t.Fatalf("the kernel: %s\nthe simulated host: %q", kernel[i], simulated[i:])
			}
		}
	})
}

// A path outlives its socket, a kill and a crash: it has to be removed before it is bound again.
func TestUnixPathAfterACrash(t *testing.T) {
	inHosts(t, slow, func(a, _ *node) {
		a.h.Disk().Set(DiskConfig{Config: simdisk.Config{Model: simdisk.Durable}})
		bind := func() error {
			fd, err := a.s.Socket(netname.Kind{Family: unix.AF_UNIX, Type: unix.SOCK_STREAM})
			a.must(err)
			return a.s.Bind(fd, unix.AF_UNIX, &net.UnixAddr{Name: "/s", Net: "unix"})
		}
		a.must(bind())
		for what, end := range map[string]func(){"kill": a.h.Kill, "crash": a.h.Crash} {
			end()
			a.s = a.h.Restart()
			if err := bind(); !isErrno(err, syscall.EADDRINUSE) {
				t.Errorf("after a %s: %v", what, err)
			}
			a.must(a.s.Remove("/s"))
			a.must(bind())
		}
	})
}
