//go:build unix

package proactor_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// What allocates nothing once everything has its room.
func TestRoundsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	p := open(t, proactor.Config{})
	a, b := testutil.TCPPair(t)
	buf := make([]byte, 64)
	in := &proactor.Message{Buffers: [][]byte{buf[:32], buf[32:]}}
	out := &proactor.Message{Buffers: [][]byte{buf[:10], buf[10:20]}}
	file, path := testutil.TempFile(t, 64)
	var stat proactor.Stat
	listener, addr := testutil.Listener(t)
	var from proactor.Peer
	accepted := -1
	defer func() { _ = unix.Close(accepted) }()
	var first, second proactor.Completion
	var e proactor.Event
	left, failed := 0, false
	done := func(_ *proactor.Completion, r proactor.Result) {
		left--
		failed = failed || r.Err != nil
	}
	keep := func(c *proactor.Completion, r proactor.Result) {
		accepted = r.N
		done(c, r)
	}
	rounds := map[string]func() error{
		"accept and close": func() error {
			if err := p.AcceptFrom(&first, listener, 0, &from, keep); err != nil {
				return err
			}
			if accepted < 0 {
				callers(t, addr, 700)
				return p.NextTick(&second, done)
			}
			return p.CloseFD(&second, accepted, done)
		},
		"recv and send": func() error {
			if err := p.Recv(&first, a, buf, 0, done); err != nil {
				return err
			}
			return p.Send(&second, b, buf[:8], 0, done)
		},
		"recv and send with timeouts": func() error {
			if err := p.RecvWithTimeout(&first, a, buf, 0, time.Hour, done); err != nil {
				return err
			}
			return p.SendWithTimeout(&second, b, buf[:8], 0, time.Hour, done)
		},
		"recvmsg and sendmsg": func() error {
			if err := p.RecvMsg(&first, a, in, 0, done); err != nil {
				return err
			}
			return p.SendMsg(&second, b, out, 0, done)
		},
		"read and write": func() error {
			if err := p.Read(&first, file, buf, 0, done); err != nil {
				return err
			}
			return p.Write(&second, file, buf, 0, done)
		},
		"readv and writev": func() error {
			if err := p.ReadV(&first, file, in.Buffers, 0, done); err != nil {
				return err
			}
			return p.WriteV(&second, file, out.Buffers, 0, done)
		},
		"write and sync": func() error {
			if err := p.WriteSync(&first, file, buf, 0, proactor.FsyncDataOnly, done); err != nil {
				return err
			}
			return p.NextTick(&second, done)
		},
		"nop and next tick": func() error {
			if err := p.Nop(&first, done); err != nil {
				return err
			}
			return p.NextTick(&second, done)
		},
		"timeout and poll": func() error {
			if err := p.Timeout(&first, 0, done); err != nil {
				return err
			}
			return p.Poll(&second, a, unix.POLLOUT, done)
		},
		"listen and trigger": func() error {
			if err := p.OnTrigger(&first, &e, done); err != nil {
				return err
			}
			p.Trigger(&e)
			return p.NextTick(&second, done)
		},
		"fsync and another": func() error {
			if err := p.Fsync(&first, file, 0, done); err != nil {
				return err
			}
			return p.Fsync(&second, file, proactor.FsyncDataOnly, done)
		},
		"statx": func() error {
			if err := p.Statx(&first, proactor.AtCWD, path, 0, 0xfff, &stat, done); err != nil {
				return err
			}
			return p.NextTick(&second, done)
		},
	}
	for name, round := range rounds {
		t.Run(name, func(t *testing.T) {
			one := func() {
				left = 2
				if err := round(); err != nil {
					t.Fatal(err)
				}
				for left > 0 {
					if err := p.Tick(); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 100 {
				one()
			}
			if rule := allocates[name]; rule != "" && !testutil.Holds(t, p.Backend(), rule) || p.Backend() == "kqueue" {
				return // and the emulation of kqueue allocates
			}
			if n := testing.AllocsPerRun(500, one); n != 0 {
				t.Errorf("%v allocations a round", n)
			}
			if failed {
				t.Error("an operation failed")
			}
		})
	}
}

// callers have so many connections wait to be accepted.
func callers(t *testing.T, addr *net.TCPAddr, n int) {
	t.Helper()
	for range n {
		conn, err := net.DialTCP("tcp", nil, addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

// allocates are the rounds that some backends do with allocations, and the rules
// that say so.
var allocates = map[string]string{
	"recvmsg and sendmsg": "messages, accept and connect allocate nothing",
	"read and write":      "file operations allocate nothing",
	"accept and close":    "messages, accept and connect allocate nothing",
	"readv and writev":    "file operations allocate nothing",
	"write and sync":      "file operations allocate nothing",
	"fsync and another":   "file operations allocate nothing",
	"statx":               "file operations allocate nothing",
}
