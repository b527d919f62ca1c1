package socket

// MulticastNeedsReusePort: for two sockets to have one multicast port.
const MulticastNeedsReusePort = false

// AcceptedInherits reports whether accepted connections inherit the listening socket's
// options: no system calls for each connection then.
const AcceptedInherits = true
