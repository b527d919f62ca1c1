// Package tcp makes the sockets of the examples: bare descriptors, as the
// operations of the proactor take them.
package tcp
