//go:build unix

package lawstest

import (
	"bytes"
	"errors"
	"slices"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// verdict is after everything.
func (l *schedule) verdict() {
	for _, f := range l.ops {
		if f.calls != 1 {
			l.errorf("%s had %d callbacks", f.name, f.calls)
		}
		if f.target != nil && f.r.Err == nil && f.target.calls == 1 && f.target.r.Err == nil && f.target.name != "close" {
			l.errorf("the cancel of a %s succeeded, and so did the %s", f.target.name, f.target.name)
		}
		testutil.CheckPoison(l, f.buf)
	}
	for _, lane := range l.lanes {
		l.judgeLane(lane)
	}
	l.judgeProactor()
	l.judgeWorld()
}

// judgeLane looks for bytes lost, doubled or changed.
func (l *schedule) judgeLane(x *lane) {
	got, left := x.got, 0
	switch {
	case x.toPeer:
		got = append(got, x.peer.Read()...)
	case x.peer != nil:
		arrived, wire := x.peer.Unread()
		left = arrived + wire
	default:
		arrived, wire := l.w.Unread(x.sink.fd)
		left = arrived + wire
	}
	if !x.toPeer {
		got = x.assemble(nil, x.chunks)
	}
	if want := x.pattern(0, len(got)); got == nil && len(x.chunks) > 0 || !bytes.Equal(got, want) {
		l.errorf("lane %d: the bytes received are not those sent", x.id)
	}
	if len(got)+left > x.sent && !x.broken || len(got) > x.sent {
		l.errorf("lane %d: sent %d, received %d, left %d", x.id, x.sent, len(got), left)
	}
	if len(got)+left < x.sent && !x.broken {
		l.errorf("lane %d: bytes lost: sent %d, received %d, left %d", x.id, x.sent, len(got), left)
	}
}

// assemble puts the chunks, which may have come in any order, behind got; nil if
// they do not make up what was sent.
func (x *lane) assemble(got []byte, chunks [][]byte) []byte {
	if len(chunks) == 0 {
		return got
	}
	for i, c := range chunks {
		if !bytes.Equal(c, x.pattern(len(got), len(c))) {
			continue
		}
		rest := slices.Delete(slices.Clone(chunks), i, i+1)
		if whole := x.assemble(append(slices.Clip(got), c...), rest); whole != nil {
			return whole
		}
	}
	return nil
}

// judgeProactor looks for what a closed proactor must not have.
func (l *schedule) judgeProactor() {
	p, s := l.p, l.p.Stats()
	if s.InFlight != 0 || s.Queued != 0 || s.Submitted != s.Completed {
		l.errorf("stats at the end: %+v", s)
	}
	for _, left := range l.inside.Left(p) {
		l.errorf("the closed proactor has something left: %s", left)
	}
	if slices.ContainsFunc(l.free, l.inside.Keeps) {
		l.errorf("a Completion keeps something of its last use")
	}
	if err := p.Nop(new(proactor.Completion), nil); !errors.Is(err, proactor.ErrClosed) {
		l.errorf("a closed proactor takes submissions: %v", err)
	}
	if l.heard > l.triggers {
		l.errorf("%d triggers were heard %d times", l.triggers, l.heard)
	}
}

// judgeWorld looks at what the proactor left in the world.
func (l *schedule) judgeWorld() {
	for _, v := range l.w.Violations() {
		l.errorf("violation: %s", v)
	}
	if n := l.w.InFlight(); n != 0 {
		l.errorf("%d requests are in flight", n)
	}
	var want []int
	for fd, n := range l.open {
		if n == 1 {
			want = append(want, fd)
		} else if n != 0 {
			l.errorf("descriptor %d was gained %d times more than closed", fd, n)
		}
	}
	slices.Sort(want)
	if got := l.w.Descriptors(); !slices.Equal(got, want) {
		l.errorf("descriptors %v are open, want %v", got, want)
	}
	contents, _ := l.w.ReadFile("/out")
	for _, x := range l.writes {
		if len(x.data) > 0 && (len(contents) < x.at+len(x.data) || !bytes.Equal(contents[x.at:x.at+len(x.data)], x.data)) {
			l.errorf("what was written at %d is not there", x.at)
		}
	}
}
