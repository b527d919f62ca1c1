//go:build unix

package await

import (
	"bytes"
	"context"
	goio "io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// audience is n connections, and their other ends.
func audience(t testing.TB, io *IO, n int) (conns, peers []*Conn) {
	t.Helper()
	for range n {
		a, b := pairOn(t, io, "unix")
		conns, peers = append(conns, a), append(peers, b)
	}
	return conns, peers
}

// wantAll fails t unless what each of peers reads is want.
func wantAll(t testing.TB, peers []*Conn, want []byte) {
	t.Helper()
	for i, c := range peers {
		got := make([]byte, len(want))
		if _, err := goio.ReadFull(c, got); err != nil {
			t.Fatalf("peer %d: %v", i, err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("peer %d got something else", i)
		}
	}
}

// More connections than are written to at once get it all, and the kernel is
// entered far less often than once for each.
func TestBroadcastReachesAll(t *testing.T) {
	io := open(t, Config{})
	const n = broadcastWindow + 50
	conns, peers := audience(t, io, n)
	before := io.Stats()
	written, failed := Broadcast(context.Background(), []byte("hello"), conns)
	if written != n || failed != nil {
		t.Fatalf("%d of %d, %v", written, n, failed)
	}
	if enters := io.Stats().SystemCalls - before.SystemCalls; io.Backend() == "io_uring" && enters > n/4 {
		t.Errorf("%d entries into the kernel for %d connections", enters, n)
	}
	wantAll(t, peers, []byte("hello"))
	if written, failed = Broadcast(context.Background(), nil, conns); written != n || failed != nil {
		t.Errorf("of nothing: %d, %v", written, failed)
	}
	if written, failed = Broadcast(context.Background(), []byte("x"), nil); written != 0 || failed != nil {
		t.Errorf("to nobody: %d, %v", written, failed)
	}
}

func TestBroadcastTellsWhoFailed(t *testing.T) {
	io := open(t, Config{})
	conns, peers := audience(t, io, 5)
	must(t, conns[1].Close())
	must(t, conns[3].SetWriteDeadline(time.Unix(1, 0)))
	written, failed := Broadcast(context.Background(), []byte("hello"), conns)
	if written != 3 || len(failed) != 2 {
		t.Fatalf("%d written, failed %v", written, failed)
	}
	wantIs(t, failed[1], net.ErrClosed)
	wantDeadline(t, failed[3])
	wantNetError(t, failed[3], "write", conns[3])
	wantAll(t, []*Conn{peers[0], peers[2], peers[4]}, []byte("hello"))
	ctx, cause := canceled()
	written, failed = Broadcast(ctx, []byte("x"), conns[:1])
	if written != 0 {
		t.Errorf("%d written after the context ended", written)
	}
	wantIs(t, failed[0], cause)
}

// One that takes nothing holds up the return, not the others.
func TestBroadcastToOneThatDoesNotRead(t *testing.T) {
	io := open(t, Config{})
	conns, peers := audience(t, io, 3)
	message := make([]byte, 8<<20)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var readers sync.WaitGroup
	for _, c := range []*Conn{peers[0], peers[2]} {
		readers.Go(func() {
			if _, err := goio.ReadFull(c, make([]byte, len(message))); err != nil {
				t.Error(err)
			}
		})
	}
	type result struct {
		written int
		failed  map[int]error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.written, r.failed = Broadcast(ctx, message, conns)
		done <- r
	}()
	readers.Wait()
	select {
	case r := <-done:
		t.Fatalf("it returned %v with nobody reading", r)
	default:
	}
	cancel()
	r := receive(t, done, "end of Broadcast")
	if r.written != 2 || len(r.failed) != 1 {
		t.Fatalf("%d written, failed %v", r.written, r.failed)
	}
	wantIs(t, r.failed[1], context.Canceled)
}

// One that takes nothing does not hold up those of other loops, which nothing else
// would wake: the peers are package net's.
func TestBroadcastReachesAllLoops(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	l, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	var conns []*Conn
	var peers []net.Conn
	for range 2 * testLoops {
		c, err := io.Dial("tcp4", l.Addr().String())
		must(t, err)
		defer c.Close()
		peer, err := l.Accept()
		must(t, err)
		defer peer.Close()
		conns, peers = append(conns, c.(*Conn)), append(peers, peer)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	message := make([]byte, 8<<20)
	done := later(func() (int, error) {
		n, failed := Broadcast(ctx, message, conns)
		return n, failed[0]
	})
	var readers sync.WaitGroup
	for i, peer := range peers[1:] {
		must(t, peer.SetReadDeadline(time.Now().Add(patience)))
		readers.Go(func() {
			if n, err := goio.ReadFull(peer, make([]byte, len(message))); err != nil {
				t.Errorf("peer %d, after %d bytes: %v", i+1, n, err)
			}
		})
	}
	readers.Wait()
	cancel()
	r := receive(t, done, "end of Broadcast")
	if r.n != len(conns)-1 {
		t.Errorf("%d written", r.n)
	}
	wantIs(t, r.err, context.Canceled)
}

// Broadcasts in opposite orders, and writes beside them, end, and mix no bytes.
func TestBroadcastsDoNotWaitForEachOther(t *testing.T) {
	io := open(t, Config{})
	conns, peers := audience(t, io, 8)
	backwards := make([]*Conn, len(conns))
	for i, c := range conns {
		backwards[len(conns)-1-i] = c
	}
	const rounds, size = 20, 100 << 10
	var writers sync.WaitGroup
	for i, order := range [][]*Conn{conns, backwards, conns} {
		writers.Go(func() {
			block := bytes.Repeat([]byte{'a' + byte(i)}, size)
			for range rounds {
				if n, failed := Broadcast(context.Background(), block, order); n != len(order) {
					t.Errorf("%d written, failed %v", n, failed)
				}
			}
		})
	}
	var readers sync.WaitGroup
	for _, c := range peers {
		readers.Go(func() {
			buf := make([]byte, size)
			for range 3 * rounds {
				if _, err := goio.ReadFull(c, buf); err != nil || bytes.Count(buf, buf[:1]) != size {
					t.Errorf("a block is mixed with others, or ended: %v", err)
					return
				}
			}
		})
	}
	writers.Wait()
	readers.Wait()
}

// broadcastLater is Broadcast in the form of later: its error is that of the first
// connection.
func broadcastLater(ctx context.Context, p []byte, conns []*Conn) <-chan outcome {
	return later(func() (int, error) {
		n, failed := Broadcast(ctx, p, conns)
		return n, failed[0]
	})
}

// A connection is free as soon as its own part is over: to be written to, and to be
// closed.
func TestBroadcastFreesEachConnection(t *testing.T) {
	io := open(t, Config{})
	conns, peers := audience(t, io, 3)
	fillStream(t, conns[0])
	ctx, stop, cause := ending()
	defer stop()
	done := broadcastLater(ctx, []byte("hello"), conns)
	wantAll(t, peers[1:], []byte("hello"))
	for _, c := range conns[1:] {
		written := later(func() (int, error) { return c.Write([]byte("next")) })
		must(t, receive(t, written, "end of a write").err)
		closed := later(func() (int, error) { return 0, c.Close() })
		must(t, receive(t, closed, "end of Close").err)
	}
	wantAll(t, peers[1:], []byte("next"))
	stop()
	r := receive(t, done, "end of Broadcast")
	wantIs(t, r.err, cause)
	if r.n != 2 {
		t.Errorf("%d written, want 2", r.n)
	}
}

// What ends a write ends that of a Broadcast, and leaves the others alone.
func TestBroadcastToOneIsEnded(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, c *Conn) error{
		"by its deadline": func(t *testing.T, c *Conn) error {
			must(t, c.SetWriteDeadline(past))
			return os.ErrDeadlineExceeded
		},
		"by Close": func(t *testing.T, c *Conn) error {
			must(t, c.Close())
			return net.ErrClosed
		},
	} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			conns, peers := audience(t, io, 2)
			fillStream(t, conns[0])
			done := broadcastLater(background, []byte("hello"), conns)
			wantAll(t, peers[1:], []byte("hello"))
			target := end(t, conns[0])
			r := receive(t, done, "end of Broadcast")
			wantIs(t, r.err, target)
			if r.n != 1 {
				t.Errorf("%d written, want 1", r.n)
			}
		})
	}
}

