//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestRaceReturnsTheFirst(t *testing.T) {
	io := open(t, Config{})
	a, b := testutil.SocketPair(t)
	mustWrite(t, a, []byte("data"))
	recv, sleep := io.Async().Recv(b, make([]byte, 8), 0), io.Async().Sleep(time.Hour)
	i, err := Race(background, sleep, recv)
	wantCount(t, "Race", i, err, 1)
	n, err := recv.Await(background)
	wantCount(t, "Await of the winner", n, err, 4)
	wantIs(t, done(background, sleep), proactor.ErrCanceled)

	i, err = Race(background, io.Async().Recv(b, make([]byte, 8), 0), io.Async().Sleep(time.Millisecond))
	wantCount(t, "Race", i, err, 1)
}

// The losers have ended when Race returns: their buffers are free.
func TestRaceWaitsForItsLosers(t *testing.T) {
	io := open(t, Config{})
	a, b := testutil.SocketPair(t)
	for range 300 {
		p, q := make([]byte, 64), make([]byte, 64)
		losers := []Pending{io.Async().Recv(b, p, 0), io.Async().Recv(b, q, 0), io.Async().Sleep(time.Hour)}
		i, err := Race(background, append(losers, io.Async().Nop())...)
		wantCount(t, "Race", i, err, len(losers))
		for i, f := range losers {
			if !isDone(f) {
				t.Errorf("loser %d is still under way", i)
			}
		}
		testutil.Poison(p)
		testutil.Poison(q)
		mustWrite(t, a, []byte("late"))
		mustRead(t, b, 4)
		testutil.CheckPoison(t, p)
		testutil.CheckPoison(t, q)
	}
}

func TestRaceEndsWithItsContext(t *testing.T) {
	io := open(t, Config{})
	_, b := testutil.SocketPair(t)
	ctx, cause := canceled()
	recv := io.Async().Recv(b, make([]byte, 8), 0)
	i, err := Race(ctx, recv, io.Async().Sleep(time.Hour))
	wantIs(t, err, cause)
	if i != -1 {
		t.Errorf("got index %d, want -1", i)
	}
	if !isDone(recv) {
		t.Error("Race returned before its futures had ended")
	}

	expired, cancel := context.WithTimeout(background, 2*time.Millisecond)
	defer cancel()
	i, err = Race(expired, io.Async().Sleep(time.Hour))
	wantIs(t, err, context.DeadlineExceeded)
	if i != -1 {
		t.Errorf("got index %d, want -1", i)
	}
}

func TestRaceThatIsWonIgnoresItsContext(t *testing.T) {
	io := open(t, Config{})
	f := io.Async().Nop()
	must(t, done(background, f))
	ctx, _ := canceled()
	i, err := Race(ctx, io.Async().Sleep(time.Hour), f)
	wantCount(t, "Race", i, err, 1)
}

func TestRaceOfNoneOrOneOrTheSameTwice(t *testing.T) {
	io := open(t, Config{})
	i, err := Race(background)
	if i != -1 || !errors.Is(err, os.ErrInvalid) {
		t.Errorf("Race of none: got %d, %v", i, err)
	}
	i, err = Race(background, io.Async().Nop())
	wantCount(t, "Race of one", i, err, 0)
	f := io.Async().Sleep(time.Millisecond)
	i, err = Race(background, f, f)
	wantCount(t, "Race of the same twice", i, err, 0)
	must(t, done(background, f))
}

// A failure completes a future too.
func TestRefusedFutureWinsARace(t *testing.T) {
	io := open(t, Config{})
	refused := func() *Future[int] { return io.Async().Recv(-1, make([]byte, 8), 0) }
	i, err := Race(background, refused(), refused())
	wantCount(t, "Race of refused futures", i, err, 0)
	sleep := io.Async().Sleep(time.Hour)
	i, err = Race(background, sleep, refused())
	wantCount(t, "Race", i, err, 1)
	wantIs(t, done(background, sleep), proactor.ErrCanceled)
}

func TestDescriptorOfALoserIsClosed(t *testing.T) {
	io := open(t, Config{})
	listener, addr := testutil.Listener(t)
	won := [3]int{}
	for range 200 {
		accept := io.Async().Accept(listener, 0)
		client, err := net.DialTCP("tcp", nil, addr)
		must(t, err)
		socket := io.Async().Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		i, err := Race(background, accept, socket, io.Async().Nop())
		must(t, err)
		won[i]++
		fds := []*Future[int]{accept, socket}
		for j, f := range fds {
			fd, err := f.Await(background)
			switch {
			case j == i:
				must(t, err)
				must(t, io.CloseFD(background, fd))
			case err == nil:
				t.Errorf("loser %d of a race won by %d has descriptor %d", j, i, fd)
			default:
				wantIs(t, err, proactor.ErrCanceled)
			}
		}
		must(t, client.SetLinger(0))
		must(t, client.Close())
	}
	t.Logf("accept, socket and nop won %d times", won)
}
