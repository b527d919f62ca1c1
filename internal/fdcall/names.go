package fdcall

import (
	"net"
	"sync/atomic"
)

// names are what a descriptor is called, for those who look at what is under way. They refer to
// nothing that has the descriptor, which is closed when that is forgotten.
type names struct {
	path          string // or the network
	local, remote net.Addr
	label         atomic.Pointer[string]
	file          bool
}

// SetPath says which file d is, and whether it is one that answers by itself: no pipe or
// terminal. Call it before the first call on d.
func (d *Descriptor) SetPath(path string, file bool) { d.names.path, d.names.file = path, file }

// IsFile reports whether d is a file that answers by itself.
func (d *Descriptor) IsFile() bool { return d.names.file }

// SetAddrs says which socket d is. Call it before the first call on d.
func (d *Descriptor) SetAddrs(network string, local, remote net.Addr) {
	d.names.path, d.names.local, d.names.remote = network, local, remote
}

// SetLabel gives d the name that its owner has for it.
func (d *Descriptor) SetLabel(label string) { d.names.label.Store(&label) }

// Name is d's path, or its network and addresses, and its label.
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
