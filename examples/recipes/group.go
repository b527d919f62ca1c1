package recipes

import (
	"context"
	"sync"
)

// A Group is goroutines that end together: the first error of a member ends the context of all,
// and Wait returns when each has returned. A member may add others while it runs.
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

// Go runs f in a goroutine. Members call it as they like, others before Wait.
func (g *Group) Go(f func(ctx context.Context) error) {
	g.members.Go(func() {
		if err := f(g.ctx); err != nil {
			g.end(err)
		}
	})
}

// Wait waits for all members and returns why the group's context ended, or nil if none failed and
// the context it was made with goes on. Calls of await have given back their buffers by then.
func (g *Group) Wait() error {
	g.members.Wait()
	err := context.Cause(g.ctx)
	g.end(nil)
	return err
}
