package recipes

import (
	"context"
	"sync"
)

// A Group runs goroutines that end together: the first error of a member ends the context of all
// members, and Wait returns when all have returned. A member may add others while it runs.
type Group struct {
	ctx     context.Context
	end     context.CancelCauseFunc
	members sync.WaitGroup
}

// NewGroup returns a Group without members, whose context ends with ctx.
func NewGroup(ctx context.Context) *Group {
	g := &Group{}
	g.ctx, g.end = context.WithCancelCause(ctx)
	return g
}

// Go runs f in a goroutine. Members may call it at any time, other goroutines only before Wait.
func (g *Group) Go(f func(ctx context.Context) error) {
	g.members.Go(func() {
		if err := f(g.ctx); err != nil {
			g.end(err)
		}
	})
}

// Wait waits for all members. It returns why the group's context ended, or nil if no member failed
// and the context of NewGroup has not ended. All calls of await have given back their buffers by then.
func (g *Group) Wait() error {
	g.members.Wait()
	err := context.Cause(g.ctx)
	g.end(nil)
	return err
}
