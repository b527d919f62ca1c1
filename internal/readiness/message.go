//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"slices"

	"golang.org/x/sys/unix"
)

func (o *operation) accept() (int, error) {
	r := o.req
	n, nameLen, err := accept(r.FD, int(r.Flags), r.Name)
	if err == nil {
		r.NameLen = uint32(nameLen)
	}
	return n, err
}

func (o *operation) recvMsg() (int, error) {
	m := o.req.Msg
	name := m.Name
	if o.done > 0 {
		name = nil // the first part said it
	}
	got, err := recvMsg(o.req.FD, m.Buffers, o.done, m.Control, name, recvMsgFlags(o.req.Flags))
	if err != nil {
		return 0, err
	}
	closeOnExec(m.Control[:got.control])
	if o.done == 0 {
		m.NameLen = got.name
	}
	if o.done == 0 || got.control > 0 {
		m.ControlLen, m.Flags = got.control, got.flags
	}
	return got.n, nil
}

// A received is what recvmsg(2) has put where, and its flags.
type received struct{ n, control, name, flags int }

// carriesDescriptors reports whether there are descriptors among control.
func carriesDescriptors(control []byte) bool {
	if len(control) == 0 {
		return false
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return true // cut short: there was something, and no more goes in
	}
	return slices.ContainsFunc(messages, func(m unix.SocketControlMessage) bool {
		return m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_RIGHTS
	})
}

func (o *operation) sendMsg() (int, error) {
	m := o.req.Msg
	control := m.Control
	if o.done > 0 {
		control = nil // it went with the first part
	}
	return sendMsg(o.req.FD, m.Buffers, o.done, control, m.Name, sendFlags(o.req.FD, o.req.Flags))
}

// after is buffers without their first n bytes, and without empty ones.
func after(buffers [][]byte, n int) [][]byte {
	rest := make([][]byte, 0, len(buffers))
	for _, b := range buffers {
		skip := min(n, len(b))
		if n -= skip; skip < len(b) {
			rest = append(rest, b[skip:])
		}
	}
	return rest
}
