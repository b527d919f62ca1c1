//go:build unix

package sim

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A mesh is two hosts between which anything happens, as the bytes of a script say.
type mesh struct {
	*rig
	a, b   *node
	script []byte
	flows  []*flow
	l      int
}

// A flow is one direction of a connection: what was sent is known by position.
type flow struct {
	from, to     *node
	out, in      int // descriptors
	sent, got    int
	read         backend.Token
	buf          []byte
	reads, ended bool
}

// next is a number of the script below n.
func (m *mesh) next(n int) int {
	if len(m.script) == 0 {
		return 0
	}
	x := int(m.script[0]) % n
	m.script = m.script[1:]
	return x
}

// step does one thing.
func (m *mesh) step() {
	names := []string{"a", "b", Everyone}
	l := m.w.Link(names[m.next(3)], names[m.next(3)])
	share := func() float64 { return float64(m.next(4)) / 10 }
	switch m.next(14) {
	case 0:
		l.Set(LinkConfig{
			Latency: Dist{Max: time.Duration(m.next(50)) * time.Millisecond}, Loss: share(), Duplicate: share(),
			Reorder: share(), Resets: share() / 100, Bandwidth: m.next(3) * 100_000,
		})
	case 1:
		l.Cut()
	case 2:
		l.Refuse()
	case 3:
		l.Hold()
	case 4:
		l.Heal()
	case 5:
		l.Reset()
	case 6:
		_ = m.w.Partition([]string{"a"}, []string{"b"}) // both are there
	case 7:
		m.w.HealLinks()
	case 8:
		m.a.h.Pause()
	case 9:
		m.a.h.Resume()
	default:
		m.traffic()
	}
	m.pass(time.Duration(m.next(256)) * time.Duration(m.next(256)) * time.Millisecond)
	m.check()
}

// traffic sends, ends or begins something.
func (m *mesh) traffic() {
	if len(m.flows) == 0 || m.next(8) == 0 {
		m.connect()
		return
	}
	f := m.flows[m.next(len(m.flows))]
	switch n := 1 + m.next(256)*m.next(64); {
	case m.next(10) == 0:
		f.from.start(shutdown(f.out, unix.SHUT_WR))
	default:
		token := f.from.start(send(f.out, string(pattern(f.sent, n)), dontWait))
		if f.from.pass(time.Millisecond); !f.from.h.Paused() {
			f.sent += max(0, f.from.wait(token).Result)
		} else { // it is sent once the host goes on
			m.a.h.Resume()
			f.sent += max(0, f.from.wait(token).Result)
		}
	}
}

// pattern are n bytes of a flow at a position.
func pattern(at, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((at + i) * 31 / 7)
	}
	return b
}

// connect makes a connection, if one can be made in its time.
func (m *mesh) connect() {
	m.a.h.Resume()
	fd, connected := m.a.dial(m.b.at(80))
	waits := m.b.start(accept(m.l))
	if m.a.wait(connected).Result == 0 {
		m.b.pass(16 * time.Minute) // by then the server has heard of it, or never will
	}
	if m.b.took(waits) {
		s := m.b.events[waits].Result
		m.flows = append(m.flows, &flow{from: m.a, to: m.b, out: fd, in: s}, &flow{from: m.b, to: m.a, out: s, in: fd})
		return
	}
	m.a.want(0, closeFD(fd))
	if m.b.cancel(waits); m.b.wait(waits).Result >= 0 {
		m.b.want(0, closeFD(m.b.events[waits].Result))
	}
}

func (n *node) took(token backend.Token) bool {
	n.reap()
	return n.events[token].Token == token && n.events[token].Result >= 0
}

// check reads what has come, which is what was sent and nothing else.
func (m *mesh) check() {
	for _, f := range m.flows {
		for !f.ended && !f.to.h.Paused() {
			if !f.reads {
				f.buf = make([]byte, 5000)
				f.read, f.reads = f.to.start(recv(f.in, f.buf, 0)), true
			}
			f.to.reap()
			e, ok := f.to.events[f.read]
			if !ok {
				break
			}
			f.reads = false
			if f.ended = e.Result <= 0; f.ended {
				break
			}
			if string(f.buf[:e.Result]) != string(pattern(f.got, e.Result)) {
				m.Fatalf("bytes %d and on are not those sent", f.got)
			}
			if f.got += e.Result; f.got > f.sent {
				m.Fatalf("%d bytes came of %d", f.got, f.sent)
			}
		}
	}
}

// end heals all, and holds that everything comes to an end and the hosts work.
func (m *mesh) end() {
	m.w.Link(Everyone, Everyone).Set(slow.Link)
	for _, from := range []string{"a", "b", Everyone} {
		for _, to := range []string{"a", "b", Everyone} {
			m.w.Link(from, to).Set(slow.Link)
		}
	}
	m.w.HealLinks()
	m.a.h.Resume()
	m.pass(time.Hour)
	m.check()
	for _, f := range m.flows {
		s := f.from.s.descriptors.get(f.out).resource.(*socket)
		if broken := s.dead || s.twin.dead; !f.ended && f.got != f.sent && !broken {
			m.Errorf("%d bytes came of %d, and the connection is not broken", f.got, f.sent)
		}
	}
	for _, f := range m.flows {
		if f.reads { // what is under way keeps a socket from its end
			f.to.cancel(f.read)
			f.to.wait(f.read)
		}
	}
	for _, f := range m.flows {
		f.from.do(closeFD(f.out))
	}
	m.pass(time.Hour)
	if n := m.w.pairs; len(n) > 0 && n[0].conns.Size > 0 {
		m.Errorf("%d connections are left:\n%s", n[0].conns.Size, journalText(m.w))
	}
	took(m, 2*hop, func() {
		_, connected := m.a.dial(m.b.at(80))
		m.a.wantEvent(connected, 0)
	})
}

func runMesh(t *testing.T, script []byte) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{TB: t, w: New(uint64(len(script)), slow), all: new([]*node)}
		m := &mesh{rig: r, a: r.host("a"), b: r.host("b"), script: script}
		m.rig = m.b.rig // whose backend lets time pass
		m.l = m.b.listen(80)
		for len(m.script) > 0 {
			m.step()
		}
		m.end()
	})
}

func FuzzLinks(f *testing.F) {
	f.Add([]byte{0, 1, 12, 0, 0, 0, 1, 13, 9, 9})
	for i := range uint64(10) {
		script := make([]byte, 0, 400)
		for r := rand.New(rand.NewPCG(i, 1)); len(script) < 400; {
			script = binary.LittleEndian.AppendUint64(script, r.Uint64())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) { runMesh(t, script[:min(len(script), 2000)]) })
}
