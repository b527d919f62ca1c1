package load

import (
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A Heavy is the load of a connection that never pauses beside others that ask now and
// then. It has connections of package net, and goroutines that use them until Close.
type Heavy struct {
	size    int
	conns   []net.Conn
	heavy   atomic.Int64 // bytes that came back
	lights  []light
	working sync.WaitGroup
	failed  chan error // what went wrong, the first first
}

// A light is a connection that asks now and then.
type light struct {
	mu      sync.Mutex
	latency *latency.Recorder
	done    int64
}

const (
	heavySize = 4 << 10              // bytes of a message of the heavy connection
	pause     = 2 * time.Millisecond // of a light one, between two requests
)

// ConnectHeavy makes the connections, the first of which is the heavy one, and begins.
func ConnectHeavy(s wire.Spec) (*Heavy, error) {
	h := &Heavy{size: s.Size, lights: make([]light, s.Conns-1), failed: make(chan error, s.Conns+1)}
	for range s.Conns {
		c, err := net.Dial("tcp", s.Addr)
		if err != nil {
			h.Close()
			return nil, err
		}
		h.conns = append(h.conns, c)
	}
	h.begin("the heavy connection's sends", func() error { return h.flood(h.conns[0]) })
	h.begin("the heavy connection", func() error { return h.drain(h.conns[0]) })
	for i := range h.lights {
		h.lights[i].latency = latency.NewRecorder(2)
		h.begin("a light connection", func() error { return h.ask(h.conns[i+1], &h.lights[i]) })
	}
	return h, nil
}

func (h *Heavy) begin(what string, work func() error) {
	h.working.Go(func() { h.failed <- fmt.Errorf("%s: %w", what, work()) })
}

// Close ends the connections.
func (h *Heavy) Close() {
	for _, c := range h.conns {
		_ = c.Close() // nothing is left to be lost
	}
	h.working.Wait()
}

func (h *Heavy) flood(c net.Conn) error {
	for message := message(heavySize); ; {
		if _, err := c.Write(message); err != nil {
			return err
		}
	}
}

func (h *Heavy) drain(c net.Conn) error {
	for buf := make([]byte, 16*heavySize); ; {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		h.heavy.Add(int64(n))
	}
}

func (h *Heavy) ask(c net.Conn, l *light) error {
	question, answer := message(h.size), make([]byte, h.size)
	for ; ; time.Sleep(pause) {
		begin := time.Now()
		if _, err := c.Write(question); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, answer); err != nil {
			return err
		}
		l.mu.Lock()
		l.done++
		l.latency.Record(time.Since(begin))
		l.mu.Unlock()
	}
}

// Run looks for d how much the connections get done, or for as many times d as it takes a
// light one to get an answer. Latencies are those of the light ones.
func (h *Heavy) Run(d time.Duration) (wire.Window, error) {
	for i := range h.lights {
		h.lights[i].reset()
	}
	h.heavy.Store(0)
	begin := time.Now()
	for {
		select {
		case err := <-h.failed:
			return wire.Window{}, err
		case <-time.After(d):
		}
		switch w := h.window(time.Since(begin)); {
		case w.Values["light"] > 0:
			return w, nil
		case w.Elapsed > patience:
			return w, fmt.Errorf("the server has not answered a light connection for %v", patience)
		}
	}
}

// window is what has been done in elapsed.
func (h *Heavy) window(elapsed time.Duration) wire.Window {
	sum, least, all := int64(0), int64(math.MaxInt64), latency.NewRecorder(2)
	for i := range h.lights {
		n := h.lights[i].addTo(all)
		sum, least = sum+n, min(least, n)
	}
	second := elapsed.Seconds()
	return wire.Window{Elapsed: elapsed, Micros: all.Micros(), Values: map[string]float64{
		"light":   float64(sum) / float64(len(h.lights)) / second,
		"slowest": float64(least) / second,
		"heavy":   float64(h.heavy.Load()) / heavySize / second,
	}}
}

func (l *light) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = 0
	l.latency.Reset()
}

// addTo adds what l has to all, and tells how many requests that were.
func (l *light) addTo(all *latency.Recorder) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	all.Merge(l.latency)
	return l.done
}
