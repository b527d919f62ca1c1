//go:build unix

package proactor

import (
	"slices"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
)

// A served is a script whose requests are complete when it is told to, or at once.
type served struct {
	script
	atOnce bool
	done   int // requests completed
}

func (s *served) Submit(batch []*backend.Request) (int, error) {
	taken, err := s.script.Submit(batch)
	if s.atOnce {
		s.serve()
	}
	return taken, err
}

// serve completes whatever was taken.
func (s *served) serve() {
	for ; s.done < len(s.taken); s.done++ {
		s.post(s.taken[s.done].Token, int(len(s.taken[s.done].Buf)))
	}
}

// How many of 64 results each round after a wait takes.
func TestSlowStart(t *testing.T) {
	sync := func(p *Proactor, c *Completion, f Callback) error { return p.Fsync(c, 3, 0, f) }
	stream := func(p *Proactor, c *Completion, f Callback) error {
		return p.Read(c, 3, make([]byte, 8), CurrentPosition, f)
	}
	recv := func(p *Proactor, c *Completion, f Callback) error { return p.Recv(c, 3, make([]byte, 8), 0, f) }
	for name, test := range map[string]struct {
		submit func(*Proactor, *Completion, Callback) error
		atOnce bool
		tick   bool
		want   []int
	}{
		"reads":                   {submit: readAt, want: []int{8, 16, 32, 8}},
		"syncs":                   {submit: sync, want: []int{8, 16, 32, 8}},
		"reads of the page cache": {submit: readAt, atOnce: true, want: []int{64}},
		"reads of a stream":       {submit: stream, want: []int{64}},
		"receives":                {submit: recv, want: []int{64}},
		"reads, without Run":      {submit: readAt, tick: true, want: []int{64}},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := newServed(t, !test.tick)
			s.atOnce = test.atOnce
			roundsOf(t, p, s, 64, test.submit) // it learns whether they have to wait
			p.policy.slowStart.rounds = 0
			if got := roundsOf(t, p, s, 64, test.submit); !slices.Equal(got, test.want) {
				t.Errorf("rounds of %v results, want %v", got, test.want)
			}
		})
	}
}

// What the page cache serves does not have to wait because it exceeds the budget,
// nor because others had to before.
func TestSlowStartIsNotForThePageCache(t *testing.T) {
	p, s := newServed(t, true)
	s.atOnce = true
	want := []int{64, 64, 64, 8}
	for range 3 {
		p.policy.slowStart.rounds = 0
		if got := roundsOf(t, p, s, 200, readAt); !slices.Equal(got, want) {
			t.Errorf("rounds of %v results, want %v", got, want)
		}
	}
	s.atOnce = false
	roundsOf(t, p, s, 64, readAt)
	if !p.policy.slowStart.waits() {
		t.Error("a disk is not taken for one")
	}
	s.atOnce = true
	roundsOf(t, p, s, 64, readAt)
	p.policy.slowStart.rounds = 0
	if got := roundsOf(t, p, s, 200, readAt); !slices.Equal(got, want) {
		t.Errorf("with all in the cache, rounds of %v results, want %v", got, want)
	}
}

func TestSlowStartRestartsWhenTheLoopHasParked(t *testing.T) {
	p, _ := newServed(t, true)
	p.policy.slowStart.rounds++
	if err := p.park(0); err != nil || p.policy.slowStart.rounds != 0 {
		t.Errorf("%d rounds since the loop has waited, error %v", p.policy.slowStart.rounds, err)
	}
}

func newServed(t *testing.T, run bool) (*Proactor, *served) {
	t.Helper()
	s := &served{script: script{room: -1, cancelRoom: -1}}
	p := simulate(t, Config{}, s)
	if run {
		p.policy.start()
	}
	return p, s
}

func readAt(p *Proactor, c *Completion, f Callback) error { return p.Read(c, 3, make([]byte, 8), 0, f) }

// roundsOf makes n operations, and returns how many callbacks each round had.
func roundsOf(t *testing.T, p *Proactor, s *served, n int, submit func(*Proactor, *Completion, Callback) error) (rounds []int) {
	t.Helper()
	calls := 0
	for range n {
		if err := submit(p, new(Completion), func(*Completion, Result) { calls++ }); err != nil {
			t.Fatal(err)
		}
	}
	if !s.atOnce {
		if _, err := p.round(); err != nil || calls > 0 {
			t.Fatalf("a round that submits: %v and %d callbacks", err, calls)
		}
		s.serve()
	}
	for calls < n {
		before := calls
		if worked, err := p.round(); err != nil || !worked {
			t.Fatalf("a round with %d results left: worked %v, error %v", n-calls, worked, err)
		}
		rounds = append(rounds, calls-before)
	}
	return rounds
}
