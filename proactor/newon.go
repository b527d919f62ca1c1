package proactor

import (
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/system"
)

// newOn is hook.NewOn. The backend is asked for its name, and nothing about the kernel is told.
func newOn(config any, open hook.Opener, on system.System) (any, error) {
	c, err := config.(Config).withDefaults()
	if err != nil {
		return nil, err
	}
	b, err := open()
	if err != nil {
		return nil, err
	}
	p := newProactor(c, b)
	p.system = on
	p.choice = Choice{Backend: b.Name()}
	return p, nil
}
