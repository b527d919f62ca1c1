//go:build unix

package await

import (
	"context"
	goio "io"
	"testing"
	"time"
)

// chatter has b send to a, again and again with a pause between, until stop, which waits for all to be received.
func chatter(t *testing.T, a, b *Conn, pause time.Duration) (stop func()) {
	stopped := make(chan struct{})
	sent := later(func() (n int, err error) {
		for {
			select {
			case <-stopped:
				return n, b.CloseWrite()
			case <-time.After(pause):
			}
			m, err := b.Write(make([]byte, 512))
			if n += m; err != nil {
				return n, err
			}
		}
	})
	received := later(func() (int, error) {
		n, err := goio.Copy(goio.Discard, onlyReader{a})
		return int(n), err
	})
	return func() {
		close(stopped)
		all := receive(t, sent, "end of what is sent")
		must(t, all.err)
		o := receive(t, received, "end of what is received")
		wantCount(t, "copy", o.n, o.err, all.n)
	}
}

type onlyReader struct{ goio.Reader }

// A Shutdown of the default IO waits for the calls that were under way, and lists none that began later, beside
// receives that wait, one after the other.
func TestShutdownOfTheDefaultLeavesLaterCallsAlone(t *testing.T) {
	for _, pause := range []time.Duration{time.Microsecond, 5 * time.Millisecond} {
		t.Run(pause.String(), func(t *testing.T) {
			io := theDefault(t)
			a, b := pairOn(t, io, "tcp4")
			c, d := pairOn(t, io, "tcp4")
			must(t, writeOne(d))
			must(t, second(c.Read(make([]byte, 1))))
			read := later(func() (int, error) { return c.Read(make([]byte, 1)) })
			waitUnderWay(t, io, 1, c)
			stop := chatter(t, a, b, pause)
			time.Sleep(10 * time.Millisecond)
			ctx, cancel := context.WithTimeout(background, patience/2)
			defer cancel()
			ended := later(func() (int, error) { return 0, io.Shutdown(ctx) })
			select {
			case o := <-ended:
				t.Errorf("Shutdown has ended beside a call: %v", o.err)
			case <-time.After(50 * time.Millisecond):
				must(t, writeOne(d))
				must(t, receive(t, ended, "the end of Shutdown").err)
			}
			must(t, writeOne(d))
			must(t, receive(t, read, "the end of the read").err)
			stop()
			for _, x := range []*Conn{a, b, c, d} {
				must(t, x.Close())
			}
		})
	}
}
