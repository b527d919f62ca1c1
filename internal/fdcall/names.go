package fdcall

import (
	"net"
	"sync/atomic"
)

// names are what lists of operations show of a descriptor. They must not refer to the Conn or File that
// has the descriptor: it is closed when the garbage collector finds that unreachable.
type names struct {
	path          string // or the network
	local, remote net.Addr
	label         atomic.Pointer[string]
	file          bool
}

// SetPath sets the path of the file d. file says that its calls do not wait for another program, as those
// on a pipe or a terminal do. Call it before the first call on d.
func (d *Descriptor) SetPath(path string, file bool) { d.names.path, d.names.file = path, file }

// IsFile reports whether d is a file whose calls do not wait for another program.
func (d *Descriptor) IsFile() bool { return d.names.file }

// SetAddrs sets the network and the addresses of the socket d. Call it before the first call on d.
func (d *Descriptor) SetAddrs(network string, local, remote net.Addr) {
	d.names.path, d.names.local, d.names.remote = network, local, remote
}

// SetLabel gives d the name that its owner has for it.
func (d *Descriptor) SetLabel(label string) { d.names.label.Store(&label) }

// Name returns d's path, or its network and addresses, and its label.
func (d *Descriptor) Name() (target, label string) {
	n := &d.names
	if l := n.label.Load(); l != nil {
		label = *l
	}
	switch target = n.path; {
	case n.local != nil && n.remote != nil:
		target += " " + n.local.String() + "->" + n.remote.String()
	case n.local != nil:
		target += " " + n.local.String()
	case n.remote != nil:
		target += " ->" + n.remote.String()
	}
	return target, label
}
