//go:build unix

package sim

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestHostsHaveNamesAndAddresses(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		for i, want := range []string{"10.0.0.1 fd00::1", "10.0.0.2 fd00::2"} {
			h, err := r.w.AddHost(fmt.Sprint("h", i))
			if err != nil {
				r.Fatal(err)
			}
			if got := strings.Trim(fmt.Sprint(h.Addrs()), "[]"); got != want {
				r.Errorf("host %d has %s, want %s", i, got, want)
			}
			if r.w.Host(h.Name()) != h || h.Boots() != 1 || !h.Running() || h.Paused() {
				r.Errorf("host %d is not as it was made", i)
			}
		}
		for name, words := range map[string]string{"h1": "already", "H1.": "already", "": "not a valid", ".": "not a valid", "*": "not a valid",
			"localhost": "not a valid", "Localhost.": "not a valid", "10.0.0.9": "not a valid", "fd00::9": "not a valid", "h2:80": "not a valid",
			"[h2]": "not a valid", "h\n2": "not a valid", "h\xff": "not a valid"} {
			if _, err := r.w.AddHost(name); err == nil || !strings.Contains(err.Error(), words) {
				r.Errorf("a host %q: %v", name, err)
			}
		}
		if got := len(r.w.Hosts()); got != 2 {
			r.Errorf("%d hosts", got)
		}
	})
}

func TestTheEndOfABootEndsItsCalls(t *testing.T) {
	for name, end := range map[string]func(*Host){"crash": (*Host).Crash, "kill": (*Host).Kill} {
		t.Run(name, func(t *testing.T) {
			inHosts(t, slow, func(a, b *node) {
				_, server := connection(a, b)
				waits := b.start(recv(server, make([]byte, 1), 0))
				end(b.h)
				b.wantEvent(waits, canceled)
				if _, err := b.b.Submit(nil); !errors.Is(err, net.ErrClosed) || !errors.Is(err, ErrCrashed) {
					t.Errorf("Submit: %v", err)
				}
				if err := b.b.Wait(time.Time{}); !errors.Is(err, ErrCrashed) {
					t.Errorf("Wait: %v", err)
				}
				if _, err := b.s.Backend(); !errors.Is(err, ErrCrashed) {
					t.Errorf("Backend: %v", err)
				}
				if err := b.s.SetReuseAddr(server); !errors.Is(err, net.ErrClosed) {
					t.Errorf("a call on a descriptor: %v", err)
				}
				if b.s.Alive() || b.h.Running() || len(b.s.Descriptors()) != 0 {
					t.Errorf("the boot lives: descriptors %v", b.s.Descriptors())
				}
				end(b.h) // and once is enough
				b2 := a.boot(b.h.Restart().Host())
				if b2.s == b.s || b.h.Boots() != 2 || b.h.Restart() != b2.s || b2.s.Number() != 2 {
					t.Error("it did not boot again")
				}
				client, server := connection(a, b2)
				a.want(1, send(client, "x", 0))
				b2.want(1, recv(server, make([]byte, 9), 0))
			})
		})
	}
}

func TestKillSendsTheEnd(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		busy, _ := connection(a, b)
		b.want(2, send(server, "hi", 0))
		a.want(1, send(busy, "x", 0))
		a.pass(time.Second)
		b.h.Kill()
		buf := make([]byte, 9)
		took(t, hop, func() { a.want(resetBy, recv(busy, buf, 0)) }) // it had something to read
		a.want(2, recv(client, buf, 0))
		a.want(0, recv(client, buf, 0))
		a.want(1, send(client, "x", 0)) // nobody is there, which is to be heard
		a.pass(time.Second)
		a.want(brokenBy, send(client, "x", 0))
		took(t, 2*hop, func() {
			fd, connected := a.dial(b.at(80))
			a.wantEvent(connected, refusal) // the machine is there, and says that nobody listens
			a.want(0, closeFD(fd))
		})
	})
}

func TestCrashIsSilentUntilTheHostIsBack(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, _ := connection(a, b)
		reader, _ := connection(a, b)
		if err := a.s.SetConnOptions(reader, 0, net.KeepAliveConfig{}); err != nil {
			t.Fatal(err)
		}
		waits := a.start(recv(client, make([]byte, 1), 0))
		probed := a.start(recv(reader, make([]byte, 1), 0))
		b.h.Crash()
		a.want(1, send(client, "x", 0))
		a.pass(time.Minute)
		a.pending(waits)
		b.h.Restart()
		a.pending(probed)
		begin := time.Now()
		a.wantEvent(probed, resetBy)
		if d := time.Since(begin); d > 15*time.Second {
			t.Errorf("the probe took %v", d)
		}
		a.wantEvent(waits, resetBy)
		if d := time.Since(begin); d > 2*time.Minute {
			t.Errorf("the answer to what is sent again took %v", d)
		}
		a.want(brokenBy, send(client, "x", 0))
	})
}

func TestPauseHoldsWhatCompletes(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		waits := b.start(recv(server, make([]byte, 9), 0))
		b.h.Pause()
		b.h.Pause()
		if !b.h.Paused() {
			t.Error("it is not paused")
		}
		a.want(2, send(client, "hi", 0)) // the machine goes on
		parked := b.start(send(server, "yo", 0))
		stopped := b.start(recv(server, make([]byte, 9), 0))
		answer := b.cancel(stopped)
		b.pass(time.Hour) // and the program's timers
		b.pending(waits)
		got := a.start(recv(client, make([]byte, 9), 0))
		a.pending(got)
		b.h.Resume()
		b.h.Resume()
		b.wantEvent(waits, 2)
		b.wantEvent(parked, 2)
		b.wantEvent(stopped, canceled)
		b.wantEvent(answer, 0)
		took(t, hop, func() { a.wantEvent(got, 2) })

		waits = b.start(recv(server, make([]byte, 9), 0))
		b.h.Pause()
		late := b.start(send(server, "never sent", 0))
		b.h.Crash()
		b.wantEvent(waits, canceled)
		b.wantEvent(late, canceled)
		if b.h.Paused() {
			t.Error("a crashed host is paused")
		}
	})
}

func TestDescriptorsAreOfTheirHost(t *testing.T) {
	inHosts(t, Options{}, func(a, b *node) {
		x, y := a.socket(unix.SOCK_DGRAM, a.at(53)), b.socket(unix.SOCK_DGRAM, b.at(53))
		if x != y || x != descriptorFirst {
			t.Errorf("descriptors %d and %d", x, y)
		}
		a.want(0, closeFD(x))
		a.wantErrno(syscall.EBADF, closeFD(x))
		b.want(0, closeFD(y))
	})
}
