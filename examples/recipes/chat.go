package recipes

import (
	"bufio"
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Chat passes each line of a member on to the others.
type Chat struct {
	Idle time.Duration // a member that sends nothing for so long is told so, and leaves
	Slow time.Duration // a member that takes nothing for so long leaves

	mu      sync.Mutex
	members map[*await.Conn]bool
}

// Serve takes members from l until ctx ends, and returns when all have left.
func (c *Chat) Serve(ctx context.Context, l *await.Listener) error {
	c.members = map[*await.Conn]bool{}
	var talks sync.WaitGroup
	defer talks.Wait()
	for conn, err := range l.Connections(ctx) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		c.enter(conn)
		talks.Go(func() { c.talk(ctx, conn) })
	}
	return nil
}

func (c *Chat) enter(conn *await.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members[conn] = true
}

func (c *Chat) leave(conn *await.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.members, conn)
	_ = conn.Close()
}

func (c *Chat) talk(ctx context.Context, conn *await.Conn) {
	defer c.leave(conn)
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	lines := bufio.NewReader(conn)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(c.Idle)); err != nil {
			return
		}
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = conn.SetWriteDeadline(time.Now().Add(c.Slow))
			_, _ = conn.Write([]byte("too quiet\n")) // it leaves in any case
		}
		if err != nil { // bufio.ErrBufferFull too: nobody needs such a line
			return
		}
		c.tell(ctx, conn, line)
	}
}

// tell writes line to all but from, in one go. Who does not take it in time leaves.
func (c *Chat) tell(ctx context.Context, from *await.Conn, line []byte) {
	c.mu.Lock()
	others := make([]*await.Conn, 0, len(c.members))
	for member := range c.members {
		if member != from {
			others = append(others, member)
		}
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, c.Slow)
	defer cancel()
	_, failed := await.Broadcast(ctx, line, others)
	for i := range failed {
		_ = others[i].Close() // its talk ends
	}
}
