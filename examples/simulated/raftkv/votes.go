package raftkv

import (
	"encoding/binary"
	"encoding/json"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/wal"
)

// votes is raft's StableStore: the term, and whom the node has voted for. A node that forgets its vote
// may vote twice in one term, which may then have two leaders.
type votes struct {
	log *wal.Log

	mu   sync.Mutex
	kept map[string][]byte
}

var _ raft.StableStore = (*votes)(nil)

// A vote is an entry of the log of votes: a key has another value now.
type vote struct {
	Key   string
	Value []byte
}

func openVotes(io *await.IO, dir string, o wal.Options) (*votes, error) {
	l, entries, err := wal.Open(io, dir, o)
	if err != nil {
		return nil, err
	}
	v := &votes{log: l, kept: map[string][]byte{}}
	for _, e := range entries {
		var change vote
		if err := json.Unmarshal(e, &change); err != nil {
			return nil, closing(l, err)
		}
		v.kept[change.Key] = change.Value
	}
	return v, nil
}

// Set has a key have a value, and returns when that is safe.
func (v *votes) Set(key, value []byte) error {
	if err := keep(v.log, vote{string(key), value}); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept[string(key)] = value
	return nil
}

// Get returns nil for a key that has no value.
func (v *votes) Get(key []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kept[string(key)], nil
}

// SetUint64 is Set for a number.
func (v *votes) SetUint64(key []byte, n uint64) error {
	return v.Set(key, binary.BigEndian.AppendUint64(nil, n))
}

// GetUint64 is Get for a number, 0 for a key that has none.
func (v *votes) GetUint64(key []byte) (uint64, error) {
	b, err := v.Get(key)
	if len(b) < 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), err
}
