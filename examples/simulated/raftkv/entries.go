package raftkv

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/wal"
)

// entries is raft's LogStore. A file is only appended to: what raft takes back is another entry of it.
// All is in memory too.
type entries struct {
	log *wal.Log

	mu    sync.RWMutex
	first uint64 // the index of kept[0]
	kept  []raft.Log
}

var _ raft.MonotonicLogStore = (*entries)(nil)

// A step is an entry of the file: entries of raft that come, or a range of indexes that goes.
type step struct {
	Store    []*raft.Log `json:",omitempty"`
	Min, Max uint64      `json:",omitempty"`
}

func openEntries(io *await.IO, dir string, o wal.Options) (*entries, error) {
	l, steps, err := wal.Open(io, dir, o)
	if err != nil {
		return nil, err
	}
	e := &entries{log: l}
	for _, b := range steps {
		var s step
		if err := json.Unmarshal(b, &s); err != nil {
			return nil, closing(l, err)
		}
		e.take(s)
	}
	return e, nil
}

// closing closes a log because of an error.
func closing(l *wal.Log, err error) error { return errors.Join(err, l.Close()) }

// keep has a log keep something. Raft panics when its term or vote cannot be kept, which is right: the
// node must not go on. But where the IO or the log is closed the node has ended, and all that it could
// tell is told to nobody: raft answers heartbeats even after its Shutdown.
func keep(l *wal.Log, what any) error {
	b, err := json.Marshal(what)
	if err == nil {
		err = l.Append(b)
	}
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// IsMonotonic reports that indexes have no gaps.
func (e *entries) IsMonotonic() bool { return true }

// StoreLog is StoreLogs for one.
func (e *entries) StoreLog(l *raft.Log) error { return e.StoreLogs([]*raft.Log{l}) }

// StoreLogs appends entries, and returns when they are safe.
func (e *entries) StoreLogs(logs []*raft.Log) error { return e.do(step{Store: logs}) }

// DeleteRange takes entries back, at the beginning or at the end.
func (e *entries) DeleteRange(low, high uint64) error { return e.do(step{Min: low, Max: high}) }

func (e *entries) do(s step) error {
	if err := keep(e.log, s); err != nil {
		return err
	}
	e.take(s)
	return nil
}

func (e *entries) take(s step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range s.Store {
		if len(e.kept) == 0 {
			e.first = l.Index
		}
		e.kept = append(e.kept, *l)
	}
	if s.Max == 0 || len(e.kept) == 0 {
		return
	}
	if s.Min > e.first { // the end
		e.kept = e.kept[:min(s.Min-e.first, uint64(len(e.kept)))]
		return
	}
	gone := min(s.Max+1-e.first, uint64(len(e.kept)))
	e.first, e.kept = e.first+gone, e.kept[gone:]
}

// FirstIndex is 0 if there is no entry.
func (e *entries) FirstIndex() (uint64, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if len(e.kept) == 0 {
		return 0, nil
	}
	return e.first, nil
}

// LastIndex is 0 if there is no entry.
func (e *entries) LastIndex() (uint64, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if len(e.kept) == 0 {
		return 0, nil
	}
	return e.first + uint64(len(e.kept)) - 1, nil
}

// GetLog fills l with the entry of an index.
func (e *entries) GetLog(index uint64, l *raft.Log) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if index < e.first || index-e.first >= uint64(len(e.kept)) {
		return raft.ErrLogNotFound
	}
	*l = e.kept[index-e.first]
	return nil
}
