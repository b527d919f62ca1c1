package raftkv

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/wal"
)

// A Node is one of those that keep the store.
type Node struct {
	Name  string
	Nodes []string // all of them, this one too

	VoteUnsynced bool // a bug: a power failure has the node forget its term and vote
	DirUnsynced  bool // a bug: a power failure has the node forget all
	StaleReads   bool // a bug: the leader answers reads for some time without asking the others
}

// server is a Node from a boot to the next.
type server struct {
	Node
	raft    *raft.Raft
	machine *machine
	votes   *votes
	entries *entries

	mu     sync.Mutex
	leader time.Time // when the node was the leader for certain
}

// Serve takes part in the store, and answers requests on port 80, until ctx ends: a Request in JSON,
// which is answered with the value in JSON, by the leader alone.
func (n Node) Serve(ctx context.Context, io *await.IO) error {
	s := &server{Node: n, machine: newMachine()}
	if err := s.openStores(io); err != nil {
		return err
	}
	defer s.entries.log.Close()
	defer s.votes.log.Close()
	stop, err := s.join(io)
	if err != nil {
		return err
	}
	defer stop()
	l, err := io.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	web := http.Server{Handler: s}
	defer context.AfterFunc(ctx, func() { web.Close() })()
	return web.Serve(l)
}

// openStores opens what raft keeps. Votes have a log of their own, as they are few.
func (s *server) openStores(io *await.IO) (err error) {
	s.votes, err = openVotes(io, "/raft/votes", wal.Options{NoSync: s.VoteUnsynced, NoDirSync: s.DirUnsynced})
	if err != nil {
		return err
	}
	if s.entries, err = openEntries(io, "/raft/entries", wal.Options{NoDirSync: s.DirUnsynced}); err != nil {
		return closing(s.votes.log, err)
	}
	return nil
}

// rpcMax is how long one node waits for another.
const rpcMax = 2 * time.Second

// join has raft run, until stop.
func (s *server) join(io *await.IO) (stop func(), err error) {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(s.Name)
	c.Logger = hclog.NewNullLogger()
	c.SnapshotThreshold = math.MaxUint64
	l, err := listen(io, s.Name)
	if err != nil {
		return nil, err
	}
	transport := raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: l, MaxPool: len(s.Nodes), Timeout: rpcMax, Logger: c.Logger,
		MaxRPCsInFlight: 1, // with more, a node that ends as it hears of a later term may wait for itself for ever
	})
	if err = s.begin(c, transport); err == nil {
		s.raft, err = raft.NewRaft(c, s.machine, s.entries, s.votes, raft.NewDiscardSnapshotStore(), transport)
	}
	if err != nil {
		transport.Close()
		return nil, err
	}
	return func() {
		transport.Close() // first: raft waits for answers of the others
		_ = s.raft.Shutdown().Error()
	}, nil
}

// begin tells a node that has nothing yet who the others are. All nodes begin with the same.
func (s *server) begin(c *raft.Config, t raft.Transport) error {
	snapshots := raft.NewDiscardSnapshotStore()
	known, err := raft.HasExistingState(s.entries, s.votes, snapshots)
	if err != nil || known {
		return err
	}
	var all raft.Configuration
	for _, name := range s.Nodes {
		all.Servers = append(all.Servers, raft.Server{ID: raft.ServerID(name), Address: raft.ServerAddress(name + raftPort)})
	}
	return raft.BootstrapCluster(c, s.entries, s.votes, snapshots, t, all)
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request Request
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	value, err := s.do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(value) // a client that has gone asks again
}

// applyMax is how long a request may wait for its turn.
const applyMax = time.Second

func (s *server) do(r Request) (value string, err error) {
	if r.Op == Get {
		return s.get(r.Key)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	f := s.raft.Apply(b, applyMax)
	if err := f.Error(); err != nil {
		return "", err
	}
	if err, failed := f.Response().(error); failed {
		return "", fmt.Errorf("carry out %s: %w", r.Op, err)
	}
	return "", nil
}

// staleMax is for how long StaleReads has a node take itself for the leader: the others elect a new one
// when they have heard nothing for 1 to 2 s.
const staleMax = 5 * time.Second

// get reads when a majority has taken an entry since it was asked: all that was acknowledged before
// that is known here.
func (s *server) get(key string) (value string, err error) {
	s.mu.Lock()
	sure := time.Since(s.leader) < staleMax
	s.mu.Unlock()
	if !s.StaleReads || !sure {
		if err := s.raft.Barrier(applyMax).Error(); err != nil {
			return "", err
		}
		s.mu.Lock()
		s.leader = time.Now()
		s.mu.Unlock()
	}
	return s.machine.get(key), nil
}
