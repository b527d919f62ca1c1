// Package kv is a register that some replicas keep, on their disks: it is there, and
// linearizable, while a majority of them is. It is what the examples and tests of package sim
// try.
//
// The algorithm is that of Attiya, Bar-Noy and Dolev (Sharing Memory Robustly in
// Message-Passing Systems, 1995), for several writers.
package kv

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"sync"

	"github.com/awaitio/awaitio/await"
)

// A Version is a value and when it was written: by number, and of two with one number by who
// wrote it.
type Version struct {
	Number int
	Writer string
	Value  string
}

func (v Version) newer(than Version) bool {
	return v.Number > than.Number || v.Number == than.Number && v.Writer > than.Writer
}

// A Replica keeps the newest version that it was told of. The zero Replica has no bugs.
type Replica struct {
	NoSync    bool // acknowledges what its disk may lose
	NoDirSync bool // does not see to it that the disk keeps a rename
}

// path is where a replica has its version.
const path = "/register"

// store is a replica from a boot to the next.
type store struct {
	Replica
	io *await.IO
	mu sync.Mutex // held across a sync: a version replaces another at once
	v  Version
}

// Serve answers on port 80 until ctx ends: GET / tells the version, PUT / has it be at least
// as new as the one that is sent.
func (r Replica) Serve(ctx context.Context, io *await.IO) error {
	s := &store{Replica: r, io: io}
	if err := s.load(); err != nil {
		return err
	}
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	server := http.Server{Handler: s}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	return server.Serve(l)
}

func (s *store) load() error {
	b, err := s.io.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.v)
	}
	return err
}

// ServeHTTP answers one request.
func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodPut {
		var v Version
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.keep(v); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	_ = json.NewEncoder(w).Encode(s.v) // a client that has gone does not want it
}

// keep writes a version that is newer to the disk: to a file beside, which then replaces the
// one before.
func (s *store) keep(v Version) error {
	if !v.newer(s.v) {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := s.write(path+".new", b); err != nil {
		return err
	}
	if err := s.io.Rename(path+".new", path); err != nil {
		return err
	}
	if !s.NoDirSync {
		if err := s.syncDir(); err != nil {
			return err
		}
	}
	s.v = v
	return nil
}

func (s *store) write(name string, b []byte) error {
	f, err := s.io.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return err
	}
	if s.NoSync {
		return nil
	}
	return f.Sync()
}

func (s *store) syncDir() error {
	dir, err := s.io.Open("/")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
