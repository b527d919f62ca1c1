package main

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// A relay carries bytes between two connections, both ways.
type relay struct {
	client, target net.Conn
	idle           time.Duration // zero is no limit
	there, back    int64         // bytes that were carried
}

// run returns when both directions have ended, or with the error that ended one.
// Both connections are closed then. The end of ctx cuts them.
func (r *relay) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, r.close)
	defer stop()
	defer r.close()
	r.moved()
	ended := make(chan error, 2)
	go func() { ended <- r.carry(r.target, r.client, &r.there) }()
	go func() { ended <- r.carry(r.client, r.target, &r.back) }()
	err := <-ended
	if err != nil {
		if isReset(err) {
			r.abort()
		}
		r.close() // what goes the other way is half of a conversation
		<-ended
		return err
	}
	return <-ended
}

func (r *relay) close() {
	_ = r.client.Close() // may have been done
	_ = r.target.Close()
}

// isReset reports whether one side has broken the connection off.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// abort has close break off the connections, so that the other side does not
// take what it got for all there was.
func (r *relay) abort() {
	for _, c := range []net.Conn{r.client, r.target} {
		if l, ok := c.(interface{ SetLinger(seconds int) error }); ok {
			_ = l.SetLinger(0) // fails on one that is closed
		}
	}
}

// bufferSize is how much a direction reads at once.
const bufferSize = 64 << 10

// carry is one direction.
func (r *relay) carry(to, from net.Conn, count *int64) error {
	buf := make([]byte, bufferSize)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			r.moved()
			written, err := to.Write(buf[:n])
			*count += int64(written)
			if err != nil {
				return err
			}
			r.moved()
		}
		if err == io.EOF {
			endWrites(to)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// endWrites passes on that one side has no more to send. It fails where the other
// has left already, and then nobody needs to know.
func endWrites(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// moved puts the end of both connections off, as a byte has moved on one of
// them. That holds for the calls that are blocked already.
func (r *relay) moved() {
	if r.idle == 0 {
		return
	}
	deadline := time.Now().Add(r.idle)
	_ = r.client.SetDeadline(deadline) // fails on one that is closed
	_ = r.target.SetDeadline(deadline)
}
