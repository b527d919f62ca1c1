package recipes

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

func TestChat(t *testing.T) {
	l, err := await.ListenStream("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	chat := &Chat{Idle: 500 * time.Millisecond, Slow: 10 * time.Second}
	go func() { served <- chat.Serve(ctx, l) }()

	join := func() (net.Conn, *bufio.Reader) {
		c, err := await.Dial("tcp", l.Addr().String())
		must(t, err)
		return c, bufio.NewReader(c)
	}
	want := func(r *bufio.Reader, line string) {
		t.Helper()
		if got, err := r.ReadString('\n'); got != line || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, line)
		}
	}
	a, fromA := join()
	defer a.Close()
	_, fromB := join() // says nothing
	// b may not be a member yet: a repeats itself, which also keeps it from being idle.
	stop := make(chan struct{})
	talked := make(chan struct{})
	go func() {
		defer close(talked)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = a.Write([]byte("hello\n"))
			}
		}
	}()
	want(fromB, "hello\n")
	for line := ""; line != "too quiet\n"; {
		var err error
		if line, err = fromB.ReadString('\n'); err != nil {
			t.Fatalf("%v before it was told that it is idle", err)
		}
	}
	if line, err := fromB.ReadString('\n'); err == nil {
		t.Errorf("got %q after it was told to leave", line)
	}
	close(stop)
	<-talked
	end()
	must(t, <-served)
	if line, err := fromA.ReadString('\n'); err == nil {
		t.Errorf("got %q, want the end of the chat", line)
	}
}
