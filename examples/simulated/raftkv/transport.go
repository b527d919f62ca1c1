package raftkv

import (
	"context"
	"net"
	"time"

	"github.com/hashicorp/raft"

	"github.com/awaitio/awaitio/await"
)

// raftPort is where the nodes talk to each other.
const raftPort = ":7000"

// A layer is the connections of raft's NetworkTransport.
type layer struct {
	net.Listener
	io   *await.IO
	name string
}

var _ raft.StreamLayer = layer{}

func listen(io *await.IO, name string) (layer, error) {
	l, err := io.Listen("tcp", raftPort)
	return layer{l, io, name}, err
}

// Dial connects to another node.
func (l layer) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return l.io.DialContext(ctx, "tcp", string(to))
}

// Addr is the address that others know this node by: its name outlasts a change of its number.
func (l layer) Addr() net.Addr { return address(l.name + raftPort) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
