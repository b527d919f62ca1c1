// Package shop is a shop that takes orders by HTTP, and a client that sends an order until it
// is taken. It is what the examples and tests of package sim try.
package shop

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/awaitio/awaitio/await"
)

// A Shop counts the orders of each item, in memory.
type Shop struct {
	mu     sync.Mutex
	orders map[string]int  // by item
	keys   map[string]bool // of orders that were taken
}

// Serve answers requests on port 80 until ctx ends: GET /items/name tells how often an item
// was ordered, POST /items/name orders it. Of the orders with one Idempotency-Key it takes one.
func (s *Shop) Serve(ctx context.Context, io *await.IO) error {
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	server := http.Server{Handler: s.handler()}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	return server.Serve(l)
}

func (s *Shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{item}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, s.Orders(r.PathValue("item")))
	})
	mux.HandleFunc("POST /items/{item}", func(w http.ResponseWriter, r *http.Request) {
		s.order(r.PathValue("item"), r.Header.Get("Idempotency-Key"))
	})
	return mux
}

// order takes an order, unless one with its key was taken.
func (s *Shop) order(item, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.orders == nil {
		s.orders, s.keys = map[string]int{}, map[string]bool{}
	}
	if key == "" || !s.keys[key] {
		s.orders[item]++
	}
	s.keys[key] = true
}

// Orders is how often an item was ordered.
func (s *Shop) Orders(item string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[item]
}

// drain reads what is left of an answer, so that the connection can be used again.
func drain(body io.ReadCloser) error {
	_, err := io.Copy(io.Discard, body)
	if closed := body.Close(); err == nil {
		err = closed
	}
	return err
}
