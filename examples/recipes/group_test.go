package recipes

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

func TestGroupTakesMembersWhileItRuns(t *testing.T) {
	g := NewGroup(t.Context())
	var ran atomic.Int64
	var walk func(depth int) func(context.Context) error
	walk = func(depth int) func(context.Context) error {
		return func(context.Context) error {
			ran.Add(1)
			for range depth {
				g.Go(walk(depth - 1))
			}
			return nil
		}
	}
	g.Go(walk(4))
	must(t, g.Wait())
	if n := ran.Load(); n != 65 { // 1 + 4 + 12 + 24 + 24
		t.Errorf("%d members ran, want 65", n)
	}
}

func TestGroupEndsWithTheFirstError(t *testing.T) {
	aio, err := await.Default()
	must(t, err)
	broken := errors.New("broken")
	g := NewGroup(t.Context())
	for range 3 {
		g.Go(func(ctx context.Context) error { return aio.Sleep(ctx, time.Hour) })
	}
	g.Go(func(context.Context) error { return broken })
	if err := g.Wait(); err != broken {
		t.Errorf("got %v, want what the member said", err)
	}
}
