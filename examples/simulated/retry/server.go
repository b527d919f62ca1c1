// Package retry is a client that sends a request until it is answered, and a server that does what is
// asked once, however often it is sent: the client gives each request a key, and the server keeps the
// answer under it.
package retry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/wal"
)

// keyHeader names a request. One without it is a new one each time.
const keyHeader = "Idempotency-Key"

// A Server takes payments to an account, and keeps them on the disk of its host.
type Server struct {
	mu   sync.Mutex // held across a sync: a key that is known is safe
	log  *wal.Log
	keys map[string]int // the balance after the payment of each key
	sum  int
}

// A payment is an entry of the log.
type payment struct {
	Key    string
	Amount int
}

// Serve answers on port 80 until ctx ends: POST /pay with an amount in JSON adds it to the account,
// GET /pay adds nothing, and both return the balance.
func Serve(ctx context.Context, io *await.IO) error {
	s := &Server{keys: map[string]int{}}
	if err := s.open(io); err != nil {
		return err
	}
	defer s.log.Close()
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/pay", s.answer)
	server := http.Server{Handler: mux}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	return server.Serve(l)
}

// open reads the payments that were taken.
func (s *Server) open(io *await.IO) (err error) {
	var entries [][]byte
	if s.log, entries, err = wal.Open(io, "/payments", wal.Options{}); err != nil {
		return err
	}
	for _, e := range entries {
		var p payment
		if err := json.Unmarshal(e, &p); err != nil {
			return errors.Join(err, s.log.Close())
		}
		s.take(p)
	}
	return nil
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	balance, err := s.pay(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(balance) // a client that has gone asks again
}

// pay carries out a request, unless it was carried out before.
func (s *Server) pay(r *http.Request) (balance int, err error) {
	p := payment{Key: r.Header.Get(keyHeader)}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&p.Amount); err != nil {
			return 0, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if balance, known := s.keys[p.Key]; known {
		return balance, nil
	}
	if p.Amount == 0 {
		return s.sum, nil
	}
	if err := s.keep(p); err != nil {
		return 0, err
	}
	return s.take(p), nil
}

// keep has a payment outlast a power failure.
func (s *Server) keep(p payment) error {
	entry, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.log.Append(entry)
}

func (s *Server) take(p payment) (balance int) {
	s.sum += p.Amount
	if p.Key != "" {
		s.keys[p.Key] = s.sum
	}
	return s.sum
}
