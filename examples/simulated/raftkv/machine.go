package raftkv

import (
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/hashicorp/raft"
)

// The operations of a Request.
const (
	Get    = "get"
	Put    = "put"
	Append = "append" // to the value: done twice it shows
)

// A Request is what a client asks for. Of the requests with one Client and Number, which a client sends
// again when it hears nothing, one is carried out. Without a Client each is.
type Request struct {
	Client string
	Number int // higher than that of the Client's request before
	Op     string
	Key    string
	Value  string
}

// A machine is raft's FSM: the store, as far as this node knows.
type machine struct {
	mu   sync.Mutex
	data map[string]string
	done map[string]int // the number of each client's last request
}

var _ raft.FSM = (*machine)(nil)

func newMachine() *machine {
	return &machine{data: map[string]string{}, done: map[string]int{}}
}

// Apply carries out a request that a majority has. It returns nil or an error.
func (m *machine) Apply(l *raft.Log) any {
	var r Request
	if err := json.Unmarshal(l.Data, &r); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Client != "" {
		if r.Number <= m.done[r.Client] {
			return nil
		}
		m.done[r.Client] = r.Number
	}
	switch r.Op {
	case Put:
		m.data[r.Key] = r.Value
	case Append:
		m.data[r.Key] += r.Value
	}
	return nil
}

func (m *machine) get(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.data[key]
}

var errNoSnapshots = errors.New("this store keeps its whole log")

// Snapshot fails: a node that starts carries out the log from its beginning.
func (m *machine) Snapshot() (raft.FSMSnapshot, error) { return nil, errNoSnapshots }

// Restore fails.
func (m *machine) Restore(io.ReadCloser) error { return errNoSnapshots }
