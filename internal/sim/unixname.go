//go:build unix

package sim

import (
	"strconv"
	"strings"
	"syscall"
)

// isAbstract reports whether a unix name is no path: unix(7).
func isAbstract(name string) bool { return strings.HasPrefix(name, "@") }

// bindName binds a unix socket to a name; to the empty one, an abstract name that nobody has.
func (b *Boot) bindName(s *socket, name string) syscall.Errno {
	p := &b.ports
	for name == "" || name == "@" {
		p.auto++
		if auto := "@" + strconv.FormatInt(int64(p.auto)+0x100000, 16)[1:]; p.names[abstractName{s.kind, auto}] == nil {
			name = auto
		}
	}
	if !isAbstract(name) {
		return b.bindPath(s, name)
	}
	if p.names[abstractName{s.kind, name}] != nil {
		return syscall.EADDRINUSE
	}
	p.names[abstractName{s.kind, name}] = s
	s.local, s.bound = endpoint{name: name}, true
	return 0
}

// bindPath makes the node of a path, and binds s to that. The node outlives the socket, and
// as any other it is renamed and unlinked without the socket's knowledge.
func (b *Boot) bindPath(s *socket, path string) syscall.Errno {
	d := b.host.disk
	info, errno := d.at().Socket(b.dir, path, 0o777&^umask)
	switch errno {
	case 0:
	case syscall.EEXIST:
		return syscall.EADDRINUSE
	default:
		return errno
	}
	b.ports.nodes[info.Ino] = s
	s.local, s.bound, s.node = endpoint{name: path}, true, info.Ino
	d.changed()
	return 0
}

// leaveName ends what a unix socket is bound to. A path stays.
func (p *ports) leaveName(s *socket) {
	if isAbstract(s.local.name) {
		delete(p.names, abstractName{s.kind, s.local.name})
	} else {
		delete(p.nodes, s.node)
	}
}

// named is the unix socket of a kind that has a name.
func (b *Boot) named(kind int, name string) (*socket, syscall.Errno) {
	if isAbstract(name) {
		if t := b.ports.names[abstractName{kind, name}]; t != nil {
			return t, 0
		}
		return nil, syscall.ECONNREFUSED
	}
	info, errno := b.host.disk.at().Stat(b.dir, name, true)
	t := b.ports.nodes[info.Ino]
	switch {
	case errno != 0:
		return nil, errno
	case !info.IsSocket() || t == nil:
		return nil, syscall.ECONNREFUSED
	case t.kind != kind:
		return nil, syscall.EPROTOTYPE
	}
	return t, 0
}
