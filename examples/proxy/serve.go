package main

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/await"
)

// serve forwards the connections of l until ctx ends. It closes l, and returns
// when none is left.
func (p *proxy) serve(ctx context.Context, l *await.Listener) {
	// The connections outlive ctx, by the time of grace.
	serving, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var connections sync.WaitGroup
	var open atomic.Int64
	for client := range p.clients(ctx, l) {
		open.Add(1)
		connections.Go(func() {
			defer open.Add(-1)
			p.forward(serving, client)
		})
	}
	if n := open.Load(); n > 0 {
		p.log.Printf("stopping: open connections, which have %v to finish: %d", p.grace, n)
	}
	timer := time.AfterFunc(p.grace, cut)
	defer timer.Stop()
	connections.Wait()
}

// clients are the connections that l takes until ctx ends. It closes l.
func (p *proxy) clients(ctx context.Context, l *await.Listener) iter.Seq[*await.Conn] {
	return func(yield func(*await.Conn) bool) {
		defer l.Close()
		for client, err := range l.Connections(ctx) {
			switch {
			case err == nil:
				if !yield(client) {
					return
				}
			case ctx.Err() == nil:
				p.log.Print(err)
				// A process that has no descriptor left would only fail again at once.
				pause(ctx, 100*time.Millisecond)
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// forward serves one client. Its failure is a line in the log, and none of the
// others' business.
func (p *proxy) forward(ctx context.Context, client *await.Conn) {
	defer client.Close()
	begin := time.Now()
	target, err := p.dialer.DialContext(ctx, "tcp", p.target)
	if err != nil {
		p.log.Printf("%v -> %s: %v", client.RemoteAddr(), p.target, err)
		return
	}
	defer target.Close()
	r := relay{client: client, target: target, idle: p.idle}
	err = r.run(ctx)
	p.log.Printf("%v -> %s: %d bytes there, %d bytes back in %v: %s", client.RemoteAddr(), p.target,
		r.there, r.back, time.Since(begin).Round(time.Millisecond), p.ending(ctx, err))
}
