package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

// serving is a proxy at work.
type serving struct {
	addr  string
	log   program.Output
	stop  context.CancelFunc
	ended chan struct{}
}

// serve runs a proxy in front of target until t ends.
func serve(t *testing.T, target string, grace time.Duration) *serving {
	t.Helper()
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &serving{addr: l.Addr().String(), stop: stop, ended: make(chan struct{})}
	p := &proxy{target: target, grace: grace, idle: program.Patience, log: log.New(&s.log, "", 0)}
	go func() {
		defer close(s.ended)
		p.serve(ctx, l.(*await.Listener))
	}()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	return s
}

// wantLog waits until words are in the log.
func (s *serving) wantLog(t *testing.T, words string) {
	t.Helper()
	testutil.Eventually(t, program.Patience, func() bool { return strings.Contains(s.log.String(), words) },
		"%q in the log", words)
}

// target is a server that gives its connections to handle, and closes them.
func target(t *testing.T, handle func(c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c.(*net.TCPConn))
			}()
		}
	}()
	return l.Addr().String()
}

func echo(c *net.TCPConn) { _, _ = io.Copy(c, c) }

// dial connects to the proxy. Nothing takes the connection longer than Patience.
func (s *serving) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.addr, program.Patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(program.Patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func mustEcho(t *testing.T, c net.Conn, text string) {
	t.Helper()
	go func() { _, _ = io.WriteString(c, text) }() // what comes back tells
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("got other bytes than the %d sent, or %v", len(text), err)
	}
}

// The target answers when the client has told that it has no more to send.
func TestHalfCloseIsPassedOn(t *testing.T) {
	s := serve(t, target(t, func(c *net.TCPConn) {
		question, _ := io.ReadAll(c)
		_, _ = io.WriteString(c, strings.ToUpper(string(question)))
	}), 0)
	c := s.dial(t)
	if _, err := io.WriteString(c, "who is there?"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); err != nil || string(got) != "WHO IS THERE?" {
		t.Errorf("got %q, %v", got, err)
	}
	s.wantLog(t, "13 bytes there, 13 bytes back")
	s.wantLog(t, ": closed\n")
}

func TestManyBytesManyClients(t *testing.T) {
	s := serve(t, target(t, echo), 0)
	text := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for range 8 {
		c := s.dial(t)
		mustEcho(t, c, text)
		_ = c.Close()
	}
	s.wantLog(t, "1048576 bytes there, 1048576 bytes back")
}

func TestTargetThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unused := l.Addr().String()
	_ = l.Close()
	s := serve(t, unused, 0)
	if _, err := io.ReadAll(s.dial(t)); err != nil {
		t.Errorf("got %v, want EOF", err)
	}
	s.wantLog(t, "connection refused")
}

// A client must not take half of an answer for the whole.
func TestResetIsPassedOn(t *testing.T) {
	s := serve(t, target(t, func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "half")
		_, _ = c.Read(make([]byte, 1)) // until the client has it
		_ = c.SetLinger(0)
	}), 0)
	c := s.dial(t)
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "!"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
	s.wantLog(t, "connection reset by peer")
}

func TestConnectionsMayFinish(t *testing.T) {
	s := serve(t, target(t, echo), program.Patience)
	c := s.dial(t)
	mustEcho(t, c, "before")
	s.stop()
	s.wantLog(t, "stopping: open connections, which have 30s to finish: 1")
	if late, err := net.DialTimeout("tcp", s.addr, program.Patience); err == nil {
		_ = late.Close()
		t.Error("somebody still listens")
	}
	mustEcho(t, c, "after")
	_ = c.Close()
	<-s.ended
	s.wantLog(t, ": closed\n")
}

func TestConnectionsAreCutInTheEnd(t *testing.T) {
	s := serve(t, target(t, echo), 10*time.Millisecond)
	c := s.dial(t)
	mustEcho(t, c, "before")
	s.stop()
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("got %v, want EOF", err)
	}
	<-s.ended
	s.wantLog(t, ": cut, as the proxy stops\n")
}
