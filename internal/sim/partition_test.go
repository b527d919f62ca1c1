//go:build unix

package sim

import (
	"strings"
	"testing"
	"time"
)

// reaches reports whether a datagram of n gets to m.
func (n *node) reaches(m *node) bool {
	n.Helper()
	from, to := n.socket(dgram, n.at(0)), m.socket(dgram, m.at(7))
	n.want(0, connect(from, rawOf(m.at(7))))
	n.want(1, send(from, "x", 0))
	n.pass(time.Second)
	got := m.do(recv(to, make([]byte, 1), dontWait)) == 1
	n.want(0, closeFD(from))
	m.want(0, closeFD(to))
	return got
}

func TestPartitionShapes(t *testing.T) {
	inWorld(t, slow, func(r *rig) {
		nodes := map[string]*node{}
		for _, name := range []string{"a", "b", "c", "d"} {
			nodes[name] = r.host(name)
		}
		// want has the pairs, in words, between which nothing passes.
		want := func(cut string, groups ...[]string) {
			t.Helper()
			if err := r.w.Partition(groups...); err != nil {
				t.Fatal(err)
			}
			for x, from := range nodes {
				for y, to := range nodes {
					if x == y {
						continue
					}
					if got := from.reaches(to); got == strings.Contains(cut, x+y) {
						t.Errorf("partition %v: %s reaches %s: %v", groups, x, y, got)
					}
				}
			}
		}
		want("")
		want("ab ba", []string{"a"}, []string{"b"})
		want("ac ca ad da bc cb bd db", []string{"a", "b"}, []string{"c", "d"})
		want("ad da", []string{"a", "b", "c"}, []string{"b", "c", "d"}) // two bridges
		want("ac ca bc cb", []string{"a", "b"}, []string{"c"})          // d is in none
		want("")
		r.w.Link("a", "b").Cut()
		want("ab")
		r.w.Link("c", Everyone).Cut()
		want("ab ca cb cd")
		r.w.HealLinks()
		want("")
		if err := r.w.Partition([]string{"x"}); err == nil || !strings.Contains(err.Error(), `"x"`) {
			t.Errorf("a partition of who is not there: %v", err)
		}
		if err := r.w.Partition(make([][]string, groupsMax+1)...); err == nil {
			t.Error("a partition of any number of groups")
		}
	})
}

// TestConnectionOutlastsAPartition has bytes sent into a partition get through after it, at the
// next time that they are sent again.
func TestConnectionOutlastsAPartition(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		a.must(a.w.Partition([]string{"a"}, []string{"b"}))
		begin := time.Now()
		for range 3 {
			a.want(1, send(client, "x", 0))
			a.pass(time.Second)
		}
		got := b.start(recv(server, make([]byte, 3), waitAll))
		time.AfterFunc(20*time.Second-time.Since(begin), a.w.HealLinks)
		b.wantEvent(got, 3)
		near(t, time.Since(begin), 25400*time.Millisecond+2*hop) // 0.2, 0.6, 1.4 ... 25.4 s, and then the rest
	})
}

// TestAPartitionCatchesWhatIsOnItsWay has it come while a segment travels.
func TestAPartitionCatchesWhatIsOnItsWay(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		got := b.start(recv(server, make([]byte, 4), 0))
		a.want(2, send(client, "hi", 0))
		a.pass(hop / 2)
		a.want(2, send(client, "gh", 0))
		a.must(a.w.Partition([]string{"a"}, []string{"b"}))
		b.pass(100 * time.Millisecond)
		b.pending(got)
		a.w.HealLinks()
		begin := time.Now()
		b.wantEvent(got, 2) // the one is sent again after the other, and each by itself
		if d := time.Since(begin); d < 100*time.Millisecond || d > 200*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		b.want(2, recv(server, make([]byte, 4), 0))
	})
}

// TestConnectionGivesUpAfterAQuarterOfAnHour has both calls of the one who has sent something
// end then, and the other hear nothing.
func TestConnectionGivesUpAfterAQuarterOfAnHour(t *testing.T) {
	cuts := map[string]func(a, b *node){
		"partition": func(a, b *node) { a.must(a.w.Partition([]string{"a"}, []string{"b"})) },
		"back":      func(a, b *node) { a.w.Link("b", "a").Cut() },
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			o := slow
			o.StreamBuffer = 4
			inHosts(t, o, func(a, b *node) {
				client, server := connection(a, b)
				a.pass(time.Second)
				cut(a, b)
				far := b.start(recv(server, make([]byte, 99), waitAll))
				begin := time.Now()
				read, write := a.start(recv(client, make([]byte, 1), 0)), a.start(send(client, "too much", 0))
				a.wantEvent(read, timedOut)
				a.wantEvent(write, 4)
				if d := time.Since(begin); d < 15*time.Minute || d > 15*time.Minute+time.Second {
					t.Errorf("it took %v", d)
				}
				a.want(brokenBy, send(client, "x", 0))
				a.want(0, recv(client, make([]byte, 1), 0))
				b.pending(far)
				a.wantNote("times out")
			})
		})
	}
}

// TestOneWayPartition has what is sent arrive, and the sender not know.
func TestOneWayPartition(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		a.w.Link("b", "a").Cut()
		took(t, hop, func() {
			a.want(2, send(client, "hi", 0))
			b.want(2, recv(server, make([]byte, 9), 0))
		})
		a.pass(time.Minute)
		b.want(2, send(server, "yo", 0))
		got := a.start(recv(client, make([]byte, 9), 0))
		a.pass(time.Minute)
		a.pending(got)
		a.w.Link("b", "a").Heal()
		a.wantEvent(got, 2)
		a.want(2, send(client, "hi", 0))
		b.want(2, recv(server, make([]byte, 9), 0))
	})
}

// TestARestOfACloseGetsThrough has the end of a connection, and what was sent before it, wait
// for the end of a partition.
func TestARestOfACloseGetsThrough(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		a.must(a.w.Partition([]string{"a"}, []string{"b"}))
		a.want(2, send(client, "hi", 0))
		a.want(0, closeFD(client))
		b.pass(time.Minute)
		a.w.HealLinks()
		b.want(2, recv(server, make([]byte, 9), 0))
		b.want(0, recv(server, make([]byte, 9), 0))
	})
}
