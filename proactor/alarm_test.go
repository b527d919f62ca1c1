//go:build unix

package proactor_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func setAlarm(t testing.TB, p *proactor.Proactor, a *alarm.Alarm, d time.Duration) (wasSet bool) {
	t.Helper()
	wasSet, err := hook.SetAlarm(p, a, d)
	if err != nil {
		t.Fatal(err)
	}
	return wasSet
}

// sounding is an Alarm, and where it tells of each call.
func sounding() (*alarm.Alarm, <-chan time.Time) {
	called := make(chan time.Time, 16)
	return &alarm.Alarm{F: func() { called <- time.Now() }}, called
}

func TestAlarmSoundsOnceAndNeverEarly(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	for _, d := range []time.Duration{-time.Second, 0, 50 * time.Microsecond, 3 * time.Millisecond} {
		a, called := sounding()
		due := time.Now().Add(d)
		if setAlarm(t, p, a, d) {
			t.Error("a new alarm was set before")
		}
		if at := testutil.Receive(t, called, "the alarm"); at.Before(due) {
			t.Errorf("%v early", due.Sub(at))
		}
		if hook.StopAlarm(p, a) || len(called) > 0 {
			t.Error("it is still set, or was called twice")
		}
	}
}

// The loop has parked for an hour when an alarm is set for earlier; and again.
func TestEarlierAlarmWakesTheLoop(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	for range 200 {
		hour, _ := sounding()
		setAlarm(t, p, hour, time.Hour)
		soon, called := sounding()
		setAlarm(t, p, soon, 100*time.Microsecond)
		testutil.Receive(t, called, "the earlier alarm")
		if !hook.StopAlarm(p, hour) {
			t.Fatal("the later alarm is not set any more")
		}
	}
}

func TestMovedAlarmSoundsAtItsNewInstant(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	for _, move := range [][2]time.Duration{{time.Hour, time.Millisecond}, {time.Millisecond, 5 * time.Millisecond}} {
		a, called := sounding()
		setAlarm(t, p, a, move[0])
		due := time.Now().Add(move[1])
		wasSet, err := hook.SetAlarmAt(p, a, due)
		if err != nil {
			t.Fatal(err)
		}
		if at := testutil.Receive(t, called, "the alarm"); wasSet && at.Before(due) {
			t.Errorf("%v early", due.Sub(at))
		}
	}
}

func TestAlarmFunctionMaySetAndStopAlarms(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	other := &alarm.Alarm{F: func() { t.Error("an alarm sounded that another had stopped") }}
	var a alarm.Alarm
	done, left := make(chan struct{}), 10
	a.F = func() {
		hook.StopAlarm(p, other)
		if left--; left == 0 {
			close(done)
			return
		}
		if _, err := hook.SetAlarm(p, &a, 0); err != nil {
			t.Error(err)
		}
		if _, err := hook.SetAlarm(p, other, time.Hour); err != nil {
			t.Error(err)
		}
	}
	setAlarm(t, p, &a, 0)
	testutil.Receive(t, done, "the tenth call")
}

func TestCloseStopsAlarmsAndRefusesMore(t *testing.T) {
	p := open(t, proactor.Config{})
	stop := run(t, p)
	never := &alarm.Alarm{F: func() { t.Error("called after Close") }}
	setAlarm(t, p, never, time.Hour)
	closer := &alarm.Alarm{F: func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}}
	setAlarm(t, p, closer, 0)
	testutil.Receive(t, p.Done(), "the end")
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if hook.StopAlarm(p, never) {
		t.Error("still set")
	}
	_, err := hook.SetAlarm(p, never, 0)
	wantIs(t, err, net.ErrClosed)
	_, err = hook.SetAlarmAt(p, never, time.Now())
	wantIs(t, err, net.ErrClosed)
}

// An alarm that is set keeps the proactor from ending; one that was stopped does
// not, though nothing tells the loop of that.
func TestIdleTimeoutWaitsForAlarms(t *testing.T) {
	p := open(t, proactor.Config{IdleTimeout: time.Millisecond})
	ended := make(chan error, 1)
	a, called := sounding()
	setAlarm(t, p, a, 20*time.Millisecond)
	hour, _ := sounding()
	setAlarm(t, p, hour, time.Hour)
	go func() { ended <- p.Run(context.Background()) }()
	testutil.Receive(t, called, "the alarm")
	select {
	case <-p.Done():
		t.Error("it ended with an alarm set")
	default:
	}
	hook.StopAlarm(p, hour)
	if err := testutil.Receive(t, ended, "the end"); err != nil {
		t.Error(err)
	}
}

// Either the proactor ends for want of use and refuses the alarm, or it sounds.
func TestSetAlarmRacesWithTheIdleEnd(t *testing.T) {
	testutil.CheckLeaks(t)
	sounded, refused := 0, 0
	for range 200 {
		p, err := proactor.New(proactor.Config{IdleTimeout: 200 * time.Microsecond})
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() { _ = p.Run(context.Background()) })
		a, called := sounding()
		time.Sleep(150 * time.Microsecond)
		if _, err := hook.SetAlarm(p, a, 0); err != nil {
			wantIs(t, err, net.ErrClosed)
			refused++
		} else {
			testutil.Receive(t, called, "the alarm that was taken")
			sounded++
		}
		running.Wait()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("sounded %d times, refused %d times", sounded, refused)
}

// In a bubble the clock is another one, and stands still while the kernel is
// waited for: an alarm takes the proactor's time from the loop.
func TestAlarmSetInABubble(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	var calls atomic.Int64
	called := make(chan struct{}, 4)
	soon := &alarm.Alarm{F: func() { calls.Add(1); called <- struct{}{} }}
	moved := &alarm.Alarm{F: func() { calls.Add(1); called <- struct{}{} }}
	hour := &alarm.Alarm{F: func() { t.Error("an hour has passed") }}
	start := time.Now()
	synctest.Test(t, func(t *testing.T) {
		setAlarm(t, p, soon, 2*time.Millisecond)
		setAlarm(t, p, hour, time.Hour)
		if _, err := hook.SetAlarmAt(p, moved, time.Now().Add(2*time.Millisecond)); err != nil {
			t.Error(err)
		}
	})
	testutil.Receive(t, called, "an alarm")
	testutil.Receive(t, called, "the other")
	if elapsed := time.Since(start); elapsed < 2*time.Millisecond {
		t.Errorf("after %v", elapsed)
	}
	if !hook.StopAlarm(p, hour) || calls.Load() != 2 {
		t.Errorf("%d calls", calls.Load())
	}
}
