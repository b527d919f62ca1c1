package hangtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// serve serves until the mount is taken away. Nothing is cached, so that each call asks. It takes
// commands: freeze and thaw, and says when it has done it.
func serve(dirs string) error {
	from, at, _ := strings.Cut(dirs, ":")
	root, err := fs.NewLoopbackRoot(from)
	if err != nil {
		return err
	}
	var never time.Duration
	g := &gate{RawFileSystem: fs.NewNodeFS(root, &fs.Options{EntryTimeout: &never, AttrTimeout: &never})}
	server, err := fuse.NewServer(g, at, &fuse.MountOptions{DirectMount: true, FsName: "hangtest", Name: "hang", AllowOther: true})
	if err != nil {
		return err
	}
	go server.Serve()
	if err := server.WaitMount(); err != nil {
		return err
	}
	fmt.Println("thaw")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch lines.Text() {
		case "freeze":
			g.freeze()
		case "thaw":
			g.thaw()
		}
		fmt.Println(lines.Text())
	}
	g.thaw()                                      // the test has ended, and did not say so
	_ = unix.Unmount(diskOf(at), unix.MNT_DETACH) // if there is one
	return unix.Unmount(at, unix.MNT_DETACH)
}

// A server is a process that serves a file system.
type server struct {
	t     testing.TB
	from  string // what it serves
	at    string // where
	child *exec.Cmd
	in    io.Writer
	out   *bufio.Reader
}

// newServer mounts one, with a file and a directory. It needs root and /dev/fuse.
func newServer(t testing.TB) *server {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root mounts a file system")
	}
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		t.Skipf("no FUSE here: %v", err)
	} else {
		must(t, f.Close())
	}
	dir := t.TempDir()
	s := &server{t: t, from: filepath.Join(dir, "from"), at: filepath.Join(dir, "at")}
	must(t, os.MkdirAll(filepath.Join(s.from, "dir"), 0o700))
	must(t, os.WriteFile(filepath.Join(s.from, "file"), []byte("0123456789"), 0o600))
	must(t, os.Mkdir(s.at, 0o700))
	s.start()
	t.Cleanup(s.stop)
	return s
}

// start starts the process, and waits until the file system is there.
func (s *server) start() {
	s.t.Helper()
	s.child = exec.Command(os.Args[0])
	s.child.Env = append(os.Environ(), serveVariable+"="+s.from+":"+s.at)
	out, err := s.child.StdoutPipe()
	must(s.t, err)
	s.in, err = s.child.StdinPipe()
	must(s.t, err)
	must(s.t, s.child.Start())
	s.out = bufio.NewReader(out)
	s.expect("thaw")
}

// expect wants the server to say that it has done as it was told.
func (s *server) expect(done string) {
	s.t.Helper()
	if line, err := s.out.ReadString('\n'); err != nil || line != done+"\n" {
		s.t.Fatalf("the server says %q, %v", line, err)
	}
}

// freeze has no request answered until thaw.
func (s *server) freeze() { s.tell("freeze") }

func (s *server) thaw() { s.tell("thaw") }

func (s *server) tell(command string) {
	s.t.Helper()
	_, err := fmt.Fprintln(s.in, command)
	must(s.t, err)
	s.expect(command)
}

// die ends the process: the kernel then fails all requests with ENOTCONN.
func (s *server) die() {
	s.t.Helper()
	if err := s.child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	_ = s.child.Wait() // killed
}

// stop takes the mount away, whatever uses it.
func (s *server) stop() {
	s.die()
	if err := unix.Unmount(s.at, unix.MNT_DETACH); err != nil && err != unix.EINVAL {
		s.t.Errorf("unmount: %v", err)
	}
}

func (s *server) path(name string) string { return filepath.Join(s.at, name) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
