//go:build unix

// Package backendtest holds every backend to the seam's contract. The rules are
// those of package backend's comment, by number; each is a subtest.
package backendtest

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A World gives a backend and the descriptors to try it on. All of them are
// closed by the world when the test ends, unless Disown was called.
type World interface {
	// Open makes a backend that the suite closes.
	Open(t *testing.T) backend.Backend

	// SocketPair is two ends of a stream.
	SocketPair(t *testing.T) (a, b int)

	// DatagramPair is two connected datagram sockets.
	DatagramPair(t *testing.T) (a, b int)

	// Pipe is the two ends of a pipe.
	Pipe(t *testing.T) (r, w int)

	// Listen is a listening TCP socket and its address.
	Listen(t *testing.T) (fd int, addr net.Addr)

	// File is a regular file of so many bytes, FileContents.
	File(t *testing.T, size int) (fd int, path string)

	// Disown tells that the backend has closed fd.
	Disown(t *testing.T, fd int)

	// OpenDescriptors is how many descriptors there are.
	OpenDescriptors(t *testing.T) int
}

// patience bounds what is expected to happen at once.
const patience = 10 * time.Second

// A rig is a backend under test and the tokens given to it.
type rig struct {
	t     *testing.T
	world World
	b     backend.Backend

	tokens uint32
	out    map[backend.Token]bool // whose event has not come
	events map[backend.Token]backend.Event
	held   []*backend.Request
}

func newRig(t *testing.T, w World) *rig {
	t.Helper()
	r := &rig{
		t: t, world: w, b: w.Open(t),
		out:    make(map[backend.Token]bool),
		events: make(map[backend.Token]backend.Event),
	}
	t.Cleanup(func() {
		if err := r.b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// token makes a new one: slots are used again, with the next generation.
func (r *rig) token() backend.Token {
	r.tokens++
	token := backend.Token{Index: r.tokens % 97, Generation: r.tokens/97 + 1}
	r.out[token] = true
	return token
}

// submit starts requests, all of them.
func (r *rig) submit(requests ...*backend.Request) []backend.Token {
	r.t.Helper()
	tokens := make([]backend.Token, len(requests))
	for i, q := range requests {
		q.Token = r.token()
		tokens[i] = q.Token
	}
	r.held = append(r.held, requests...)
	for end := time.Now().Add(patience); len(requests) > 0; {
		n, err := r.b.Submit(requests)
		if err != nil {
			r.t.Fatalf("Submit: %v", err)
		}
		if requests = requests[n:]; n == 0 {
			r.pump(end)
		}
	}
	return tokens
}

// flush has queued cancels carried out.
func (r *rig) flush() {
	r.t.Helper()
	if _, err := r.b.Submit(nil); err != nil {
		r.t.Fatalf("Submit: %v", err)
	}
}

// reap collects the events that are there, and checks rule 4.
func (r *rig) reap() int {
	r.t.Helper()
	var events [8]backend.Event
	all := 0
	for {
		n := r.b.Reap(events[:])
		for _, e := range events[:n] {
			if !r.out[e.Token] {
				r.t.Fatalf("an event with a token that is not out: %+v", e)
			}
			delete(r.out, e.Token)
			r.events[e.Token] = e
		}
		if all += n; n < len(events) {
			return all
		}
	}
}

// pump goes once round: collect, and wait if there was nothing.
func (r *rig) pump(end time.Time) {
	r.t.Helper()
	if time.Now().After(end) {
		r.t.Fatalf("still out after %v: %d requests", patience, len(r.out))
	}
	r.flush()
	if r.reap() == 0 {
		if err := r.b.Wait(end); err != nil {
			r.t.Fatalf("Wait: %v", err)
		}
		r.flush()
		r.reap()
	}
}

// result waits for the event of token.
func (r *rig) result(token backend.Token) int {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		if e, ok := r.events[token]; ok {
			return e.Result
		}
		r.pump(end)
	}
}

// do starts q and waits for its result.
func (r *rig) do(q *backend.Request) int {
	r.t.Helper()
	return r.result(r.submit(q)[0])
}

// still checks that token's request is in flight after whatever was to happen
// at once has happened.
func (r *rig) still(token backend.Token) {
	r.t.Helper()
	r.flush()
	r.reap()
	if e, ok := r.events[token]; ok {
		r.t.Fatalf("ended with %s, want it to be in flight", describe(e.Result))
	}
}

// cancel asks for target to stop, with an answer if wanted.
func (r *rig) cancel(target backend.Token, answered bool) backend.Token {
	r.t.Helper()
	answer := backend.TokenNone
	if answered {
		answer = r.token()
	}
	for end := time.Now().Add(patience); !r.b.Cancel(target, answer); {
		r.pump(end)
	}
	r.flush()
	return answer
}

func (r *rig) want(got, want int, format string, args ...any) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: got %s, want %s", fmt.Sprintf(format, args...), describe(got), describe(want))
	}
}
