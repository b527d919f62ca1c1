//go:build unix

package examples_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// args are those of a server, with a delay where it takes one, and the lines it
// prints for them.
func args(server, delay string) (args, lines []string) {
	if slices.Contains(delayServers, server) {
		return []string{delay}, []string{"delay=" + delay + " ms."}
	}
	return nil, nil
}

// eachServer runs test on every server.
func eachServer(t *testing.T, delay string, test func(t *testing.T, s *process, addr string, lines []string)) {
	for _, server := range servers {
		t.Run(server, func(t *testing.T) {
			args, lines := args(server, delay)
			s, addr := serve(t, server, args...)
			test(t, s, addr, lines)
		})
	}
}

// stop interrupts a server.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t, os.Interrupt)
}

// dial connects to a server. Nothing takes the connection longer than patience.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// exchange sends text and wants it back.
func exchange(c net.Conn, text string) error {
	failed := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c, text)
		failed <- err
	}()
	got := make([]byte, len(text))
	_, err := io.ReadFull(c, got)
	if sendErr := <-failed; sendErr != nil {
		return sendErr
	}
	if err == nil && string(got) != text {
		err = fmt.Errorf("got back other bytes than the %d sent", len(text))
	}
	return err
}

func mustExchange(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if err := exchange(c, text); err != nil {
		t.Fatal(err)
	}
}

func hangUp(t *testing.T, c *net.TCPConn) {
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// reset ends a connection with an RST.
func reset(t *testing.T, c *net.TCPConn) {
	if err := c.SetLinger(0); err != nil {
		t.Error(err)
	}
	hangUp(t, c)
}

func TestServerServesSeveralClients(t *testing.T) {
	eachServer(t, "1", func(t *testing.T, s *process, addr string, lines []string) {
		idle := dial(t, addr) // holds up nobody
		var wg sync.WaitGroup
		for i := range 16 {
			c := dial(t, addr)
			wg.Go(func() {
				for j := range 10 {
					text := strings.Repeat(fmt.Sprintf("%d.%d ", i, j), 1+300*j)
					if err := exchange(c, text); err != nil {
						t.Errorf("client %d, text %d: %v", i, j, err)
						return
					}
				}
			})
		}
		wg.Wait()
		mustExchange(t, idle, "still here")
		s.stop(t)
		s.wantEnd(t, 0, lines)
	})
}

func TestServerDelaysClientsAtTheSameTime(t *testing.T) {
	const clients, delay = 32, 500 * time.Millisecond
	for _, server := range delayServers {
		t.Run(server, func(t *testing.T) {
			_, addr := serve(t, server, "500")
			begin := time.Now()
			var wg sync.WaitGroup
			for range clients {
				c := dial(t, addr)
				wg.Go(func() {
					if err := exchange(c, "hello"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if elapsed := time.Since(begin); elapsed < delay || elapsed > clients*delay/2 {
				t.Errorf("took %v, want little more than %v", elapsed, delay)
			}
		})
	}
}

func TestServerStopsWhenInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			eachServer(t, "1", func(t *testing.T, s *process, addr string, lines []string) {
				c := dial(t, addr)
				mustExchange(t, c, "hello") // the server waits for more
				s.signal(t, signal)
				if n, err := c.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("got %d, %v, want EOF", n, err)
				}
				s.wantEnd(t, 0, lines)
				if c, err := net.DialTimeout("tcp", addr, patience); err == nil {
					_ = c.Close()
					t.Error("somebody still listens")
				}
			})
		})
	}
}

// A client that sends and never reads: in the end the server's send waits.
func TestServerStopsDuringASend(t *testing.T) {
	eachServer(t, "0", func(t *testing.T, s *process, addr string, lines []string) {
		c := dial(t, addr)
		if err := c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(make([]byte, 64<<20)); err == nil {
			t.Fatal("a server that nobody reads from took all")
		}
		s.stop(t)
		s.wantEnd(t, 0, lines)
	})
}

func TestServerSurvivesAReset(t *testing.T) {
	eachServer(t, "1", func(t *testing.T, s *process, addr string, lines []string) {
		other, c := dial(t, addr), dial(t, addr)
		mustExchange(t, c, "hello") // the server waits for more
		reset(t, c)
		line := "recv (descriptor N): connection reset by peer"
		s.awaitLine(t, line)
		mustExchange(t, other, "still here")
		s.stop(t)
		s.wantEnd(t, 0, append(lines, line))
	})
}

func TestPortIsTaken(t *testing.T) {
	s, addr := serve(t, servers[0])
	for _, server := range servers {
		launch(t, server, "-addr", addr).wantEnd(t, 1, []string{"listen on " + addr + ": address already in use"})
	}
	mustExchange(t, dial(t, addr), "still here")
	s.stop(t)
	s.wantEnd(t, 0, nil)
}

// A server that ends with connections open leaves them in TIME_WAIT, which must
// not keep the next one from the port.
func TestServerTakesThePortOfTheLast(t *testing.T) {
	for _, server := range servers {
		t.Run(server, func(t *testing.T) {
			args, lines := args(server, "1")
			s, addr := serve(t, server, args...)
			c := dial(t, addr)
			mustExchange(t, c, "hello")
			s.stop(t)
			s.wantEnd(t, 0, lines)
			hangUp(t, c)
			next := launch(t, server, append([]string{"-addr", addr}, args...)...)
			testutil.Eventually(t, patience, func() bool { return next.hasEnded() || next.listens(t, addr) }, "the next to listen")
			next.stop(t)
			next.wantEnd(t, 0, lines)
		})
	}
}

func TestServerWithoutADelayWaitsASecond(t *testing.T) {
	for _, server := range delayServers {
		t.Run(server, func(t *testing.T) {
			s, addr := serve(t, server)
			c := dial(t, addr)
			begin := time.Now()
			mustExchange(t, c, "hello")
			if elapsed := time.Since(begin); elapsed < time.Second {
				t.Errorf("answered after %v", elapsed)
			}
			s.stop(t)
			s.wantEnd(t, 0, []string{"delay=1000 ms."})
		})
	}
}

// A server without a descriptor to spare says so, and goes on when it has some.
func TestServerSurvivesALackOfDescriptors(t *testing.T) {
	for _, server := range servers {
		t.Run(server, func(t *testing.T) {
			args, lines := args(server, "1")
			s, addr := serveWith(t, server, func(path string, args ...string) *exec.Cmd {
				return exec.Command("sh", append([]string{"-c", `ulimit -n 24 && exec "$0" "$@"`, path}, args...)...)
			}, args...)
			line := "accept (descriptor N): too many open files"
			conns := make([]*net.TCPConn, 40)
			for i := range conns {
				conns[i] = dial(t, addr)
			}
			s.awaitLine(t, line)
			for _, c := range conns {
				hangUp(t, c)
			}
			mustExchange(t, dial(t, addr), "still here")
			s.stop(t)
			if code := s.code(t); code != 0 {
				t.Errorf("got exit status %d", code)
			}
			lines = append(lines, line)
			if got := slices.Compact(s.lines(t)); !slices.Equal(got, lines) {
				t.Errorf("got %q, want %q", got, lines)
			}
		})
	}
}
