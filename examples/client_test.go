//go:build unix

package examples_test

import (
	"net"
	"slices"
	"strconv"
	"testing"
	"time"
)

const (
	sent     = "Sent:     Hello from client!"
	received = "Received: Hello from client!"

	submitted = "submitted recv and timeout."
	closed    = "closeCallback start"
)

// then is lines with more after them.
func then(lines []string, more ...string) []string { return slices.Concat(lines, more) }

// inEitherOrder is then with a and b between, in both orders: what is cancelled
// and its cancel call back in any.
func inEitherOrder(lines, a, b []string, more ...string) [2][]string {
	return [2][]string{slices.Concat(lines, a, b, more), slices.Concat(lines, b, a, more)}
}

// sameLines compares lines in whatever order.
func sameLines(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

var (
	timerCanceled = []string{"timeoutCallback start", "timeoutCallback err=Canceled"}
	cancelTimer   = []string{"cancelTimeoutCallback start"}
	recvCanceled  = []string{"recvCallback err=Canceled"}
	cancelRecv    = []string{"cancelRecvCallback start"}
)

func TestClientGetsItsAnswer(t *testing.T) {
	for _, server := range plainServers {
		for _, client := range plainClients {
			t.Run(server+"/"+client, func(t *testing.T) {
				s, addr := serve(t, server)
				launch(t, client, "-addr", addr).wantEnd(t, 0, []string{sent, received})
				s.stop(t)
				s.wantEnd(t, 0, nil)
			})
		}
	}
}

// race runs each client with a timeout against each server with a delay.
func race(t *testing.T, delay, timeout string, atLeast time.Duration, want map[string][2][]string) {
	for _, server := range delayServers {
		for client, lines := range want {
			t.Run(server+"/"+client, func(t *testing.T) {
				s, addr := serve(t, server, delay)
				begin := time.Now()
				launch(t, client, "-addr", addr, timeout).wantEnd(t, 0, lines[0], lines[1])
				if elapsed := time.Since(begin); elapsed < atLeast {
					t.Errorf("it was over after %v, want %v at least", elapsed, atLeast)
				}
				s.stop(t)
				s.wantEnd(t, 0, []string{"delay=" + delay + " ms."})
			})
		}
	}
}

func TestClientGetsItsAnswerInTime(t *testing.T) {
	begin := []string{"recv_timeout=30000 ms.", sent}
	race(t, "100", "30000", 100*time.Millisecond, map[string][2][]string{
		"tcp_echo_client_timeout": inEitherOrder(then(begin, received),
			timerCanceled, cancelTimer, closed),
		"async_tcp_echo_client_timeout": {then(begin, submitted,
			"resume frame after recv.", received, "recvWithTimeoutCancelTimeoutCallback start")},
	})
}

func TestClientTimesOut(t *testing.T) {
	begin := []string{"recv_timeout=100 ms.", sent}
	race(t, "30000", "100", 100*time.Millisecond, map[string][2][]string{
		"tcp_echo_client_timeout": inEitherOrder(then(begin, "timeoutCallback start"),
			recvCanceled, cancelRecv, closed),
		"async_tcp_echo_client_timeout": {then(begin, submitted,
			"resume frame after timeout.", "recv canceled.", "recvWithTimeoutCancelRecvCallback start")},
	})
}

// Answer and timeout at the same moment: whatever comes of it, each callback
// comes once, the connection is closed once, and no data is lost.
func TestClientGetsItsAnswerOnTheDot(t *testing.T) {
	for client, outcomes := range map[string][][]string{
		"tcp_echo_client_timeout": {
			slices.Concat([]string{received}, timerCanceled, cancelTimer, []string{closed}),
			slices.Concat([]string{received}, timerCanceled[:1], cancelTimer, []string{closed}),
			slices.Concat([]string{received}, timerCanceled[:1], cancelRecv, []string{closed}),
			slices.Concat(timerCanceled[:1], recvCanceled, cancelRecv, []string{closed}),
		},
		"async_tcp_echo_client_timeout": {
			{submitted, "resume frame after recv.", received, "recvWithTimeoutCancelTimeoutCallback start"},
			{submitted, "resume frame after recv.", received},
			{submitted, "resume frame after timeout.", received},
			{submitted, "resume frame after timeout.", "recv canceled.", "recvWithTimeoutCancelRecvCallback start"},
		},
	} {
		t.Run(client, func(t *testing.T) {
			_, addr := serve(t, "tcp_echo_server_delay", "20")
			for i := range 20 {
				timeout := strconv.Itoa(17 + i%8)
				c := launch(t, client, "-addr", addr, timeout)
				code, lines := c.code(t), c.lines(t)
				begin := []string{"recv_timeout=" + timeout + " ms.", sent}
				same := func(outcome []string) bool { return sameLines(lines, then(begin, outcome...)) }
				if code != 0 || !slices.ContainsFunc(outcomes, same) {
					t.Errorf("got exit status %d and %q", code, lines)
				}
			}
		})
	}
}

func TestClientWithoutServer(t *testing.T) {
	addr := unusedAddr(t)
	reason := "connect " + addr + " (descriptor N): connection refused"
	for client, want := range map[string][]string{
		"tcp_echo_client":               {reason},
		"async_tcp_echo_client":         {reason},
		"tcp_echo_client_timeout":       {"recv_timeout=500 ms.", "connectCallback err=" + reason},
		"async_tcp_echo_client_timeout": {"recv_timeout=500 ms.", reason},
	} {
		launch(t, client, "-addr", addr).wantEnd(t, 1, want)
	}
}

func TestClientIsLeftWithoutAnswer(t *testing.T) {
	for _, end := range []struct {
		name   string
		leave  func(*testing.T, *net.TCPConn)
		reason string
	}{
		{"closed", hangUp, "EOF"},
		{"reset", reset, "recv (descriptor N): connection reset by peer"},
	} {
		begin := []string{"recv_timeout=30000 ms.", sent}
		noAnswer := "no answer: " + end.reason
		for client, want := range map[string][2][]string{
			"tcp_echo_client":       {{sent, noAnswer}},
			"async_tcp_echo_client": {{sent, noAnswer}},
			"tcp_echo_client_timeout": inEitherOrder(begin,
				timerCanceled, cancelTimer, "recvCallback err="+end.reason),
			"async_tcp_echo_client_timeout": {then(begin, submitted,
				"resume frame after recv.", noAnswer)},
		} {
			t.Run(end.name+"/"+client, func(t *testing.T) {
				args := []string{"-addr", answerOnce(t, end.leave)}
				if slices.Contains(timeoutClients, client) {
					args = append(args, "30000")
				}
				launch(t, client, args...).wantEnd(t, 1, want[0], want[1])
			})
		}
	}
}

// answerOnce takes a connection, and answers what comes with leave.
func answerOnce(t *testing.T, leave func(*testing.T, *net.TCPConn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		buf := make([]byte, 100)
		if _, err := c.Read(buf); err != nil {
			t.Errorf("read: %v", err)
		}
		leave(t, c.(*net.TCPConn))
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return l.Addr().String()
}
