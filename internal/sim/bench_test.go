//go:build unix

package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// inBubble measures what a test does in a bubble of its own, on hosts a and b, again and again.
// The clock of b is outside: in a bubble, time is not what passes.
func inBubble(b *testing.B, o Options, test func(x, y *node)) {
	b.Helper()
	b.ReportAllocs()
	t := testing.InternalTest{Name: b.Name(), F: func(t *testing.T) {
		for b.Loop() {
			synctest.Test(t, func(*testing.T) {
				r := &rig{TB: b, w: New(1, o), all: new([]*node)}
				test(r.host("a"), r.host("b"))
				time.Sleep(time.Minute) // for the others to end
			})
		}
	}}
	if !testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{t}) {
		b.Fatal("the bubble's test failed")
	}
}

// rounds is how often a benchmark does in each bubble what it measures.
const rounds = 2000

// perSecond reports how many of something there were each second, so many in a bubble.
func perSecond(b *testing.B, count float64, what string) {
	b.ReportMetric(count*float64(b.N)/b.Elapsed().Seconds(), what+"/s")
}

// BenchmarkCalls is a byte sent and received within the host: two calls.
func BenchmarkCalls(b *testing.B) {
	inBubble(b, Options{}, func(x, _ *node) {
		l := x.listen(80)
		waits := x.start(accept(l))
		client, connected := x.dial(x.at(80))
		x.wantEvent(connected, 0)
		server := x.wait(waits).Result
		out, in := []byte("x"), make([]byte, 1)
		for range rounds {
			x.again(backend.Request{Op: backend.OpSend, FD: client, Buf: out})
			x.again(backend.Request{Op: backend.OpRecv, FD: server, Buf: in})
		}
	})
	perSecond(b, 2*rounds, "calls")
}

// again is do for what a benchmark does often: the rig keeps no events.
func (n *node) again(r backend.Request) {
	token := n.start(r)
	n.wait(token)
	delete(n.events, token)
	n.order = n.order[:0]
}

// BenchmarkPingPong is a byte there and back between two hosts, each with a goroutine.
func BenchmarkPingPong(b *testing.B) {
	inBubble(b, slow, func(x, y *node) {
		client, server := connection(x, y)
		go func() {
			buf := make([]byte, 1)
			for y.wait(y.start(recv(server, buf, 0))).Result == 1 {
				y.again(backend.Request{Op: backend.OpSend, FD: server, Buf: buf})
			}
		}()
		buf := []byte("x")
		for range rounds {
			x.again(backend.Request{Op: backend.OpSend, FD: client, Buf: buf})
			x.again(backend.Request{Op: backend.OpRecv, FD: client, Buf: buf})
		}
		x.want(0, closeFD(client))
	})
	perSecond(b, rounds*2*hop.Seconds(), "sim-s")
}

// BenchmarkManyWait is a byte to one of thousands of connections whose receives wait.
func BenchmarkManyWait(b *testing.B) {
	inBubble(b, slow, func(x, y *node) {
		const conns = 5000
		var clients, servers []int
		l := y.listen(80)
		y.must(y.s.Listen(l, conns))
		for range conns {
			fd, connected := x.dial(y.at(80))
			x.wantEvent(connected, 0)
			clients = append(clients, fd)
			servers = append(servers, y.do(accept(l)))
		}
		var reads []backend.Token
		for _, fd := range servers {
			reads = append(reads, y.start(recv(fd, make([]byte, 1), 0)))
		}
		i := 0
		for range rounds {
			x.again(backend.Request{Op: backend.OpSend, FD: clients[i], Buf: []byte("x")})
			y.wait(reads[i])
			delete(y.events, reads[i])
			reads[i] = y.start(recv(servers[i], make([]byte, 1), 0))
			i = (i + 7) % conns
		}
	})
}

// BenchmarkHeartbeats are three hosts that do what idle nodes of raft do: the first asks the
// two others each 50 ms, and they answer.
func BenchmarkHeartbeats(b *testing.B) {
	inBubble(b, slow, func(x, y *node) {
		z := x.host("c")
		var clients []int
		for _, n := range []*node{y, z} {
			client, server := connection(x, n)
			clients = append(clients, client)
			go func() {
				buf := make([]byte, 100)
				for {
					if got := n.wait(n.start(recv(server, buf, 0))).Result; got <= 0 {
						return
					}
					n.again(backend.Request{Op: backend.OpSend, FD: server, Buf: buf[:50]})
				}
			}()
		}
		buf := make([]byte, 100)
		for range rounds {
			for _, fd := range clients {
				x.again(backend.Request{Op: backend.OpSend, FD: fd, Buf: buf})
				x.again(backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf})
			}
			x.pass(50 * time.Millisecond)
		}
		for _, fd := range clients {
			x.want(0, closeFD(fd))
		}
	})
	perSecond(b, rounds*(50*time.Millisecond+4*hop).Seconds(), "sim-s")
}
