//go:build unix

package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// restless is a World in which anything may happen.
var restless = Options{
	Entries:      7,
	NetDelay:     Span{0, time.Millisecond},
	FileDelay:    Span{0, time.Second},
	Late:         Span{0, time.Millisecond},
	WireDelay:    Span{0, 10 * time.Millisecond},
	Segment:      Sizes{1, 9},
	StreamBuffer: 50,
	ShortReads:   0.3, ShortWrites: 0.3, TornWrites: 0.1, Stubborn: 0.3, Loss: 0.2,
}

// run is a busy while in a World, and returns the trace of it.
func trace(t *testing.T, seed uint64, plan *Plan) []string {
	var lines []string
	o := restless
	o.Trace = func(line string) { lines = append(lines, line) }
	inFaultyWorld(t, seed, o, plan, func(r *rig) {
		bustle(r, rand.New(rand.NewPCG(seed, 99)), func() {
			for _, token := range r.order {
				lines = append(lines, fmt.Sprintf("event %+v", r.events[token]))
			}
			r.order = nil
		})
	})
	return lines
}

// bustle submits and cancels at random.
func bustle(r *rig, chance *rand.Rand, note func()) {
	a, b := r.w.SocketPair()
	fd, peer := r.w.Conn()
	c, d := r.w.DatagramPair()
	file := int(r.do(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR)))
	var tokens []backend.Token
	for range 60 {
		size := 1 + chance.IntN(40)
		data := string(make([]byte, size))
		switch chance.IntN(11) {
		case 0:
			tokens = append(tokens, r.start(send(a, data, 0)))
		case 1:
			tokens = append(tokens, r.start(recv(b, make([]byte, size), 0)))
		case 2:
			tokens = append(tokens, r.start(recv(b, make([]byte, size), unix.MSG_WAITALL)))
		case 3:
			peer.Write([]byte(data))
		case 4:
			tokens = append(tokens, r.start(recv(fd, make([]byte, size), 0)))
		case 5:
			tokens = append(tokens, r.start(send(c, data, 0)))
		case 6:
			tokens = append(tokens, r.start(recv(d, make([]byte, size), 0)))
		case 7:
			tokens = append(tokens, r.start(write(file, data, int64(size))))
		case 8:
			tokens = append(tokens, r.start(read(file, make([]byte, size), 0)))
		case 9:
			if len(tokens) > 0 {
				r.cancel(tokens[chance.IntN(len(tokens))])
			}
		default:
			r.pass(time.Duration(chance.IntN(5)) * time.Millisecond)
		}
		note()
	}
	r.pass(time.Minute)
	note()
}

func TestSameSeedSameTrace(t *testing.T) {
	plans := map[string]*Plan{"plain": nil, "faulty": &everything}
	for name, plan := range plans {
		t.Run(name, func(t *testing.T) {
			for seed := range Seeds(20) {
				first, second := trace(t, seed, plan), trace(t, seed, plan)
				if !slices.Equal(first, second) {
					t.Fatalf("seed %d: two runs differ: %s=%d replays it", seed, SeedVariable, seed)
				}
				if other := trace(t, seed+1, plan); slices.Equal(first, other) {
					t.Errorf("seeds %d and %d have the same trace", seed, seed+1)
				}
			}
		})
	}
}

func TestSeedsComeFromTheVariables(t *testing.T) {
	for _, tt := range []struct {
		seed, count string
		want        []uint64
	}{
		{"", "", []uint64{1, 2, 3}},
		{"", "2", []uint64{1, 2}},
		{"18", "", []uint64{18}},
		{"18", "9", []uint64{18}},
	} {
		t.Setenv(SeedVariable, tt.seed)
		t.Setenv(CountVariable, tt.count)
		if got := slices.Collect(Seeds(3)); !slices.Equal(got, tt.want) {
			t.Errorf("seed %q, count %q: %v, want %v", tt.seed, tt.count, got, tt.want)
		}
	}
}