// Connections that take nothing hold up no other, also where these are more than are
// written to at once.
func TestBroadcastPastThoseThatDoNotRead(t *testing.T) {
	io := open(t, Config{Loops: 1})
	conns, peers := audience(t, io, broadcastWindow+3)
	for _, c := range conns[:2] {
		fillStream(t, c)
	}
	ctx, stop, cause := ending()
	defer stop()
	done := broadcastLater(ctx, []byte("hello"), conns)
	wantAll(t, peers[2:], []byte("hello"))
	stop()
	r := receive(t, done, "end of Broadcast")
	wantIs(t, r.err, cause)
	if r.n != len(conns)-2 {
		t.Errorf("%d written, want %d", r.n, len(conns)-2)
	}
}

// A connection that another write has holds up no other.
func TestBroadcastToBusyConnections(t *testing.T) {
	io := open(t, Config{})
	conns, peers := audience(t, io, 3)
	for _, c := range conns[:2] {
		if !c.writes.TryLock() {
			t.Fatal("somebody writes")
		}
	}
	done := broadcastLater(background, []byte("hello"), conns)
	wantAll(t, peers[2:], []byte("hello"))
	conns[1].writes.Unlock()
	wantAll(t, peers[1:2], []byte("hello"))
	must(t, conns[0].SetWriteDeadline(past))
	r := receive(t, done, "end of Broadcast")
	wantDeadline(t, r.err)
	if r.n != 2 {
		t.Errorf("%d written, want 2", r.n)
	}
	conns[0].writes.Unlock()
}

// Broadcasts, closes and deadlines at once: all of them end.
func TestBroadcastsRaceWithCloses(t *testing.T) {
	io := open(t, Config{})
	random := seeded(t)
	for range 10 {
		conns, _ := audience(t, io, 8)
		fillStream(t, conns[random.IntN(len(conns))])
		ctx, cancel := context.WithCancel(background)
		var ends []<-chan outcome
		for range 3 {
			ends = append(ends, broadcastLater(ctx, make([]byte, 100<<10), conns))
		}
		for _, i := range random.Perm(len(conns)) {
			c := conns[i]
			ends = append(ends, later(func() (int, error) { return 0, c.SetWriteDeadline(past) }),
				later(func() (int, error) { return 0, c.Close() }))
		}
		for _, ended := range ends {
			receive(t, ended, "end of a call")
		}
		cancel()
	}
}
