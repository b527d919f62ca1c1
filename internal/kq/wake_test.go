//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// wantPrompt runs a Wait without a deadline, which something else must end.
func wantPrompt(t *testing.T, p *Poller) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.Wait(time.Time{}) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("wait: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Wait did not end")
	}
}

// wantSleep checks that Wait waits until its deadline. A signal may end one or
// another, not each.
func wantSleep(t *testing.T, p *Poller) {
	t.Helper()
	var slept time.Duration
	for range 5 {
		start := time.Now()
		if err := p.Wait(start.Add(calm)); err != nil {
			t.Fatal(err)
		}
		if slept = time.Since(start); slept >= calm {
			return
		}
	}
	t.Errorf("Wait ended after %v, again and again, for no reason", slept)
}

func TestWakeBeforeWait(t *testing.T) {
	testutil.CheckLeaks(t)
	p := openPoller(t)
	for range 3 {
		p.Wake()
		wantPrompt(t, p)
	}
	p.Wake()
	wantTold(t, events(t, p))
	wantPrompt(t, p) // Events does not use it up
}

func TestWakesAreOne(t *testing.T) {
	p := openPoller(t)
	before := p.SystemCalls()
	for range 1000 {
		p.Wake()
	}
	if n := p.SystemCalls() - before; n != 0 {
		t.Errorf("waking a poller that does not sleep took %d system calls", n)
	}
	wantPrompt(t, p)
	wantSleep(t, p)
	before = p.SystemCalls()
	p.Wake()
	if p.SystemCalls() != before {
		t.Error("the poller still counts as asleep")
	}
}

func TestWakeDuringWait(t *testing.T) {
	p := openPoller(t)
	for range 5 {
		var waker sync.WaitGroup
		waker.Go(func() {
			time.Sleep(calm / 4)
			p.Wake()
		})
		wantPrompt(t, p)
		wantTold(t, events(t, p))
		waker.Wait()
	}
	wantSleep(t, p)
}

// The trigger of a Wake can come after its Wait has ended for another reason. It
// must not end a later one's sleep for good, nor keep it from being woken.
func TestLateTrigger(t *testing.T) {
	p := openPoller(t)
	p.trigger()
	wantSleep(t, p)
	p.trigger()
	wantTold(t, events(t, p))
	wantSleep(t, p)
	p.trigger()
	p.Wake()
	wantPrompt(t, p)
	wantSleep(t, p)
}

func TestManyTriggers(t *testing.T) {
	p := openPoller(t)
	for range 1<<16 + 1 { // more than a pipe holds
		p.trigger()
	}
	for range 10 {
		wantTold(t, events(t, p))
	}
	wantSleep(t, p)
	p.Wake()
	wantPrompt(t, p)
}

// Every Wake ends a Wait that began before it or begins after it, whichever goroutine
// calls it and whatever else happens.
func TestWakeFromManyGoroutines(t *testing.T) {
	testutil.CheckLeaks(t)
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	const wakers, rounds = 4, 200
	var mu sync.Mutex
	posted := 0
	var group sync.WaitGroup
	for range wakers {
		group.Go(func() {
			for range rounds {
				mu.Lock()
				posted++
				mu.Unlock()
				p.Wake()
			}
		})
	}
	for seen := 0; seen < wakers*rounds; {
		if seen%3 == 0 {
			mustArm(t, p, a, false, true)
		}
		start := time.Now()
		if err := p.Wait(start.Add(patience)); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > patience/2 {
			t.Fatalf("a Wake got lost after %d", seen)
		}
		events(t, p)
		mu.Lock()
		seen = posted
		mu.Unlock()
	}
	group.Wait()
}

// What was written before Wake is visible after the Wait it ends: the race
// detector watches the plain variable.
func TestWakePublishes(t *testing.T) {
	p := openPoller(t)
	message := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		message = 1
		p.Wake()
	}()
	time.Sleep(calm) // a Wait that sleeps may end before the Wake
	if err := p.Wait(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if message != 1 {
		t.Error("Wait ended without the Wake")
	}
	<-done
}

func TestCloseWhileWaiting(t *testing.T) {
	testutil.CheckLeaks(t)
	for i := range 20 {
		p, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			for {
				if err := p.Wait(time.Time{}); err != nil {
					done <- err
					return
				}
			}
		}()
		time.Sleep(time.Duration(i%4) * time.Millisecond)
		if i%2 == 0 {
			p.Wake()
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("wait: %v, want os.ErrClosed", err)
			}
		case <-time.After(patience):
			t.Fatal("Wait did not end")
		}
	}
}

// Wakers that come late must not touch the descriptors that follow the poller's
// under their numbers.
func TestWakeAfterClose(t *testing.T) {
	testutil.CheckLeaks(t)
	for range 20 {
		p, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						p.sleep.Store(asleep) // as if each had somebody to wake
						p.Wake()
					}
				}
			})
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		wantSilentNumbers(t)
		close(stop)
		group.Wait()
	}
}

// wantSilentNumbers takes the lowest free numbers, which the poller had, and
// checks that nobody writes to them.
func wantSilentNumbers(t *testing.T) {
	t.Helper()
	var pairs [4][2]int
	for i := range pairs {
		pairs[i][0], pairs[i][1] = testutil.SocketPair(t)
	}
	time.Sleep(time.Millisecond)
	for _, pair := range pairs {
		for _, fd := range pair {
			if err := unix.SetNonblock(fd, true); err != nil {
				t.Fatal(err)
			}
			if n, err := unix.Read(fd, make([]byte, 1)); err != unix.EAGAIN {
				t.Errorf("read %d bytes, %v, from a descriptor nobody knows", n, err)
			}
		}
	}
	for _, pair := range pairs {
		testutil.Close(t, pair[0])
		testutil.Close(t, pair[1])
	}
}

// Where something else has closed the kqueue, a wake-up that cannot be sent is told by
// the next call.
func TestWakeOfAKqueueThatIsGone(t *testing.T) {
	testutil.CheckLeaks(t)
	p, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	p.sleep.Store(asleep)
	if err := errors.Join(sysClose(p.kq), p.closeWaker()); err != nil {
		t.Fatal(err)
	}
	p.Wake()
	p.sleep.Store(awake)
	if err := p.Wait(time.Now().Add(time.Second)); !errors.Is(err, unix.EBADF) {
		t.Errorf("wait: %v", err)
	}
	if err := p.Close(); err == nil {
		t.Error("closing it again succeeds")
	}
}
