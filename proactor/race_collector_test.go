//go:build unix

package proactor

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// childVariable tells the test binary that it is its own child.
const childVariable = "PROACTOR_TEST_CHILD"

// With the collector at work all the time, and clobbering or checking what it
// frees, whatever only the kernel knows of would be gone under it.
func TestRaceWithTheCollector(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		t.Skip("this is the child already")
	}
	for _, debug := range []string{"gccheckmark=1", "clobberfree=1"} {
		t.Run(debug, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.timeout=120s",
				"-test.run=^(TestRaceOfBuffersNobodyKeeps|TestRaceOfReceivesWithTheirTimeouts|TestRaceOfSendsWithTheirTimeouts)$")
			child.Env = append(os.Environ(), "GOGC=1", "GODEBUG="+debug, childVariable+"=1", "PROACTOR_ROUNDS=0.03")
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// The caller keeps nothing of what it lends, and its stack, from the depths of
// which it submits, grows, moves and is gone. What is allocated in the meantime
// is not written to.
func TestRaceOfBuffersNobodyKeeps(t *testing.T) {
	overStreams(t, func(t *testing.T, config Config, fd, peer int) {
		p := newRunningAmid(t, config).p
		chance := seeded(t)
		from := startSender(t, peer, chance)
		defer from.stop()
		w := newParked()
		others := make([][]byte, 256)
		for i := range rounds(300) {
			submitted := make(chan struct{})
			depth := chance.below(500)
			go func() {
				defer close(submitted)
				dive(depth, func() { lendAndForget(t, p, fd, chance, w) })
			}()
			<-submitted
			others[i%len(others)] = poisoned(lent)
			if r := w.wait(t); r.Err != nil && !isTimedOut(r.Err) {
				t.Fatal(r.Err)
			}
		}
		for _, b := range others {
			testutil.CheckPoison(t, b)
		}
	})
}

// dive calls f from some frames down.
func dive(depth int, f func()) byte {
	var frame [100]byte
	if depth == 0 {
		f()
		return frame[0]
	}
	frame[depth%len(frame)] = dive(depth-1, f)
	return frame[(depth+1)%len(frame)]
}

// lent is the size of the buffers lent.
const lent = 256

func lendAndForget(t testing.TB, p *Proactor, fd int, chance *dice, w parked) {
	limit := chance.micros(300)
	pieces := [][]byte{make([]byte, lent), make([]byte, lent)}
	var err error
	switch chance.below(3) {
	case 0:
		err = p.RecvWithTimeout(new(Completion), fd, make([]byte, lent), 0, limit, w.done)
	case 1:
		m := &Message{Buffers: pieces, Control: make([]byte, lent)}
		err = p.RecvMsgWithTimeout(new(Completion), fd, m, unix.MSG_WAITALL, limit, w.done)
	case 2:
		err = p.SendMsgWithTimeout(new(Completion), fd, &Message{Buffers: pieces}, 0, limit, w.done)
	}
	if err != nil {
		t.Error(err)
	}
}
