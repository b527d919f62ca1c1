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

func TestAllWaitsForAll(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	start := time.Now()
	const long = 5 * time.Millisecond
	recv := io.Async().Recv(b, make([]byte, 8), 0)
	fs := []Pending{io.Async().Nop(), io.Async().Sleep(long), recv, io.Async().Send(a, []byte("data"), 0)}
	must(t, All(background, fs...))
	if passed := time.Since(start); passed < long {
		t.Errorf("All returned after %v, want %v", passed, long)
	}
	for i, f := range fs {
		if !isDone(f) {
			t.Errorf("future %d is not complete", i)
		}
	}
	n, err := recv.Await(background)
	wantCount(t, "Await", n, err, 4)
}

func TestAllOfNoneOrOneOrTheSameTwice(t *testing.T) {
	io := open(t, Config{})
	must(t, All(background))
	must(t, All(background, io.Async().Nop()))
	f := io.Async().Sleep(time.Millisecond)
	must(t, All(background, f, f))
	must(t, All(background, f, f)) // complete already
}

// The first failure cancels the rest, and their buffers are free on return.
func TestAllEndsWithTheFirstFailure(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	for range 100 {
		p := make([]byte, 64)
		waits := io.Async().Recv(b, p, 0)
		fails := io.Async().OpenAt(proactor.AtCWD, "no/such/file", 0, 0)
		sleeps := io.Async().Sleep(time.Hour)
		err := All(background, waits, fails, sleeps)
		wantIs(t, err, os.ErrNotExist)
		wantOpError(t, err, "openat", proactor.AtCWD)
		if !isDone(waits) || !isDone(sleeps) {
			t.Error("All returned before the others had ended")
		}
		testutil.Poison(p)
		mustWrite(t, a, []byte("late"))
		mustRead(t, b, 4)
		testutil.CheckPoison(t, p)
		_, err = waits.Await(background)
		wantIs(t, err, proactor.ErrCanceled)
	}
}

func TestAllEndsWithItsContext(t *testing.T) {
	io := open(t, Config{})
	_, b := socketPair(t)
	ctx, cause := canceled()
	recv, sleep := io.Async().Recv(b, make([]byte, 8), 0), io.Async().Sleep(time.Hour)
	wantIs(t, All(ctx, recv, sleep), cause)
	if !isDone(recv) || !isDone(sleep) {
		t.Error("All returned before its futures had ended")
	}

	expired, cancel := context.WithTimeout(background, 2*time.Millisecond)
	defer cancel()
	wantIs(t, All(expired, io.Async().Sleep(time.Hour)), context.DeadlineExceeded)
}

// What is complete is complete, though the context has ended.
func TestAllOfCompleteFuturesIgnoresItsContext(t *testing.T) {
	io := open(t, Config{})
	f, g := io.Async().Nop(), io.Async().Nop()
	must(t, done(background, f))
	must(t, done(background, g))
	ctx, _ := canceled()
	must(t, All(ctx, f, g))
}

func TestAllWithARefusedFutureCancelsTheRest(t *testing.T) {
	io := open(t, Config{})
	_, b := socketPair(t)
	refused := io.Async().Recv(-1, make([]byte, 8), 0)
	for _, order := range [][]Pending{
		{refused, io.Async().Recv(b, make([]byte, 8), 0)},
		{io.Async().Recv(b, make([]byte, 8), 0), refused},
		{refused},
		{refused, refused},
	} {
		wantIs(t, All(background, order...), unix.EBADF)
		for _, f := range order {
			if !isDone(f) {
				t.Error("All returned before its futures had ended")
			}
		}
	}
}

func TestAllThatFailsClosesWhatWasMade(t *testing.T) {
	io := open(t, Config{})
	for range 100 {
		made := io.Async().Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		receive(t, made.Done(), "socket")
		wantIs(t, All(background, made, io.Async().OpenAt(proactor.AtCWD, "no/such/file", 0, 0)), os.ErrNotExist)
		_, err := made.Await(background)
		wantIs(t, err, proactor.ErrCanceled)
	}
}

func TestGroupsRefuseNil(t *testing.T) {
	io := open(t, Config{})
	f := io.Async().Nop()
	for what, err := range map[string]error{
		"All with a nil context": All(noContext, f),
		"All with a nil future":  All(background, f, nil),
		"Race with a nil context": func() error {
			_, err := Race(noContext, f)
			return err
		}(),
		"Race with a nil future": func() error {
			_, err := Race(background, nil, f)
			return err
		}(),
	} {
		var failed *proactor.OpError
		if !errors.As(err, &failed) || failed.Op != "await" {
			t.Errorf("%s: got %v, want an OpError of await", what, err)
		}
	}
	must(t, done(background, f)) // it was not cancelled
}

func TestGroupsOfSeveralIOs(t *testing.T) {
	one := open(t, Config{})
	two, err := start(t, Config{})
	must(t, err)
	defer two.Close() // its kernel worker stays until the other's ring is gone too: they share threads
	_, b := socketPair(t)
	must(t, All(background, one.Async().Sleep(time.Millisecond), two.Async().Sleep(time.Millisecond), one.Async().Nop()))
	for range 100 {
		i, err := Race(background, one.Async().Recv(b, make([]byte, 8), 0), two.Async().Nop(), one.Async().Sleep(time.Hour))
		wantCount(t, "Race", i, err, 1)
	}
	err = All(background, one.Async().Recv(b, make([]byte, 8), 0), two.Async().OpenAt(proactor.AtCWD, "no/such/file", 0, 0))
	wantIs(t, err, os.ErrNotExist)
}

// The futures of an IO that is closed have ended; those of another go on.
func TestGroupsOfAClosedIOAndAnother(t *testing.T) {
	closing, other := open(t, Config{}), open(t, Config{})
	sleep := closing.Async().Sleep(time.Hour)
	must(t, closing.Close())
	nap := other.Async().Sleep(time.Hour)
	i, err := Race(background, nap, sleep)
	wantCount(t, "Race", i, err, 1)
	wantIs(t, All(background, sleep, other.Async().Sleep(time.Hour)), net.ErrClosed)
	if !isDone(nap) {
		t.Error("Race returned before the loser had ended")
	}
}

func TestRaceReturnsTheFirst(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
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
	a, b := socketPair(t)
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
	_, b := socketPair(t)
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
	listener, addr := listener(t)
	won := [3]int{}
	for range 200 {
		accept := io.Async().Accept(listener, 0)
		client, err := outside.Dial("tcp", addr.String())
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
		must(t, client.(lingerer).SetLinger(0))
		must(t, client.Close())
	}
	t.Logf("accept, socket and nop won %d times", won)
}
