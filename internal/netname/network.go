package netname

// IsTCP reports whether network is one of TCP.
func IsTCP(network string) bool {
	return network == "tcp" || network == "tcp4" || network == "tcp6"
}

// IsUDP reports whether network is one of UDP.
func IsUDP(network string) bool {
	return network == "udp" || network == "udp4" || network == "udp6"
}

// IsUnix reports whether network is one of unix sockets.
func IsUnix(network string) bool {
	return network == "unix" || network == "unixgram" || network == "unixpacket"
}

// IsUnixStream reports whether network is one of unix sockets that are connections.
func IsUnixStream(network string) bool { return network == "unix" || network == "unixpacket" }

// IsStream reports whether sockets of network are connections.
func IsStream(network string) bool { return IsTCP(network) || IsUnixStream(network) }

// IsDatagram reports whether sockets of network are for datagrams.
func IsDatagram(network string) bool { return IsUDP(network) || network == "unixgram" }
