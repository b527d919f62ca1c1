package local

import (
	"fmt"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A runner works for d.
type runner func(d time.Duration) (wire.Window, error)

// A Worker does one kind of work, as one contender.
type Worker struct {
	Hello wire.Hello
	Run   func(d time.Duration) (wire.Window, error)
}

// works prepare what can be done, by name. io is nil for those who are not ours.
var works = map[string]func(s wire.Spec, io *await.IO) (runner, error){
	"nop":     nop,
	"recv":    recv,
	"timers":  timers,
	"read":    read,
	"append":  appends,
	"log":     logs,
	"copy":    copies,
	"stat":    stats,
	"blocked": blocked,
	"fanout":  fanout,
	"within":  within,
	"stream":  stream,
	"accept":  accept,
	"late":    late,
}

// New prepares the work.
func New(s wire.Spec) (*Worker, error) {
	prepare := works[s.Work]
	if prepare == nil {
		return nil, fmt.Errorf("there is no work %q", s.Work)
	}
	io, backend, err := contender.IO(s.Contender, s.Loops)
	if err != nil {
		return nil, err
	}
	run, err := prepare(s, io)
	if err != nil {
		return nil, err
	}
	return &Worker{Hello: wire.Hello{Backend: backend}, Run: run}, nil
}
