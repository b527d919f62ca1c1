package local

import (
	"fmt"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A Worker does one kind of work, as one contender.
type Worker struct {
	Hello wire.Hello
	Run   func(d time.Duration) (wire.Window, error)
}

// A maker prepares the work of s. io is nil for contenders that are not ours.
type maker func(s wire.Spec, io *await.IO) (func(d time.Duration) (wire.Window, error), error)

// works are what can be done, by name.
var works = map[string]maker{}

// New prepares the work and warms up.
func New(s wire.Spec) (*Worker, error) {
	make := works[s.Work]
	if make == nil {
		return nil, fmt.Errorf("there is no work %q", s.Work)
	}
	io, backend, err := contender.IO(s.Contender)
	if err != nil {
		return nil, err
	}
	run, err := make(s, io)
	if err != nil {
		return nil, err
	}
	return &Worker{Hello: wire.Hello{Backend: backend}, Run: run}, nil
}
