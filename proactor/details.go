package proactor

import (
	"net"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// details are the fields that only some operations have. The first such operation of a
// Completion allocates them, and the Completion keeps them: what a connection does with
// each message needs none, and then a record is half as large.
type details struct {
	of *Completion // a copy of it has none until it needs its own

	path    string   // as the caller wrote it, for errors
	addr    net.Addr // as the caller wrote it, for errors
	name    []byte   // raw address or path; keeps its room between operations
	message *Message
	peer    *Peer
	msg     backend.Message
	stat    *Stat
	rawStat backend.Stat

	target           *Completion // of a cancel
	targetSubmission uint32
	event            *Event
}

// detail is for an operation that has details.
func (c *Completion) detail() *details {
	if c.details == nil || c.details.of != c {
		c.details = &details{of: c}
	}
	c.detailed = true
	return c.details
}

// forget drops what the operation referred to, and keeps the room for a name.
func (d *details) forget() {
	d.path, d.addr = "", nil
	d.message, d.peer, d.stat, d.target, d.event = nil, nil, nil, nil, nil
	d.msg = backend.Message{}
}

// address is addr in the kernel's form. The error is about addr.
func (d *details) address(addr net.Addr) ([]byte, error) {
	raw, err := sockaddr.Append(d.name[:0], addr)
	d.name, d.addr = raw, addr
	return raw, err
}
