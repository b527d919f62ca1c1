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
	Idle time.Duration // a member that sends nothing for this long is told so, and disconnected
	Slow time.Duration // a member that receives nothing for this long is disconnected

	mu      sync.Mutex
	members map[*await.Conn]bool
}

// Serve accepts members from l until ctx ends, and returns when all have left.
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
			_, _ = conn.Write([]byte("too quiet\n")) // the member is disconnected anyway
		}
		if err != nil { // also bufio.ErrBufferFull: the line is too long
			return
		}
		c.tell(ctx, conn, line)
	}
}

// tell writes line to all members except from, with few system calls. It disconnects members that do
// not receive it in time.
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
		_ = others[i].Close() // this ends its talk
	}
}
