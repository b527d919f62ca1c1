//go:build unix

package fdcall

import (
	"context"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

type panickingValue struct{ context.Context }

func (panickingValue) Value(any) any { panic("as the test wants") }

// A context whose Value panics leaves no call that is admitted, or in line for a lock. It is asked before a wait, and
// where a Shutdown has begun.
func TestAdmitOfContextThatPanics(t *testing.T) {
	for name, refusing := range map[string]bool{"": false, "shutdown": true} {
		t.Run(name, func(t *testing.T) {
			s := open(t, proactor.Config{})
			s.refusing.Store(refusing)
			d := &Descriptor{Loop: s.First(), FD: -1, Kind: Socket}
			lock := new(FairLock)
			lock.enter()
			sent := make(chan any)
			go func() {
				defer func() { sent <- recover() }()
				_, _ = d.Send(panickingValue{background}, lock, []byte("x"))
			}()
			select {
			case p := <-sent:
				if p == nil {
					t.Error("no panic")
				}
				lock.Unlock()
			case <-time.After(10 * time.Millisecond): // it waits for the lock, which it must not get
				lock.Unlock()
				<-sent
			}
			if n := s.admitted.calls.Load(); n != 0 {
				t.Errorf("%d calls are admitted", n)
			}
			if !lock.TryLock() {
				t.Error("the lock is held")
			}
			s.refusing.Store(false)
		})
	}
}
