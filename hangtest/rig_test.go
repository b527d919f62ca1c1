package hangtest

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// patience is for what comes soon, on a machine that does other things too.
const patience = 30 * time.Second

// eventually waits for what comes soon.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// open starts an IO, which is closed at the end. A close that hangs fails the test.
func open(t testing.TB, config await.Config) *await.IO {
	t.Helper()
	aio, err := await.Start(config)
	must(t, err)
	t.Cleanup(func() {
		closed := make(chan error, 1)
		go func() { closed <- aio.Close() }()
		select {
		case err := <-closed:
			must(t, err)
		case <-time.After(patience):
			t.Error("Close hangs")
		}
	})
	return aio
}

// threads is how many this process has.
func threads(t testing.TB) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	must(t, err)
	return len(tasks)
}

// held is how many threads of this process are in a system call, and neither wait for Go's
// scheduler nor for its network poller: a thread that the runtime keeps for later is not held.
func held(t testing.TB) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	must(t, err)
	for _, task := range tasks {
		in, err := os.ReadFile("/proc/self/task/" + task.Name() + "/syscall")
		if err != nil {
			continue // it has ended
		}
		number, _, _ := strings.Cut(string(in), " ")
		switch number {
		case "running\n", strconv.Itoa(unix.SYS_FUTEX), strconv.Itoa(unix.SYS_EPOLL_PWAIT), strconv.Itoa(unix.SYS_NANOSLEEP), strconv.Itoa(unix.SYS_READ):
		default:
			n++
		}
	}
	return n
}

// leastHeld looks a few times, until no more than enough are held: a thread is in other system calls for a moment.
func leastHeld(t testing.TB, enough int) (n int) {
	t.Helper()
	n = held(t)
	for range 20 {
		if n <= enough {
			break
		}
		time.Sleep(10 * time.Millisecond)
		n = min(n, held(t))
	}
	return n
}

// briefly makes a call with a context that ends soon, and tells how long it took beyond that.
func briefly(d time.Duration, call func(ctx context.Context) error) (late time.Duration, err error) {
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	end := time.Now().Add(d)
	err = call(ctx)
	return time.Since(end), err
}

// stateOf is the state of the mount of s.
func stateOf(aio *await.IO, s *server) (state await.MountState) {
	for _, m := range aio.Mounts() {
		if m.Mount == s.at {
			state = m
		}
	}
	return state
}

// idle reports whether no call is under way on the mount of s.
func idle(aio *await.IO, s *server) bool {
	m := stateOf(aio, s)
	return m.Running+m.InLine+m.Stuck+m.Lost == 0
}
