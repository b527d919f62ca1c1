package socket

// A Stack says which versions of IP the system has.
type Stack struct {
	V4     bool
	V6     bool
	Mapped bool // AF_INET6 sockets that take IPv4 too
}

// Wildcard6 reports whether an AF_INET6 socket at the wildcard takes all versions of IP
// that the system has.
func (s Stack) Wildcard6() bool { return s.Mapped || !s.V4 }
