package examples_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// descriptors counts those that p has open.
func (p *process) descriptors(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestServerLeaksNoDescriptor(t *testing.T) {
	eachServer(t, "1", func(t *testing.T, s *process, addr string, lines []string) {
		first := dial(t, addr)
		mustExchange(t, first, "hello")
		// The connection with which serve looked for the server may still be open.
		before := s.descriptors(t)
		for i := range 40 {
			c := dial(t, addr)
			mustExchange(t, c, "hello")
			if i%2 == 0 {
				reset(t, c)
			} else {
				hangUp(t, c)
			}
		}
		testutil.Eventually(t, patience, func() bool { return s.descriptors(t) <= before },
			"all descriptors but %d to be closed", before)
		mustExchange(t, first, "still here")
	})
}

func TestServerStopsDuringADelay(t *testing.T) {
	for _, server := range delayServers {
		t.Run(server, func(t *testing.T) {
			s, addr := serve(t, server, "3600000")
			c := dial(t, addr)
			if _, err := io.WriteString(c, "hello"); err != nil {
				t.Fatal(err)
			}
			awaitTaken(t, c)
			s.stop(t)
			if n, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("got %d, %v, want EOF", n, err)
			}
			s.wantEnd(t, 0, []string{"delay=3600000 ms."})
		})
	}
}

func TestServerSurvivesAResetDuringADelay(t *testing.T) {
	for _, server := range delayServers {
		t.Run(server, func(t *testing.T) {
			s, addr := serve(t, server, "200")
			c := dial(t, addr)
			if _, err := io.WriteString(c, "hello"); err != nil {
				t.Fatal(err)
			}
			awaitTaken(t, c)
			reset(t, c)
			// On a slow machine the delay may be over before that.
			duringDelay, after := "send (descriptor N): connection reset by peer", "recv (descriptor N): connection reset by peer"
			testutil.Eventually(t, patience, func() bool { return len(s.lines(t)) > 1 }, "a line about it")
			mustExchange(t, dial(t, addr), "still here")
			s.stop(t)
			s.wantEnd(t, 0, []string{"delay=200 ms.", duringDelay}, []string{"delay=200 ms.", after})
		})
	}
}

// awaitTaken waits until the server has received all that c has sent. On the way
// it is in a queue: c's to be sent, or the server's to be received. (The answer
// may be in the other two by then.)
func awaitTaken(t *testing.T, c *net.TCPConn) {
	t.Helper()
	client, server := port(c.LocalAddr()), port(c.RemoteAddr())
	testutil.Eventually(t, patience, func() bool {
		return strings.HasPrefix(queued(t, client, server), "00000000:") &&
			strings.HasSuffix(queued(t, server, client), ":00000000")
	}, "the server to take what it was sent")
}

// port is as the kernel writes it.
func port(a net.Addr) string { return fmt.Sprintf(":%04X", a.(*net.TCPAddr).Port) }

// queued is how much is in the queues of the socket with these ports, to be sent
// and to be received.
func queued(t *testing.T, local, remote string) string {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(table)) {
		columns := strings.Fields(row)
		if strings.HasSuffix(columns[1], local) && strings.HasSuffix(columns[2], remote) {
			return columns[4]
		}
	}
	return "" // the connection is not accepted yet
}
