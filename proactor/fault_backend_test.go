//go:build unix

package proactor

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A script is a backend that does what its test says: it takes as much as it is
// told, and its events are those the test posts.
type script struct {
	room        int // how many requests it takes; negative: any number
	cancelRoom  int // likewise cancels
	err         error
	taken       []backend.Request
	canceled    []backend.Token
	refused     int
	events      []backend.Event
	waits, ends int
}

func (s *script) Name() string { return "script" }

func (s *script) Features() backend.Features {
	return backend.Features{Ops: backend.AllOps, LinkedTimeout: true}
}

func (s *script) Submit(batch []*backend.Request) (taken int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	for taken < len(batch) && s.room != 0 {
		s.taken = append(s.taken, *batch[taken])
		taken++
		s.room--
	}
	return taken, nil
}

func (s *script) Cancel(target, answer backend.Token) bool {
	if s.cancelRoom == 0 {
		s.refused++
		return false
	}
	s.cancelRoom--
	s.canceled = append(s.canceled, target)
	if answer != backend.TokenNone {
		s.post(answer, 0)
	}
	return true
}

func (s *script) Reap(events []backend.Event) int {
	n := copy(events, s.events)
	s.events = s.events[n:]
	return n
}

func (s *script) Wait(time.Time) error       { s.waits++; return nil }
func (s *script) Wake()                      {}
func (s *script) Counters() backend.Counters { return backend.Counters{} }
func (s *script) Close() error               { s.ends++; return nil }

func (s *script) post(token backend.Token, result int, flags ...backend.EventFlags) {
	e := backend.Event{Token: token, Result: result}
	if len(flags) > 0 {
		e.Flags = flags[0]
	}
	s.events = append(s.events, e)
}

// end posts the result of the request taken as number i.
func (s *script) end(i int, result int) { s.post(s.taken[i].Token, result) }

// stop ends what was canceled and has not ended.
func (s *script) stop() {
	slices.Sort(s.canceled)
	for _, token := range slices.Compact(s.canceled) {
		s.post(token, -int(syscall.ECANCELED))
	}
	s.canceled = nil
}

// newScripted returns a rig on a script that takes everything. The test ends
// what it starts.
func newScripted(t testing.TB, config Config) (*rig, *script) {
	t.Helper()
	s := &script{room: -1, cancelRoom: -1}
	return &rig{t, simulate(t, config, s)}, s
}

// part waits until the backend has taken n requests in all.
func (s *script) part(r *rig, n int) {
	r.Helper()
	r.until("the next part", func() bool { return len(s.taken) >= n })
}

// took checks which operations the backend has had so far.
func (s *script) wantSubmitted(t testing.TB, want ...backend.Op) {
	t.Helper()
	var got []backend.Op
	for _, r := range s.taken {
		got = append(got, r.Op)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the backend took %v, want %v", got, want)
	}
}
