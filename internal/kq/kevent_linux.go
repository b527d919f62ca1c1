//go:build linux && kqueue

package kq

// A Kevent is a change to make or an event that came, laid out as on macOS.
type Kevent struct {
	Ident  uint64
	Filter int16
	Flags  uint16
	Fflags uint32
	Data   int64
	Udata  *byte
}

// From macOS's sys/event.h.
const (
	EVFILT_READ  = -1
	EVFILT_WRITE = -2
	EVFILT_USER  = -10

	EV_ADD      = 0x0001
	EV_DELETE   = 0x0002
	EV_ENABLE   = 0x0004
	EV_DISABLE  = 0x0008
	EV_ONESHOT  = 0x0010
	EV_CLEAR    = 0x0020
	EV_RECEIPT  = 0x0040
	EV_SYSFLAGS = 0xF000 // only the kernel sets them
	EV_ERROR    = 0x4000
	EV_EOF      = 0x8000

	NOTE_TRIGGER = 0x01000000
)

func setKevent(k *Kevent, ident, filter, flags int) {
	k.Ident = uint64(ident)
	k.Filter = int16(filter)
	k.Flags = uint16(flags)
}
